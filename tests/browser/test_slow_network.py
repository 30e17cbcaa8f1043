"""While the desk has not answered yet: the page says so, and a second click does nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, expect

from .conftest import LAPTOP


@asynccontextmanager
async def slow(page: Page, path: str) -> AsyncIterator[list[str]]:
    """What is asked of `path` waits until the block is left; yields the addresses asked for."""
    asked, go = [], asyncio.Event()

    async def wait(route):
        asked.append(route.request.url)
        await go.wait()
        await route.continue_()

    await page.route(path, wait)
    yield asked
    go.set()


async def test_a_claim_that_takes_long_shows_it_and_is_asked_once(visit, morning):
    page = await visit(f"/desk#/talk/{morning['asks']}", LAPTOP, "李强")
    claim = page.locator("#actions").get_by_role("button", name="接手")
    async with slow(page, "**/claim") as asked:
        await claim.click()
        await expect(page.locator("#actions")).to_have_attribute("aria-busy", "true")
        await claim.click()
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    await expect(page.locator("#actions")).to_have_attribute("aria-busy", "false")
    assert len(asked) == 1


async def test_a_claim_from_the_queue_that_takes_long_shows_it_and_is_asked_once(visit, morning):
    page = await visit("/desk", LAPTOP, "李强")
    entry = page.locator(f"#waiting [data-id='{morning['asks']}']")
    async with slow(page, "**/claim") as asked:
        await entry.locator(".claim").click()
        await expect(entry.locator(".claim")).to_have_text("接手中…")
        await entry.locator(".claim").click()
        await page.keyboard.press("n")
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    await expect(page.locator("#mine .entry")).to_have_count(1)
    assert len(asked) == 1


async def test_a_reply_that_takes_long_shows_it_and_is_sent_once(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await page.fill("#words", "修好了，您看看。")
    async with slow(page, f"**/{morning['held']}/messages") as asked:
        await page.press("#words", "Enter")
        await expect(page.locator("#send")).to_have_text("正在发送…")
        await page.press("#words", "Enter")
        await page.click("#send")
    await expect(page.locator(".line.from-human .words").last).to_have_text("修好了，您看看。")
    await expect(page.locator("#send")).to_have_text("发送")
    assert len(asked) == 1
