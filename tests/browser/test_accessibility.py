"""Everybody can use the pages: checked by axe-core, and by hand where a rule is ours."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from .conftest import LAPTOP, ON_LIVED_IN, ON_STAFF, PHONE, say

GRAVE = ("serious", "critical")
SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])


async def assert_no_barriers(page: Page) -> None:
    found = await Axe().run(page)
    grave = [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found.response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
    assert grave == []


@ON_STAFF
@SIZES
async def test_the_residents_page(visit, size):
    page = await visit("/chat", size)
    await say(page, "幸福小区3号楼的路灯坏了三天了")
    await expect(page.get_by_role("button", name="对，就这样")).to_be_visible()
    await assert_no_barriers(page)
    await page.click("#door-person")
    await expect(page.locator("#owner")).to_have_text("正在等工作人员")
    await page.click("#door-offline")
    await assert_no_barriers(page)


@ON_LIVED_IN
@SIZES
async def test_the_desk(visit, lived_in, size):
    page = await visit("/desk", size)
    await assert_no_barriers(page)
    page = await visit(f"/desk#/talk/{lived_in['held']}", size, "王芳")
    await expect(page.locator(".packet-part").first).to_be_attached()
    await assert_no_barriers(page)
    if size is LAPTOP:
        await page.get_by_role("button", name="办结").click()
        await expect(page.get_by_role("button", name="居民撤回")).to_be_visible()
        await assert_no_barriers(page)
    for view, sign in (("cases", "tbody tr"), ("file", "form")):
        await page.goto(page.url.split("#")[0] + f"#/{view}")
        await expect(page.locator(f"#{view} {sign}").first).to_be_visible()
        await assert_no_barriers(page)
    await page.goto(page.url.split("#")[0] + "#/cases")
    await page.locator("#cases tbody button").first.click()
    await expect(page.locator(".timeline")).to_be_visible()
    await assert_no_barriers(page)
    await page.goto(page.url.split("#")[0] + f"#/talk/{lived_in['held']}")
    await page.reload()
    await page.get_by_role("button", name="归属").click()
    await expect(page.get_by_role("dialog").get_by_role("button", name="保存")).to_be_visible()
    await assert_no_barriers(page)


@ON_STAFF
@SIZES
async def test_the_boundary(visit, size):
    page = await visit("/desk#/boundary", size, "管理员")
    await expect(page.locator(".boundary tbody tr").first).to_be_visible()
    await page.get_by_label("哪一类").select_option(label="物业与小区管理")
    await assert_no_barriers(page)
    await page.get_by_role("button", name="修改", exact=True).click()
    await page.locator(".boundary button").first.click()
    await page.get_by_text("边界文件全文").click()
    await assert_no_barriers(page)


@ON_LIVED_IN
@SIZES
async def test_the_figures(visit, lived_in, size):
    page = await visit("/admin", size, "管理员")
    await expect(page.locator(".chart .main-svg").first).to_be_visible()
    await assert_no_barriers(page)
    await page.locator(".tile .figure-link").first.click()
    await expect(page.locator("#listing tbody tr").first).to_be_visible()
    await assert_no_barriers(page)


@ON_STAFF
@SIZES
async def test_the_simulator(visit, size):
    page = await visit("/simulator", size)
    await page.fill("#words", "幸福小区的路灯坏了")
    await page.press("#words", "Enter")
    await expect(page.locator("#messages .by-bot")).to_have_count(1)
    await assert_no_barriers(page)


@ON_LIVED_IN
@SIZES
async def test_audit_report_and_help(visit, desk, size):
    page = await visit("/audit", size, "审计员")
    await expect(page.locator("#entries tbody tr").first).to_be_visible()
    await assert_no_barriers(page)
    for path in ("/report", "/help", "/help/caseworker", "/help/admin"):
        await page.goto(desk.url + path)
        await assert_no_barriers(page)


@ON_STAFF
async def test_a_report_can_be_made_with_the_keyboard_alone(visit):
    page = await visit("/chat", LAPTOP)
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "words":
            break
    await page.keyboard.type("幸福小区3号楼的路灯坏了三天了")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="对，就这样")).to_be_visible()
    for _ in range(20):
        await page.keyboard.press("Shift+Tab")
        if await page.evaluate("document.activeElement.textContent") == "对，就这样":
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("登记好了")


@ON_STAFF
async def test_new_messages_are_announced(visit):
    page = await visit("/chat", LAPTOP)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    await expect(page.locator("#owner")).to_have_role("status")


@ON_STAFF
async def test_still_pictures_for_those_who_ask_for_them(visit):
    page = await visit("/chat", LAPTOP)
    await page.emulate_media(reduced_motion="reduce")
    moving = "[...document.querySelectorAll('*')].filter(n => n.getAnimations().length).length"
    assert await page.evaluate(moving) == 0
