"""The pictures of the README, taken anew: `python -m pytest tests/browser/pictures.py`. Not part of the suite."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from .conftest import LAPTOP, PHONE, say

FOLDER = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 200_000  # bytes


async def keep(page: Page, name: str) -> None:
    """As a PNG of 128 colours: text stays sharp, the file small."""
    taken = Image.open(io.BytesIO(await page.screenshot(animations="disabled")))
    path = FOLDER / name
    FOLDER.mkdir(parents=True, exist_ok=True)
    taken.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < LARGEST


async def test_the_residents_page(visit):
    page = await visit("/chat", PHONE)
    await say(page, "幸福小区3号楼的路灯坏了三天了")
    await expect(page.get_by_role("button", name="对，就这样")).to_be_visible()
    await keep(page, "chat-phone.png")


async def test_the_desk(visit, lived_in):
    page = await visit(f"/desk#/talk/{lived_in['held']}", LAPTOP, "王芳")
    await expect(page.locator(".packet-part")).to_have_count(6)
    await expect(page.locator("#waiting .entry").first).to_be_visible()
    await keep(page, "desk.png")


async def test_the_figures(visit, lived_in):
    page = await visit("/admin", LAPTOP, "管理员")
    await expect(page.locator(".chart .main-svg").nth(2)).to_be_visible()
    await keep(page, "admin.png")


async def test_the_simulator(visit):
    page = await visit("/simulator", LAPTOP)
    await page.fill("#words", "幸福小区3号楼的路灯坏了三天了")
    await page.press("#words", "Enter")
    await expect(page.locator("#messages .by-bot")).to_have_count(1)
    await keep(page, "simulator.png")
