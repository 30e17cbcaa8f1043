"""微信模拟器: a browser plays the resident; the callback is the real one."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from handoff.web import keys
from handoff.web.simulator import PLATFORM

from .conftest import LAPTOP, ON_STAFF, PHONE, no_sideways_scroll, serve, targets_are_large

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])


async def say(page: Page, text: str, kind: str = "文字") -> None:
    await page.get_by_label("消息种类").select_option(kind)
    if text:
        await page.get_by_label("内容").fill(text)
    await page.get_by_role("button", name="发送").click()


@ON_STAFF
@SIZES
async def test_a_message_goes_encrypted_and_comes_back_readable(visit, size):
    page = await visit("/simulator", size)
    await say(page, "幸福小区3号楼的路灯坏了三天了")
    await expect(page.locator("#messages .by-bot")).to_contain_text("我记的是：路灯照明")
    wire = page.locator("#exchange")
    await expect(wire).to_contain_text("<Content>幸福小区3号楼的路灯坏了三天了</Content>")
    await expect(wire).to_contain_text("msg_signature")
    await expect(wire.locator("pre").nth(2)).to_contain_text("<Encrypt>")
    await expect(wire.locator("pre").nth(2)).not_to_contain_text("路灯")
    await expect(wire).to_contain_text("毫秒")
    await expect(wire.locator("pre").nth(4)).to_contain_text("我记的是：路灯照明")
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("body"))


@ON_STAFF
async def test_every_kind_of_message_can_be_sent(visit):
    page = await visit("/simulator", LAPTOP)
    sent = page.locator("#exchange pre").first
    for kind, text, mark in (
        ("关注", "", "<Event>subscribe</Event>"),
        ("语音", "小区垃圾没人清", "<Recognition>小区垃圾没人清</Recognition>"),
        ("位置", "幸福小区东门", "<Label>幸福小区东门</Label>"),
        ("图片", "", "<MsgType>image</MsgType>"),
    ):
        await say(page, text, kind)
        await expect(sent).to_contain_text(mark)


async def test_what_a_person_writes_comes_through_the_service_api(visit):
    page = await visit("/simulator", LAPTOP)
    await say(page, "转人工")
    await expect(page.locator("#messages")).to_contain_text("已为您转人工")
    staff = await visit("/desk", LAPTOP, "王芳")
    await staff.locator("#waiting").get_by_role("button", name="接手").click()
    await staff.fill("#words", "您好，我是王芳。")
    await staff.press("#words", "Enter")
    await expect(page.locator("#messages")).to_contain_text("您好，我是王芳。")
    await expect(page.locator("#deliveries")).to_contain_text("您好，我是王芳。")


@ON_STAFF
async def test_a_choice_of_a_menu_message_is_tapped(visit, desk):
    page = await visit("/simulator", LAPTOP)
    await say(page, "你好")
    await expect(page.locator("#messages .by-bot")).to_have_count(1)
    openid = await page.locator("#resident").input_value()
    menu = {"head_content": "说的是哪一件？", "list": [{"id": "1", "content": "路灯的事"}], "tail_content": ""}
    desk.app[PLATFORM].deliver(openid, {"touser": openid, "msgtype": "msgmenu", "msgmenu": menu})
    await page.get_by_role("button", name="路灯的事").click()
    await expect(page.locator("#exchange pre").first).to_contain_text("<bizmsgmenuid>1</bizmsgmenuid>")
    await expect(page.locator("#messages .by-resident").last).to_contain_text("路灯的事")


@ON_STAFF
async def test_several_residents_have_conversations_of_their_own(visit):
    page = await visit("/simulator", LAPTOP)
    await say(page, "幸福小区的路灯坏了")
    await expect(page.locator("#messages .said")).to_have_count(2)
    await page.get_by_role("button", name="换一位新居民").click()
    await expect(page.locator("#messages .said")).to_have_count(0)
    await page.locator("#resident").select_option(index=0)
    await expect(page.locator("#messages .said")).to_have_count(2)


async def test_with_a_real_account_there_is_no_simulator(contexts, desk, tmp_path):
    page = await (await contexts(LAPTOP)).new_page()
    assert (await page.goto(f"{desk.url}/simulator")).status == 200
    await desk.stop()
    (tmp_path / "channels.yml").write_text("- {name: page, kind: web}\n", encoding="utf-8")
    desk.runner = await serve(tmp_path, desk.port, desk.app[keys.SETTINGS].rasa_url)
    assert (await page.goto(f"{desk.url}/simulator")).status == 404
