"""The residents' page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from handoff.web import keys

from .conftest import LAPTOP, ON_STAFF, PHONE, log_in, no_sideways_scroll, say, serve, targets_are_large

TEXT_SIZES = """[...document.querySelectorAll('.chat *')]
    .filter(n => n.checkVisibility() && [...n.childNodes].some(c => c.nodeType === 3 && c.data.trim()))
    .filter(n => !n.closest('.visually-hidden'))
    .map(n => parseFloat(getComputedStyle(n).fontSize))"""
SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])


@ON_STAFF
@SIZES
async def test_a_report_is_confirmed_by_button_and_gets_a_number(visit, size):
    page = await visit("/chat", size)
    await say(page, "幸福小区3号楼的路灯坏了三天了")
    await page.get_by_role("button", name="对，就这样").click()
    log = page.get_by_role("log")
    await expect(log).to_contain_text("登记好了，编号")
    await expect(page.locator(".by-resident .bubble")).to_have_text(["幸福小区3号楼的路灯坏了三天了", "对，就这样"])
    await expect(page.get_by_role("button", name="对，就这样")).to_have_count(0)
    await no_sideways_scroll(page)


@ON_STAFF
@SIZES
async def test_the_page_says_that_it_is_a_bot_and_shows_three_doors_and_the_phone(visit, size):
    page = await visit("/chat", size)
    await expect(page.get_by_role("log")).to_contain_text("机器人，不是真人")
    for door in ("#door-bot", "#door-person", "#door-offline"):
        await expect(page.locator(door)).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("link", name="打电话 12345")).to_be_in_viewport(ratio=1)
    await expect(page.get_by_text("窗口：幸福街道便民服务中心一楼")).to_be_in_viewport(ratio=1)
    await targets_are_large(page.locator("body"))
    sizes = await page.evaluate(TEXT_SIZES)
    assert min(sizes) >= 17  # who and when; what is said is 24 or more


@ON_STAFF
async def test_the_doors_lead_to_a_person_and_back_to_the_bot(visit):
    page = await visit("/chat", PHONE)
    owner = page.locator("#owner")
    await expect(owner).to_have_text("机器人在回答")
    await page.click("#door-bot")
    await expect(page.locator("#words")).to_be_focused()
    await page.click("#door-person")
    await expect(owner).to_have_text("正在等工作人员")
    await expect(page.get_by_role("log")).to_contain_text("已为您转人工")
    await page.click("#door-person")
    await expect(page.get_by_role("log")).to_contain_text("还没有人接手")
    await page.click("#door-bot")
    await expect(owner).to_have_text("机器人在回答")


@ON_STAFF
async def test_phone_counter_and_hours_are_shown_without_the_network(visit):
    page = await visit("/chat", PHONE)
    await page.context.set_offline(True)
    await page.click("#door-offline")
    sheet = page.get_by_role("dialog")
    await expect(sheet).to_contain_text("12345")
    await expect(sheet).to_contain_text("幸福街道便民服务中心一楼")
    await expect(sheet).to_contain_text("08:30")
    await page.context.set_offline(False)


@ON_STAFF
async def test_large_print_reaches_thirty_points_and_is_remembered(visit):
    page = await visit("/chat", PHONE)
    await say(page, "您好，幸福小区的路灯坏了很多天了，请派人看看")

    async def size() -> float:
        return await page.locator(".bubble").first.evaluate("n => parseFloat(getComputedStyle(n).fontSize)")

    assert await size() == 24
    await page.get_by_role("button", name="字号").click()
    await page.get_by_role("button", name="字号").click()
    assert await size() == 40
    await expect(page.locator(".said").last).to_be_in_viewport()
    await no_sideways_scroll(page)
    await page.reload()
    assert await size() == 40


@ON_STAFF
async def test_a_number_in_an_answer_can_be_called_from_there(visit):
    page = await visit("/chat", PHONE)
    await say(page, "我不想活了，药都准备好了")
    notice = page.locator(".by-system .bubble").last
    for number in ("120", "110"):
        await expect(notice.get_by_role("link", name=f"打电话 {number}")).to_have_attribute("href", f"tel:{number}")
    await targets_are_large(notice)


@ON_STAFF
@pytest.mark.parametrize("larger", [0, 2], ids=["usual", "largest"])
async def test_in_danger_the_numbers_to_call_are_in_view_on_a_phone_in_any_print(visit, larger):
    page = await visit("/chat", PHONE)
    for _ in range(larger):
        await page.get_by_role("button", name="字号").click()
    await say(page, "我不想活了，药都准备好了")
    notice = page.locator(".by-system .bubble").last
    for number in ("120", "110"):
        await expect(notice.get_by_role("link", name=f"打电话 {number}").first).to_be_in_viewport()


@ON_STAFF
async def test_who_fears_being_seen_is_told_how_to_empty_the_page_and_can(visit):
    page = await visit("/chat", PHONE)
    await say(page, "老公又动手打我了，我躲在厕所里")
    notice = page.locator(".by-system .bubble").last
    await expect(notice).to_contain_text("按“电话与线下”，再按“清空本机记录”")
    other = await visit("/chat", PHONE, context=page.context)
    await expect(other.locator(".by-resident")).to_have_count(1)
    await page.fill("#words", "他回来了")
    await page.click("#door-offline")
    forget = page.get_by_role("dialog").get_by_role("button", name="清空本机记录")
    await forget.scroll_into_view_if_needed()
    await targets_are_large(page.get_by_role("dialog"))
    await forget.click()
    await expect(page.locator("#forgotten")).to_have_text("这里清空了。您说过的话，工作人员还留着。")
    for one in (page, other):
        await expect(one.locator(".said")).to_have_count(1)  # the page's own greeting
    await expect(page.locator("#words")).to_have_value("")
    await expect(page.locator("#owner")).to_have_text("机器人在回答")
    assert await page.evaluate("Object.keys(localStorage)") == ["chat.print"]
    await no_sideways_scroll(page)
    await page.reload()
    await expect(page.locator("#forgotten")).to_be_hidden()
    await say(page, "你好")
    await expect(page.locator(".by-resident .bubble")).to_have_text(["你好"])


@ON_STAFF
async def test_what_the_desk_took_in_is_said_so(visit):
    page = await visit("/chat", PHONE)
    await say(page, "你好")
    await expect(page.locator(".by-resident .who")).to_contain_text("已收到")


@ON_STAFF
async def test_two_pages_of_one_browser_both_hear_everything(visit):
    first = await visit("/chat", PHONE)
    await say(first, "你好")
    await expect(first.locator(".by-bot")).to_have_count(2)
    second = await visit("/chat", PHONE, context=first.context)
    await expect(second.locator(".by-bot")).to_have_count(2)
    await say(first, "查进度")
    for page in (first, second):
        await expect(page.locator(".by-bot")).to_have_count(3)


@ON_STAFF
async def test_markup_in_a_message_stays_text(visit):
    page = await visit("/chat", PHONE)
    nasty = '<img src=x onerror="window.hurt=1"><b>路灯</b>'
    await say(page, nasty)
    await expect(page.locator(".by-resident .bubble")).to_have_text(nasty)
    await page.get_by_role("button", name="对，就这样").wait_for()
    await page.reload()
    await expect(page.locator(".by-resident .bubble")).to_have_text(nasty)
    assert await page.evaluate("window.hurt") is None
    assert await page.locator("#messages img").count() == 0


@ON_STAFF
async def test_a_half_typed_pinyin_word_is_not_sent(visit):
    page = await visit("/chat", PHONE)
    await page.fill("#words", "lu'deng")
    await page.locator("#words").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(page.locator("#words")).to_have_value("lu'deng")
    await expect(page.locator(".by-resident")).to_have_count(0)


@ON_STAFF
async def test_a_conversation_is_resumed_after_closing_the_page(visit, desk):
    before = len(desk.bot.turns)
    page = await visit("/chat", PHONE)
    await say(page, "幸福小区3号楼的路灯坏了三天了")
    await page.get_by_role("button", name="对，就这样").click()
    await expect(page.get_by_role("log")).to_contain_text("登记好了，编号")
    again = await visit("/chat", PHONE, context=page.context)
    await page.close()
    await expect(again.locator(".by-resident .bubble")).to_have_count(2)
    await say(again, "查进度")
    await expect(again.get_by_role("log")).to_contain_text("已登记")
    assert len(desk.bot.turns) == before + 3


@ON_STAFF
async def test_what_was_not_sent_is_kept_marked_and_sent_once_on_retry(contexts, desk):
    context = await contexts(PHONE)
    page = await context.new_page()
    await page.goto(f"{desk.url}/chat")
    await say(page, "你好")
    await expect(page.locator(".by-bot")).to_have_count(2)
    await context.set_offline(True)
    await say(page, "和平里小区的垃圾一周没清")
    await expect(page.locator(".delivery.failed")).to_contain_text("未发送")
    await expect(page.locator("#away")).to_contain_text("12345")
    await context.set_offline(False)
    await page.reload()
    await expect(page.locator(".delivery.failed")).to_contain_text("未发送")
    await page.get_by_role("button", name="重试").click()
    await expect(page.get_by_role("button", name="对，就这样")).to_be_visible()
    await expect(page.locator(".by-resident .bubble")).to_have_text(["你好", "和平里小区的垃圾一周没清"])
    await expect(page.locator(".delivery")).to_have_count(0)


@ON_STAFF
async def test_a_repeat_after_a_lost_acknowledgement_is_one_message(contexts, desk):
    """The desk has it, the page never heard so: the same id goes again and the desk keeps one."""
    before = len(desk.bot.turns)
    context = await contexts(PHONE)
    page = await context.new_page()
    await page.goto(f"{desk.url}/chat")
    lost = []

    async def swallow(route):
        if route.request.method == "POST" and not lost:
            lost.append(await route.fetch())
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/channels/web/messages", swallow)
    await say(page, "幸福小区的路灯坏了")
    await expect(page.locator(".delivery.failed")).to_be_visible()
    await page.get_by_role("button", name="重试").click()
    await expect(page.locator(".by-resident .bubble")).to_have_count(1)
    await expect(page.get_by_role("button", name="对，就这样")).to_be_visible()
    assert len(desk.bot.turns) == before + 1


async def test_the_page_reconnects_when_the_desk_comes_back(contexts, desk, tmp_path):
    context = await contexts(PHONE)
    page = await context.new_page()
    await page.goto(f"{desk.url}/chat")
    await say(page, "你好")
    await expect(page.locator(".by-bot")).to_have_count(2)
    bot_url = desk.app[keys.SETTINGS].rasa_urls[0]
    await desk.stop()
    await expect(page.locator("#away")).to_be_visible()
    desk.runner = await serve(tmp_path, desk.port, bot_url)
    await expect(page.locator("#away")).to_be_hidden()
    await say(page, "幸福小区的路灯坏了")
    await expect(page.get_by_role("button", name="对，就这样")).to_be_visible()


async def test_a_persons_words_are_named_as_a_persons(visit):
    page = await visit("/chat", PHONE)
    await page.click("#door-person")
    await expect(page.locator("#owner")).to_have_text("正在等工作人员")
    staff = await visit("/desk", LAPTOP)
    await log_in(staff, "王芳")
    await staff.locator("#waiting").get_by_role("button", name="接手").click()
    await staff.fill("#words", "您好，我是王芳。")
    await staff.press("#words", "Enter")
    await expect(page.locator(".by-human .bubble")).to_have_text("您好，我是王芳。")
    await expect(page.locator(".by-human .who")).to_contain_text("工作人员")
    await expect(page.locator("#owner")).to_have_text("工作人员在和您说")
