"""A page made twice as large on a laptop, or a phone with its keyboard up: little height, and everything still in reach."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .conftest import LAPTOP, ON_LIVED_IN, PHONE, no_sideways_scroll, targets_are_large

LOW = pytest.mark.parametrize(
    "size",
    [{"width": 683, "height": 384}, {"width": 360, "height": 400}, {"width": 911, "height": 512}],
    ids=["200 %", "keyboard", "150 %"],
)
READABLE = 150  # pixels: two or three messages


@ON_LIVED_IN
@LOW
async def test_the_conversation_can_be_read_answered_and_ended_on_a_low_screen(visit, morning, size):
    page = await visit(f"/desk#/talk/{morning['held']}", size, "王芳")
    await expect(page.locator("#log .line").last).to_be_attached()
    await expect(page.locator("#alarm")).to_be_visible()
    await page.locator("#words").focus()
    await expect(page.get_by_role("button", name="发送")).to_be_in_viewport(ratio=1)
    await expect(page.locator("#log .line").last).to_be_in_viewport(ratio=1)
    log, composer, actions = [await page.locator(id).bounding_box() for id in ("#log", "#composer", "#actions")]
    assert log["height"] >= READABLE
    assert actions["y"] + actions["height"] <= log["y"] and log["y"] + log["height"] <= composer["y"]
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("#app"))
    await page.get_by_role("button", name="办结").click()
    last = page.get_by_role("button", name="居民撤回")
    await last.evaluate("n => n.scrollIntoView()")
    await expect(last).to_be_in_viewport(ratio=1)


@ON_LIVED_IN
@LOW
async def test_queue_and_packet_can_be_read_to_their_end_on_a_low_screen(visit, morning, size):
    page = await visit(f"/desk#/talk/{morning['held']}", size, "王芳")
    await expect(page.locator("#log .line").last).to_be_attached()
    for tab, end in (("排队", "#mine .entry"), ("案情", ".packet-part")):
        await page.get_by_role("button", name=tab).click()
        await expect(page.locator(end).last).to_be_visible()
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        await expect(page.locator(end).last).to_be_in_viewport()


@pytest.mark.parametrize("size", [PHONE, {"width": 683, "height": 384}, LAPTOP], ids=["360", "200 %", "1366"])
async def test_a_short_word_of_the_desk_covers_nothing_that_is_written_with(visit, morning, size):
    page = await visit(f"/desk#/talk/{morning['asks']}", size, "李强")
    await page.locator("#actions").get_by_role("button", name="接手").click()
    await expect(page.locator("#toast")).to_have_text("已接手")
    await expect(page.locator("#toast")).to_be_visible()
    toast, form = [await page.locator(id).bounding_box() for id in ("#toast", "#composer")]
    assert toast["y"] + toast["height"] <= form["y"]
    over = "document.elementFromPoint(innerWidth / 2, document.querySelector('#toast').getBoundingClientRect().y + 5)"
    assert await page.evaluate(f"{over}.closest('#toast') === null")  # a click goes to what is below it
