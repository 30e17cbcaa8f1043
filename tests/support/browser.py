"""Chromium, where one is installed, and the two sizes of screen that every page is made for."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, async_playwright, expect

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
NO_CHROMIUM = "没有找到 Chromium：apt-get install chromium"
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-extensions --mute-audio"
).split()
PHONE, LAPTOP = {"width": 360, "height": 800}, {"width": 1366, "height": 768}
# How long a sign may take to appear. It is passed over as soon as it is there, so only a busy machine ever waits.
PATIENCE = 30_000  # milliseconds
expect.set_options(timeout=PATIENCE)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def somebody(browser: Browser, viewport: dict[str, int]) -> BrowserContext:
    """A browser of one's own: nothing is shared with the others."""
    context = await browser.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(PATIENCE)
    return context
