"""Where a case is, put right on the page: one click opens it, one keeps it, and nothing else is asked."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from handoff.service import accounts
from handoff.web import keys
from tests.support import days

from .conftest import LAPTOP, PHONE, no_sideways_scroll, targets_are_large
from .test_case_list import AREA, filed

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])
NEW_PLACE = "和平里小区12号楼东侧第二个单元门口的配电箱旁边"


@SIZES
async def test_a_wrong_place_is_put_right_from_the_case(visit, desk, size):
    await filed(desk, "门口的路灯不亮")
    page = await visit("/desk#/cases", size, "王芳")
    await page.locator("#cases tbody button.plain").first.click()
    dialog = page.get_by_role("dialog")
    form = dialog.get_by_role("form", name="改地点和社区")
    await expect(form).to_be_hidden()
    await dialog.get_by_role("button", name="改地点").click()
    await expect(form.get_by_label("地点")).to_be_focused()
    await expect(form.get_by_label("地点")).to_have_value("3号楼东侧")
    await expect(form.get_by_label("社区或网格")).to_have_value(AREA)
    assert await form.locator(":required").count() == 0
    await targets_are_large(page.locator("#dialog"))
    await no_sideways_scroll(page)
    await form.get_by_label("地点").fill(NEW_PLACE)
    await page.keyboard.press("Enter")
    await expect(dialog.locator(".pairs")).to_contain_text(NEW_PLACE)
    await expect(dialog.locator(".timeline")).to_contain_text(f"改地点 · 地点：3号楼东侧 → {NEW_PLACE}")
    await expect(dialog.get_by_role("form", name="改地点和社区")).to_be_hidden()
    body = dialog.locator(".listing-body")
    assert await body.evaluate("n => n.scrollWidth <= n.clientWidth")


@SIZES
async def test_it_is_one_click_away_in_the_packet_and_the_packet_shows_what_became_of_it(visit, morning, size):
    page = await visit(f"/desk#/talk/{morning['held']}", size, "王芳")
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {morning['held']}")
    if size is PHONE:
        await page.get_by_role("button", name="案情").click()
    packet = page.locator("#pane-packet")
    await targets_are_large(packet)
    await packet.get_by_role("button", name=re.compile("^改 .* 的地点$")).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("textbox", name="地点")).to_be_focused()
    await dialog.get_by_role("textbox", name="地点").fill(NEW_PLACE)
    await dialog.get_by_label("社区或网格").fill("和平社区")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog.locator(".timeline")).to_contain_text("社区：没有写 → 和平社区")
    await page.keyboard.press("Escape")
    await expect(packet.locator(".case-place")).to_contain_text(f"{NEW_PLACE} · 和平社区")
    await no_sideways_scroll(page)


async def test_what_has_gone_to_another_community_is_said_and_no_longer_shown(visit, desk):
    now = desk.app[keys.CLOCK].now()
    await desk.ledger.write(accounts.create, "老周", "caseworker", days.PASSWORD, now, "幸福社区")
    await filed(desk, "门口的路灯不亮")
    page = await visit("/desk#/cases", LAPTOP, "老周")
    await page.locator("#cases tbody button.plain").first.click()
    await page.get_by_role("button", name="改地点").click()
    await page.get_by_label("社区或网格").fill("桂花社区")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator("#toast")).to_have_text("已改到桂花社区，由那边的同事接着办")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_who_only_looks_on_corrects_nothing(visit, desk):
    await filed(desk, "门口的路灯不亮")
    page = await visit("/desk#/cases", LAPTOP, "管理员")
    await page.locator("#cases tbody button.plain").first.click()
    await expect(page.get_by_role("dialog")).to_contain_text("办理经过")
    await expect(page.get_by_role("button", name="改地点")).to_have_count(0)
