"""The figures: each with its counts, and behind each the list of what it counts."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from handoff.domain.calendar import CHINA
from handoff.service.statistics import CATALOGUE

from .conftest import LAPTOP, ON_MONTH, PHONE, no_sideways_scroll, targets_are_large

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])


async def shown(page: Page) -> None:
    await expect(page.locator(".stat")).to_have_count(len(CATALOGUE))


async def listed(page: Page) -> int:
    """How many the list behind a figure holds, as it says itself and as it shows (a page is at most 100)."""
    dialog = page.locator("#listing")
    said = dialog.locator(".listing-body > p.muted")
    await expect(said).to_contain_text("共")
    total = int("".join(filter(str.isdigit, (await said.inner_text()).split("，")[0])))
    hidden = "由专人受理" in await said.inner_text()
    if not hidden:
        await expect(dialog.locator("tbody tr")).to_have_count(min(total, 100))
    return total


@ON_MONTH
async def test_every_figure_opens_the_list_of_what_it_counts(visit, month):
    today = datetime.now(CHINA).date()
    page = await visit(f"/admin?from={today - timedelta(days=9)}&to={today}", LAPTOP, "陈主任")
    await shown(page)
    for name in CATALOGUE:
        for row in await page.locator(f".stat[data-name={name}] tbody tr").all():
            for figure in await row.locator(".figure-link").all():
                await opens_its_list(page, figure)


async def opens_its_list(page: Page, figure: Locator) -> None:
    number = int(await figure.inner_text())
    await figure.click()
    assert await listed(page) == number, await figure.get_attribute("aria-label")
    await page.locator("#listing .close").click()


@ON_MONTH
async def test_the_first_screen_shows_what_matters_most(visit, month):
    page = await visit("/admin", LAPTOP, "管理员")
    tiles = page.locator(".tile")
    await expect(tiles).to_have_count(4)
    for told in ("已解决，居民确认", "P0：5 分钟内有人答复", "超过 15 天还没办结", "不必转人工"):
        tile = tiles.filter(has_text=told)
        await expect(tile).to_be_in_viewport(ratio=1)
        await expect(tile.locator(".figure-link")).to_have_count(2)


@ON_MONTH
async def test_nothing_is_claimed_from_silence_clicks_or_fewer_handoffs(visit, month):
    page = await visit("/admin", LAPTOP, "管理员")
    await shown(page)
    titles = " ".join(await page.locator(".stat h2, .tile h2").all_inner_texts())
    for vain in ("点击", "注册", "阅读", "拦截", "分流", "自助解决"):
        assert vain not in titles


async def test_a_share_of_nothing_is_not_a_number(visit):
    page = await visit("/admin", LAPTOP, "管理员")
    await shown(page)
    rows = page.locator(".stat[data-name=outcomes] tbody tr")
    await expect(rows.first.locator("td").last).to_have_text("—")
    await expect(rows.first.locator(".figure-link")).to_have_text(["0", "0"])


@ON_MONTH
async def test_charts_are_drawn_by_the_library_served_here(visit, month):
    page = await visit("/admin", LAPTOP, "管理员")
    await expect(page.locator(".stat[data-name=outcomes] .chart .bars .point")).not_to_have_count(0)
    source = await page.locator("script[src*=plotly]").get_attribute("src")
    answer = await page.request.get(f"{page.url.split('/admin')[0]}{source}")
    assert answer.ok
    assert "immutable" in answer.headers["cache-control"]


@ON_MONTH
async def test_each_statistic_can_be_taken_away_as_csv(visit, month):
    page = await visit("/admin", LAPTOP, "管理员")
    await shown(page)
    link = page.locator(".stat[data-name=demand_by_type] .csv")
    async with page.expect_download() as download:
        await link.click()
    path = await (await download.value).path()
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert [row["label"] for row in rows][:2] == ["咨询", "求助"]
    assert all(int(row["numerator"]) <= int(row["denominator"]) for row in rows)


@ON_MONTH
async def test_the_range_is_chosen_and_kept_in_the_address(visit, month):
    page = await visit("/admin", LAPTOP, "管理员")
    await shown(page)
    month_total = await page.locator(".tile .figure-link").nth(1).inner_text()
    await page.get_by_role("button", name="近 7 天").click()
    await expect(page.get_by_role("button", name="近 7 天")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(".tile .figure-link").nth(1)).not_to_have_text(month_total)
    week_total = await page.locator(".tile .figure-link").nth(1).inner_text()
    await page.reload()
    await expect(page.locator(".tile .figure-link").nth(1)).to_have_text(week_total)


@ON_MONTH
@SIZES
async def test_nothing_scrolls_sideways(visit, month, size):
    page = await visit("/admin", size, "管理员")
    await shown(page)
    await expect(page.locator(".chart .main-svg").first).to_be_visible()
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("#app"))
    await page.locator(".tile .figure-link").first.click()
    await listed(page)
    await no_sideways_scroll(page)
    table = page.locator("#listing .scroller")
    assert await table.evaluate("n => n.scrollWidth <= n.clientWidth")  # on a phone each row is a card
