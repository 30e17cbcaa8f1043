"""Lists of cases: what each row says, and the communities they are asked by."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from handoff.service import accounts, cases
from handoff.web import keys
from tests.support import days

from .conftest import LAPTOP, PHONE, Desk, no_sideways_scroll

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])
AREA = "幸福社区/第三网格"


async def filed(desk: Desk, matter: str, area: str | None = AREA) -> None:
    def file(tx, now):
        said = {"request_type": "求助", "category": "C0406", "description": matter, "place": "3号楼东侧"}
        return cases.register(tx, desk.app[keys.SETTINGS].office, None, now, created_by="王芳", area=area, **said)

    await desk.write(file)


def cell(page: Page, name: str):
    return page.locator(f"#cases tbody td[data-label='{name}']").first


@SIZES
async def test_a_row_says_the_matter_and_the_community(visit, desk, size):
    await filed(desk, "门口的路灯不亮，晚上老人出门害怕。" * 40)
    page = await visit("/desk#/cases", size, "王芳")
    await expect(cell(page, "诉求")).to_contain_text("门口的路灯不亮")
    await expect(cell(page, "社区")).to_have_text(AREA)
    assert (await page.locator("#cases tbody tr").bounding_box())["height"] < (400 if size is PHONE else 100)
    scroller = page.locator("#cases .scroller")
    assert await scroller.evaluate("n => n.scrollWidth <= n.clientWidth")
    await no_sideways_scroll(page)


@SIZES
async def test_the_community_is_chosen_from_a_list_in_the_register_and_in_the_figures(visit, desk, size):
    await filed(desk, "门口的路灯不亮")
    await filed(desk, "电梯坏了", area="桂花社区")
    page = await visit("/desk#/cases", size, "陈主任")
    await expect(page.locator("#cases tbody tr")).to_have_count(2)
    await page.locator("#cases").get_by_label("社区").select_option("幸福社区")
    await page.get_by_role("button", name="查找").click()
    await expect(page.locator("#cases tbody tr")).to_have_count(1)
    await expect(cell(page, "社区")).to_have_text(AREA)
    page = await visit("/admin?from=2026-01-01&to=2026-01-31&area=桂花社区", size, "管理员")
    choice = page.locator("#range").get_by_label("社区")
    await expect(choice).to_have_value("桂花社区")
    assert await choice.locator("option").all_inner_texts() == ["全部", "幸福社区", AREA, "桂花社区"]
    async with page.expect_response(lambda it: "/api/stats/" in it.url and "area=" not in it.url):
        await choice.select_option("全部")
        await page.get_by_role("button", name="查看").click()
    await page.goto(page.url.split("?")[0] + "?from=2026-01-01&to=2026-01-31&area=没有这个社区")
    await expect(page.locator(".tile")).to_have_count(4)
    await expect(choice.locator("option:checked")).to_have_text("全部")
    await no_sideways_scroll(page)


async def test_who_serves_one_community_finds_its_cases_and_is_asked_for_no_other(visit, desk):
    now = desk.app[keys.CLOCK].now()
    await desk.ledger.write(accounts.create, "老周", "caseworker", days.PASSWORD, now, "幸福社区")
    await filed(desk, "门口的路灯不亮")
    await filed(desk, "电梯坏了", area="桂花社区")
    page = await visit("/desk#/cases", LAPTOP, "老周")
    await expect(page.locator("#cases tbody tr")).to_have_count(1)
    await expect(page.locator("#cases").get_by_label("社区")).to_be_hidden()


async def test_where_no_community_is_known_none_is_asked_for(visit, desk):
    await filed(desk, "门口的路灯不亮", area=None)
    page = await visit("/desk#/cases", LAPTOP, "陈主任")
    await expect(page.locator("#cases tbody tr")).to_have_count(1)
    await expect(page.locator("#cases").get_by_label("社区")).to_be_hidden()
    page = await visit("/admin", LAPTOP, "管理员")
    await expect(page.locator(".tile")).to_have_count(4)
    await expect(page.locator("#range").get_by_label("社区")).to_be_hidden()
