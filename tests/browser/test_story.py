"""The main job as people do it: a resident, a caseworker, two browsers, one desk."""

from __future__ import annotations

from playwright.async_api import expect

from .conftest import LAPTOP, PHONE, log_in, say

REPLY = "您好，我是王芳，路灯明天上午去修。"


async def test_a_matter_is_registered_handed_over_answered_and_closed(visit, desk):
    resident = await visit("/chat", PHONE)
    heard = resident.get_by_role("log")
    await say(resident, "幸福小区3号楼的路灯坏了三天了")
    await expect(heard).to_contain_text("地点：幸福小区3号楼")
    await resident.get_by_role("button", name="对，就这样").click()
    await expect(heard).to_contain_text("登记好了，编号")
    await resident.click("#door-person")
    await expect(heard).to_contain_text("您排在第 1 位")
    turns_before = len(desk.bot.turns)

    staff = await visit("/desk", LAPTOP)
    await log_in(staff, "王芳")
    waiting = staff.locator("#waiting .entry")
    await expect(waiting).to_contain_text("居民要找人")
    await waiting.get_by_role("button", name="接手").click()
    packet = staff.locator("#pane-packet")
    await expect(packet.locator(".packet-part").first).to_contain_text("转人工")  # the reason, with the exact words
    await expect(packet).to_contain_text("幸福小区3号楼")
    await expect(packet.locator(".case-link")).to_contain_text("路灯照明")
    await expect(resident.locator("#owner")).to_have_text("工作人员在和您说")

    await staff.fill("#words", REPLY)
    await staff.press("#words", "Enter")
    await expect(resident.locator(".by-human .bubble")).to_have_text([REPLY])
    await say(resident, "好的，谢谢")
    await expect(staff.locator("#log")).to_contain_text("好的，谢谢")
    assert len(desk.bot.turns) == turns_before  # the bot is silent from the handoff on

    await staff.get_by_role("button", name="办结").click()
    await staff.get_by_role("button", name="已解决").click()
    await expect(staff.locator("#talk-owner")).to_have_text("已办结")
    await expect(heard).to_contain_text("处理结果：已解决")
    await expect(resident.locator("#owner")).to_contain_text("办完了")
