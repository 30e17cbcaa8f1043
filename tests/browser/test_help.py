"""Help for each role: one page, linked from where it is needed, readable and printable."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from .conftest import LAPTOP, ON_STAFF, PHONE, no_sideways_scroll, targets_are_large

pytestmark = ON_STAFF
SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])
PAGES = ("/help", "/help/caseworker", "/help/admin")
LONGEST_SENTENCE = 40  # characters, for residents


@pytest.mark.parametrize("path", PAGES)
async def test_each_fits_on_one_sheet_of_paper(visit, path):
    page = await visit(path, LAPTOP)
    printed = await page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


@SIZES
@pytest.mark.parametrize("path", PAGES)
async def test_each_names_the_phone_the_counter_and_the_others(visit, path, size):
    page = await visit(path, size)
    await expect(page.get_by_role("link", name="12345")).to_have_attribute("href", "tel:12345")
    await expect(page.locator("footer")).to_contain_text("幸福街道便民服务中心一楼")
    for other in PAGES:
        await expect(page.locator(f".help-others a[href='{other}']")).to_be_visible()
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("main"))


@SIZES
async def test_the_residents_page_is_in_large_print_and_short_sentences(visit, size):
    page = await visit("/help", size)
    sizes = await page.locator("dd").evaluate_all("all => all.map(n => parseFloat(getComputedStyle(n).fontSize))")
    assert min(sizes) >= 24  # 18 points
    said = await page.locator("dd").all_inner_texts()
    assert max(len(sentence) for text in said for sentence in re.split(r"[。\n]", text)) <= LONGEST_SENTENCE


@pytest.mark.parametrize(
    ("path", "user", "help_page"),
    [("/chat", None, "/help"), ("/desk", "王芳", "/help/caseworker"), ("/admin", "管理员", "/help/admin")],
)
async def test_every_page_leads_to_its_help_and_back(visit, path, user, help_page):
    page = await visit(path, LAPTOP, user)
    await page.locator(f"a[href='{help_page}']").first.click()
    await expect(page).to_have_url(re.compile(f"{help_page}$"))
    await page.locator(".help-links a").click()
    await expect(page).to_have_url(re.compile(f"{path}($|[?#])"))
