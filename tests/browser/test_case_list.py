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
