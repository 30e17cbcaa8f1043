"""The desk with the keyboard alone: from one resident to the next without reaching for the mouse."""

from __future__ import annotations

from playwright.async_api import Page, expect

from .conftest import LAPTOP, ON_LIVED_IN


async def at_hand(page: Page) -> str:
    """What has the keyboard: its id or its words; BODY when nothing has."""
    return await page.evaluate("(n => n === document.body ? 'BODY' : n.id || n.textContent)(document.activeElement)")


async def test_after_a_reply_the_next_keys_end_it_and_take_the_next_resident(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await page.fill("#words", "修好了，您看看。")
    await page.press("#words", "Enter")
    await expect(page.locator(".line.from-human .words").last).to_have_text("修好了，您看看。")
    await page.keyboard.press("Escape")
    await expect(page.locator("#log")).to_be_focused()
    await page.keyboard.press("e")
    await expect(page.get_by_role("button", name="居民撤回")).to_be_visible()
    await page.keyboard.press("2")
    await expect(page.locator("#talk-owner")).to_have_text("已办结")
    assert await at_hand(page) == "actions"  # where the button was, so that Tab goes on from there
    await page.keyboard.press("n")
    await expect(page.locator("#words")).to_be_focused()
    await expect(page.locator("#log")).to_contain_text("我不想活了")


async def test_escape_that_ends_a_word_of_an_input_method_stays_in_the_box(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    await page.focus("#words")
    escape = "new KeyboardEvent('keydown', {key: 'Escape', isComposing: true, bubbles: true})"
    await page.evaluate(f"document.activeElement.dispatchEvent({escape})")
    await expect(page.locator("#words")).to_be_focused()


async def test_a_control_that_goes_leaves_the_keyboard_where_it_stood(visit, desk, morning):
    for text in ("一条消息未送达。", "又一条消息未送达。"):
        await desk.write(lambda tx, now, text=text: tx.records.add_task(morning["held"], "undelivered", text, now))
    page = await visit("/desk", LAPTOP, "李强")
    await page.locator(".task").first.get_by_role("button", name="做完了").press("Enter")
    await expect(page.locator(".task")).to_have_count(1)
    assert await at_hand(page) == "tasks"


@ON_LIVED_IN
async def test_every_claim_button_says_whom_it_takes(visit, morning):
    page = await visit("/desk", LAPTOP, "李强")
    buttons = page.locator("#waiting .claim")
    await expect(buttons).to_have_count(3)
    names = await buttons.evaluate_all("all => all.map(n => n.getAttribute('aria-label'))")
    for name, conversation in zip(names, ("danger", "angry", "asks"), strict=True):
        assert f"对话 {morning[conversation]}" in name
