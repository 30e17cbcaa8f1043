"""What is half written: it stays what it was written as, with who wrote it, until somebody sends it."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from handoff.service import ownership

from .conftest import LAPTOP, PHONE, Desk, log_in, no_sideways_scroll

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])
NOTE = "这个记者上次乱写，别多说，先问宣传科"


async def talk(visit, conversation: int, user: str, size=LAPTOP) -> Page:
    page = await visit(f"/desk#/talk/{conversation}", size, user)
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {conversation}")
    return page


async def said_by_people(desk: Desk, conversation: int) -> list[tuple[str, str]]:
    """What colleagues wrote: whether as a note or to the resident, and the words."""
    messages = await desk.ledger.read(lambda tx: tx.messages.after(conversation, 0))
    return [(one.kind, one.text) for one in messages if one.sender == "human"]


@SIZES
async def test_a_note_begun_before_the_claim_is_still_a_note_after_it(visit, desk, morning, size):
    page = await talk(visit, morning["asks"], "李强", size)
    note = page.get_by_label("内部备注")
    await expect(note).to_be_checked()
    await page.fill("#words", NOTE)
    await page.locator("#actions").get_by_role("button", name="接手").click()
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    await expect(page.locator("#words")).to_have_value(NOTE)
    await expect(note).to_be_checked()
    await page.press("#words", "Enter")
    await expect(page.locator(".line.note").last).to_contain_text(NOTE)
    assert await said_by_people(desk, morning["asks"]) == [("note", NOTE)]
    await expect(note).not_to_be_checked()  # the next words are for the resident


async def test_a_note_begun_before_the_claim_survives_a_claim_from_the_queue_and_a_reload(visit, desk, morning):
    page = await talk(visit, morning["asks"], "李强")
    await page.fill("#words", NOTE)
    await page.locator(f"#waiting [data-id='{morning['angry']}'] .entry-open").click()
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {morning['angry']}")
    await page.locator(f"#waiting [data-id='{morning['asks']}'] .claim").click()
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    await expect(page).to_have_url(re.compile(f"talk/{morning['asks']}$"))
    await page.reload()
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    await expect(page.locator("#words")).to_have_value(NOTE)
    await expect(page.get_by_label("内部备注")).to_be_checked()


async def test_an_empty_box_is_for_the_resident_once_the_conversation_is_mine(visit, morning):
    page = await talk(visit, morning["asks"], "李强")
    await page.fill("#words", "写了又删")
    await page.fill("#words", "")
    await page.locator("#actions").get_by_role("button", name="接手").click()
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    await expect(page.get_by_label("内部备注")).not_to_be_checked()


async def test_what_is_added_while_a_note_is_on_its_way_is_a_note_too(visit, morning):
    page = await talk(visit, morning["held"], "王芳")
    go = asyncio.Event()

    async def held_back(route):
        await go.wait()
        await route.continue_()

    await page.route("**/notes", held_back)
    await page.get_by_label("内部备注").check()
    await page.fill("#words", NOTE)
    await page.press("#words", "Enter")
    await page.locator("#words").press_sequentially("，再问主任")
    go.set()
    await expect(page.locator(".line.note").last).to_contain_text(NOTE)
    await expect(page.locator("#words")).to_have_value(f"{NOTE}，再问主任")
    await expect(page.get_by_label("内部备注")).to_be_checked()


async def taken_over(desk: Desk, conversation: int) -> None:
    await desk.write(lambda tx, now: ownership.take_over(tx, tx.people.get("陈主任"), conversation, "情况紧急", now))


@SIZES
async def test_a_reply_begun_before_a_take_over_is_neither_sent_nor_kept_as_a_note_by_itself(
    visit, desk, morning, size
):
    page = await talk(visit, morning["held"], "王芳", size)
    before = await said_by_people(desk, morning["held"])
    await page.fill("#words", "下午三点我到您家门口。")
    await taken_over(desk, morning["held"])
    await expect(page.locator("#talk-owner")).to_have_text("在 陈主任 手上")
    await expect(page.locator("#stranded")).to_contain_text("没有发出")
    await page.press("#words", "Enter")
    await expect(page.locator("#words")).to_have_value("下午三点我到您家门口。")
    await expect(page.get_by_role("button", name="发送")).to_be_disabled()
    await no_sideways_scroll(page)
    await page.get_by_label("内部备注").check()  # the second look
    await expect(page.locator("#stranded")).to_be_hidden()
    await page.press("#words", "Enter")
    await expect(page.locator(".line.note").last).to_contain_text("下午三点我到您家门口。")
    after = await said_by_people(desk, morning["held"])
    assert after[len(before) :] == [("note", "陈主任 从 王芳 接管。原因：情况紧急"), ("note", "下午三点我到您家门口。")]


async def test_a_reply_is_sent_as_one_once_the_conversation_is_mine_again(visit, desk, morning):
    page = await talk(visit, morning["held"], "王芳")
    await page.fill("#words", "下午三点我到您家门口。")
    await taken_over(desk, morning["held"])
    await expect(page.locator("#stranded")).to_be_visible()
    await desk.write(lambda tx, now: ownership.release(tx, tx.people.get("陈主任"), morning["held"], now))
    await page.locator("#actions").get_by_role("button", name="接手").click()
    await expect(page.locator("#stranded")).to_be_hidden()
    await page.press("#words", "Enter")
    await expect(page.locator(".line.from-human:not(.note) .words").last).to_have_text("下午三点我到您家门口。")


async def test_what_one_person_left_half_written_is_not_shown_to_the_next(contexts, desk, morning):
    page = await (await contexts(LAPTOP)).new_page()
    await page.goto(f"{desk.url}/desk#/talk/{morning['asks']}")
    await log_in(page, "王芳")
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {morning['asks']}")
    await page.fill("#words", NOTE)
    await page.get_by_role("button", name="退出").click()
    await log_in(page, "李强")
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {morning['asks']}")
    await expect(page.locator("#words")).to_have_value("")
    await page.get_by_role("button", name="退出").click()
    await log_in(page, "王芳")
    await expect(page.locator("#words")).to_have_value(NOTE)


async def test_before_the_page_can_log_in_nothing_is_sent_and_no_password_stands_in_the_address(contexts, desk):
    page = await (await contexts(LAPTOP)).new_page()
    await page.route("**/*.js", lambda route: route.abort())
    await page.goto(f"{desk.url}/desk")
    await page.fill("[name=username]", "王芳")
    await page.fill("[name=password]", "password-0000")
    await page.press("[name=password]", "Enter")
    await expect(page.get_by_role("button", name="登录")).to_be_disabled()
    await expect(page.locator("[name=password]")).to_have_value("password-0000")
    assert page.url == f"{desk.url}/desk"


async def test_an_alarm_that_one_person_silenced_rings_for_the_next(contexts, desk, morning):
    page = await (await contexts(LAPTOP)).new_page()
    await page.goto(f"{desk.url}/desk")
    await log_in(page, "王芳")
    await page.get_by_role("button", name="知道了，停止响铃").click()
    await expect(page.locator("#alarm")).to_be_hidden()
    await page.reload()
    await expect(page.locator("#waiting .entry")).to_have_count(3)
    await expect(page.locator("#alarm")).to_be_hidden()
    await page.get_by_role("button", name="退出").click()
    await log_in(page, "李强")
    await expect(page.locator("#alarm")).to_contain_text("可能轻生")
