"""The boundary page: a table to read, cells to propose, a second person to approve."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from bot.boundary.taxonomy import taxonomy
from handoff.web import keys

from .conftest import LAPTOP, ON_STAFF, PHONE, no_sideways_scroll, targets_are_large

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])


def cell(page: Page, code: str, kind: str):
    return page.locator(f".boundary [data-code={code}] [data-kind={kind}]")


async def opened(visit, size, user: str) -> Page:
    page = await visit("/desk#/boundary", size, user)
    await expect(page.locator(".boundary tbody tr").first).to_be_visible()
    return page


@ON_STAFF
@SIZES
async def test_every_category_and_type_can_be_read_and_found(visit, size):
    page = await opened(visit, size, "审计员")
    await expect(page.locator(".boundary [data-code]")).to_have_count(len(taxonomy().second_level()))
    await expect(cell(page, "C0406", "咨询")).to_have_text("答")
    await expect(cell(page, "C0406", "投诉")).to_have_text("记")
    await expect(cell(page, "C0701", "投诉")).to_have_text("人")
    await expect(page.locator(".legend")).to_contain_text("只登记")
    await page.get_by_label("找类别").fill("电梯")
    await expect(page.locator(".boundary [data-code]")).to_have_count(2)  # by its name, and where the reason names it
    await page.get_by_label("找类别").fill("")
    await page.get_by_label("哪一类").select_option(label="物业与小区管理")
    await expect(page.locator(".boundary [data-code]")).to_have_count(5)
    await expect(page.get_by_role("button", name="修改")).to_have_count(0)  # an auditor reads
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("#app"))


@SIZES
async def test_a_changed_cell_needs_a_second_person_and_is_shown_to_both(visit, desk, size):
    page = await opened(visit, size, "陈主任")
    version = int(re.search(r"\d+", await page.locator("#boundary h2").inner_text())[0])
    await page.get_by_role("button", name="修改", exact=True).click()
    await targets_are_large(page.locator("#app"))
    await cell(page, "C0101", "投诉").get_by_role("button").click()
    await cell(page, "C0103", "咨询").get_by_role("button").click()
    await expect(page.locator(".boundary-foot")).to_contain_text("改了 2 格")
    await page.get_by_role("button", name="提出这些修改").click()
    change = page.get_by_label("等批准的修改")
    await expect(change.locator("tbody tr")).to_have_count(2)
    await expect(change.locator("tbody tr").first).to_contain_text(
        re.compile("物业服务质量.*投诉.*只登记.*转人工", re.S)
    )
    await expect(change.get_by_role("button", name="批准")).to_be_disabled()
    await expect(cell(page, "C0101", "投诉")).to_have_text("记")  # still as it was

    other = await opened(visit, size, "管理员")
    await expect(other.get_by_label("等批准的修改").locator("tbody tr")).to_have_count(2)
    await no_sideways_scroll(other)
    await other.get_by_role("button", name="批准").click()
    await expect(other.locator("#boundary h2")).to_contain_text(f"第 {version + 1} 版")
    await expect(cell(other, "C0101", "投诉")).to_have_text("人")
    await other.get_by_text("以前的修改").click()
    await expect(other.locator("details", has_text="以前的修改")).to_contain_text("管理员 批准")
    written = desk.app[keys.SETTINGS].boundary_file.read_text(encoding="utf-8")
    assert f"version: {version + 1}" in written
    assert "投诉: hand_off}  # 物业服务质量：" in written


async def test_a_cell_turned_back_is_no_change_and_a_proposal_can_be_sent_back(visit):
    page = await opened(visit, LAPTOP, "陈主任")
    await page.get_by_role("button", name="修改", exact=True).click()
    for _ in range(3):
        await cell(page, "C0101", "投诉").get_by_role("button").click()
    await expect(page.locator(".boundary-foot")).to_be_hidden()
    await cell(page, "C0101", "投诉").get_by_role("button").click()
    await page.get_by_role("button", name="提出这些修改").click()
    other = await opened(visit, LAPTOP, "管理员")
    await other.get_by_role("button", name="退回").click()
    await expect(other.get_by_label("等批准的修改")).to_have_count(0)
    await expect(cell(other, "C0101", "投诉")).to_have_text("记")


async def test_thresholds_and_comments_are_changed_in_the_text(visit):
    page = await opened(visit, LAPTOP, "陈主任")
    await page.get_by_text("边界文件全文").click()
    await page.get_by_role("button", name="编辑全文").click()
    text = await page.locator(".policy").input_value()
    await page.locator(".policy").fill(text.replace("low: 0.5\n", "low: 0.55\n"))
    await page.get_by_role("button", name="提出修改", exact=True).click()
    change = page.get_by_label("等批准的修改")
    await expect(change).to_contain_text("表里的格子不变")
    await expect(change.locator(".diff ins").filter(has_text="low: 0.55")).to_be_visible()


async def test_a_file_that_cannot_be_read_says_that_everything_goes_to_people(visit, desk):
    desk.app[keys.SETTINGS].boundary_file.write_text("version: 2\n", encoding="utf-8")
    page = await visit("/desk#/boundary", LAPTOP, "陈主任")
    await expect(page.get_by_role("alert").filter(has_text="现在所有事情都交给人")).to_be_visible()
    await expect(page.locator(".policy")).to_be_visible()
    await expect(page.locator(".boundary")).to_have_count(0)
