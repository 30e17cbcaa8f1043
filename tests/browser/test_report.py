"""社区公示: what a community may publish, as people see it and hang it up."""

from __future__ import annotations

import re
from datetime import datetime, time

import pytest
from playwright.async_api import Page, expect

from handoff.domain.calendar import CHINA
from handoff.domain.clock import SystemClock
from handoff.service import cases, community
from handoff.service.office import Office

from .conftest import LAPTOP, ON_STAFF, PHONE, no_sideways_scroll, targets_are_large

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])


async def last_month(desk) -> None:
    """Lamps 12 (6 solved, 6 open), lifts 7 and rubbish 2 (explained) in one community; lamps in another."""
    first = community.finished_months(SystemClock().now())[0]
    at = datetime.combine(first, time(9), CHINA)
    told = [("C0406", "solved", "幸福社区")] * 6 + [("C0406", None, "幸福社区")] * 6
    told += [("C0103", "explained", "幸福社区")] * 7 + [("C0301", "explained", "幸福社区")] * 2
    told += [("C0406", None, "和平社区")] * 5

    def fill(tx, now):
        for category, outcome, area in told:
            details = {"request_type": "求助", "category": category, "description": "路灯坏了", "area": area}
            case = cases.register(tx, Office(), None, at, created_by="王芳", **details)
            if outcome == "solved":
                cases.record_event(tx, case.number, "王芳", "resident_confirms", "回访时说灯亮了", {}, at)
            if outcome:
                cases.record_event(tx, case.number, "王芳", "close", "", {"outcome": outcome}, at)

    await desk.write(fill)


async def logged_in(visit, desk, size) -> Page:
    page = await visit("/admin", size, "管理员")
    await page.get_by_role("link", name="公示").click()
    return page


@SIZES
async def test_what_was_reported_and_what_became_of_it_is_readable_and_prints_on_one_sheet(visit, desk, size):
    await last_month(desk)
    page = await logged_in(visit, desk, size)
    await page.get_by_label("社区").select_option("幸福社区")
    await page.get_by_role("button", name="看这一份").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("幸福社区")
    lamps = page.locator("tbody tr").first
    await expect(lamps).to_contain_text("市政公用设施")
    await expect(lamps.locator("td")).to_have_text(["12", "6", "0", "6"])
    await expect(page.locator("tfoot td").first).to_have_text("21")
    await expect(page.locator("main")).to_contain_text("不满 5 件的合在一起")
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("main"))
    printed = await page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


async def test_the_same_figures_can_be_taken_away_as_a_table(visit, desk):
    await last_month(desk)
    page = await logged_in(visit, desk, LAPTOP)
    await page.get_by_label("社区").select_option("幸福社区")
    await page.get_by_role("button", name="看这一份").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="下载表格").click()
    lines = (await (await download.value).path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[1] == "市政公用设施,12,6,0,6"
    assert lines[-1].startswith("合计,21,")


@ON_STAFF
async def test_a_stranger_is_told_that_nothing_is_published_yet(contexts, desk):
    page = await (await contexts(PHONE)).new_page()
    assert (await page.goto(f"{desk.url}/report")).status == 401
    await expect(page.get_by_role("alert")).to_contain_text("还没有对外公示")
    await expect(page.get_by_role("link", name="12345")).to_be_visible()
