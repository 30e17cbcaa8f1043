"""审计与保管: the auditor reads who looked at what; others see how long chats are kept."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from .conftest import LAPTOP, PHONE, no_sideways_scroll, targets_are_large

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])
MANY = 450  # entries: three pages


async def many_looks(desk) -> None:
    def look(tx, now):
        for n in range(MANY):
            tx.people.audit(now - timedelta(minutes=n), "李强", "view_case", f"number-{n}", {"shown": n})

    await desk.write(look)


def rows(page: Page):
    return page.locator("#entries tbody tr")


async def test_the_log_is_read_page_by_page_and_back(visit, desk):
    await many_looks(desk)
    page = await visit("/audit?action=view_case", LAPTOP, "审计员")
    await expect(rows(page)).to_have_count(200)
    first = await rows(page).first.inner_text()
    await page.get_by_role("button", name="更早的").click()
    await expect(rows(page).first).not_to_have_text(re.compile(first.split("\t")[3]))
    await page.get_by_role("button", name="更早的").click()
    await expect(rows(page)).to_have_count(MANY - 400)
    await expect(page.get_by_role("button", name="更早的")).to_have_count(0)
    await page.get_by_role("button", name="更近的").click()
    await page.get_by_role("button", name="更近的").click()
    await expect(rows(page).first).to_contain_text(first.split("\t")[3])
    await expect(page.get_by_role("button", name="更近的")).to_have_count(0)


@SIZES
async def test_it_is_searched_by_who_what_on_what_and_when_in_plain_words(visit, desk, size):
    await many_looks(desk)
    await desk.write(
        lambda tx, now: tx.people.audit(now, "陈主任", "take_over", "7", {"from": "王芳", "reason": "情况紧急"})
    )
    page = await visit("/audit", size, "审计员")
    await page.get_by_label("做了什么").select_option(label="接管")
    await page.get_by_role("button", name="查找").click()
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text(re.compile("陈主任.*接管.*7.*从 王芳，原因 情况紧急", re.S))
    await page.get_by_label("做了什么").select_option(label="全部")
    await page.get_by_label("谁", exact=True).fill("李强")
    await page.get_by_label("对什么").fill("number-7")
    await page.get_by_role("button", name="查找").click()
    await expect(rows(page)).to_have_count(1)
    await expect(page).to_have_url(re.compile("actor=.*target=number-7"))
    await page.get_by_label("对什么").fill("nobody")
    await page.get_by_role("button", name="查找").click()
    await expect(page.locator("#entries")).to_contain_text("没有符合的记录")
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("#app"))


async def test_looking_into_the_log_is_logged(visit):
    page = await visit("/audit", LAPTOP, "审计员")
    await expect(rows(page).first).to_be_visible()
    await page.get_by_role("button", name="查找").click()
    await expect(rows(page).first).to_contain_text(re.compile("审计员.*看审计日志", re.S))


async def test_whoever_runs_the_figures_does_not_read_the_log(visit):
    page = await visit("/audit", LAPTOP, "管理员")
    await expect(page.locator("#kept")).to_contain_text("运营者还没有决定，聊天一直保留")
    await expect(page.locator("#filter")).to_be_hidden()
    await expect(page.locator("#main")).to_contain_text("只有审计员能看")


async def test_each_purge_is_shown_with_its_proof(visit, desk):
    gone = {"conversations": 4, "messages": 31, "left": 0, "in_work": 2}

    def purged(tx, now):
        before = (now - timedelta(days=90)).isoformat()
        tx.people.audit(now, "desk", "purge_chats", None, {"before": before, **gone})

    await desk.write(purged)
    page = await visit("/audit", LAPTOP, "审计员")
    await expect(page.locator("#kept tbody tr td").nth(3)).to_have_text("31")
    await expect(page.locator("#kept tbody tr td").nth(4)).to_have_text("0")


async def test_every_action_that_is_logged_has_a_name(visit, desk, lived_in):
    """A word of the software in front of the auditor is a bug: the names are held against what the desk writes."""
    written = {row["action"] for row in await desk.ledger.read(lambda tx: tx.people.audited(2000))}
    page = await visit("/audit", LAPTOP, "审计员")
    offered = await page.locator("[name=action] option").evaluate_all("all => all.map(n => n.value)")
    assert written - set(offered) == set()
