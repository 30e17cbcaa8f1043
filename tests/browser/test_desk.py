"""The caseworker's desk."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from handoff.service import delivery
from handoff.store.transaction import Event
from handoff.web import keys

from .conftest import LAPTOP, ON_LIVED_IN, ON_STAFF, PHONE, log_in, no_sideways_scroll, say, targets_are_large

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])


async def waiting(page: Page) -> list[str]:
    await expect(page.locator("#waiting .entry").first).to_be_visible()
    return await page.locator("#waiting .chip").all_inner_texts()


async def test_life_and_safety_stands_first_and_rings_until_acknowledged(visit, morning):
    page = await visit("/desk", LAPTOP, "李强")
    assert await waiting(page) == ["P0 紧急", "P1 优先", "P2 一般"]
    await expect(page.locator("#waiting .entry").first).to_contain_text("我不想活了")
    await expect(page.locator("#alarm")).to_contain_text("可能轻生")
    await expect(page).to_have_title(re.compile("紧急"))
    await page.get_by_role("button", name="知道了，停止响铃").click()
    await expect(page.locator("#alarm")).to_be_hidden()
    await expect(page).to_have_title("工作台 · 幸福街道居民服务")


async def test_a_new_danger_rings_at_once(visit, desk):
    page = await visit("/desk", LAPTOP, "李强")
    await expect(page.locator("#link")).to_have_text("实时")
    resident = await visit("/chat", PHONE)
    await resident.fill("#words", "我不想活了，药都准备好了")
    await resident.press("#words", "Enter")
    await expect(page.locator("#alarm")).to_be_visible()
    await expect(resident.get_by_role("log")).to_contain_text("110")


async def test_the_category_is_corrected_with_one_click(visit, desk, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await expect(page.locator(".category-now")).to_have_text("路灯照明")
    await page.get_by_role("button", name="改为公共部位与设施维修").click()
    await expect(page.locator(".category-now")).to_have_text("公共部位与设施维修")
    await expect(page.locator(".case-link")).to_contain_text("公共部位与设施维修")


async def test_any_category_can_be_found_by_typing(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await page.get_by_label("改成别的类别").fill("停车管理 C0501")
    await expect(page.locator(".category-now")).to_have_text("停车管理")


@ON_LIVED_IN
async def test_the_packet_needs_no_scrolling_on_a_laptop(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    packet = page.locator("#pane-packet")
    await expect(packet.locator(".packet-part")).to_have_count(6)
    for told in ("转人工", "居民第 1 条", "机器人猜的", "到期前答复", "幸福小区3号楼", "供电"):
        await expect(packet).to_contain_text(told)
    assert await packet.evaluate("n => n.scrollHeight <= n.clientHeight")
    await expect(page.locator("#window")).to_contain_text("还可发 5 条")


@ON_LIVED_IN
async def test_each_kind_of_message_is_told_apart(visit, desk, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    log = page.locator("#log")
    await expect(log.locator(".line.from-resident").first).to_contain_text("路灯坏了三天了")
    await expect(log.locator(".line.from-bot").first).to_contain_text("机器人")
    await expect(log.locator(".line.note")).to_contain_text("内部备注 · 王芳")
    await expect(log.locator(".line.cause")).to_contain_text("转人工")


async def test_a_draft_of_the_bot_is_marked_as_never_sent(visit, desk, morning):
    await desk.write(lambda tx, now: delivery.keep_as_draft(tx, morning["held"], "我查到了……", now, "owner_changed"))
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await expect(page.locator(".line.draft")).to_contain_text("未发出的机器人草稿")


async def test_a_note_is_not_sent_to_the_resident(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await page.get_by_label("内部备注").check()
    await page.fill("#words", "家里有老人，先办。")
    await page.press("#words", "Enter")
    await expect(page.locator(".line.note").last).to_contain_text("家里有老人")
    await expect(page.get_by_label("内部备注")).not_to_be_checked()


async def test_words_that_could_not_be_sent_stay_and_are_sent_once(contexts, desk, morning):
    context = await contexts(LAPTOP)
    page = await context.new_page()
    await page.goto(f"{desk.url}/desk#/talk/{morning['held']}")
    await log_in(page, "王芳")
    await expect(page.locator(".packet-part").first).to_be_visible()
    await context.set_offline(True)
    await page.fill("#words", "下午三点到。")
    await page.press("#words", "Enter")
    await expect(page.locator("#unsent")).to_contain_text("发送失败")
    await expect(page.locator("#words")).to_have_value("下午三点到。")
    await context.set_offline(False)
    await page.reload()
    await expect(page.locator("#words")).to_have_value("下午三点到。")
    await page.press("#words", "Enter")
    await expect(page.locator(".line.from-human .words").last).to_have_text("下午三点到。")
    await expect(page.locator("#words")).to_have_value("")


@ON_LIVED_IN
async def test_a_list_that_changes_while_a_finger_is_down_swallows_no_click(visit, desk, morning):
    page = await visit("/desk", LAPTOP, "王芳")
    await expect(page.locator("#link")).to_have_text("实时")
    await page.locator(f"#waiting [data-id='{morning['asks']}'] .entry-open").hover()
    await page.mouse.down()
    async with (
        page.expect_response("**/api/queue"),
        page.expect_response("**/api/mine"),
        page.expect_response("**/api/tasks"),
    ):
        desk.app[keys.LIVE].publish([Event("case")])
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    await page.mouse.up()
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {morning['asks']}")


@ON_LIVED_IN
async def test_half_written_words_wait_with_their_conversation(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await page.fill("#words", "写到一半")
    await page.locator(f"#waiting [data-id='{morning['asks']}'] .entry-open").click()
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {morning['asks']}")
    await expect(page.locator("#words")).to_have_value("")
    await page.locator("#mine .entry-open").click()
    await expect(page.locator("#words")).to_have_value("写到一半")


async def test_something_new_in_another_conversation_of_mine_is_marked(visit, desk, morning):
    resident = await visit("/chat", PHONE)
    await resident.click("#door-person")
    await expect(resident.locator("#owner")).to_have_text("正在等工作人员")
    page = await visit("/desk", LAPTOP, "王芳")
    await page.locator("#waiting .entry").last.get_by_role("button", name="接手").click()
    await expect(page.locator("#mine .entry")).to_have_count(2)
    await page.locator(f"#mine [data-id='{morning['held']}'] .entry-open").click()
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {morning['held']}")
    await resident.fill("#words", "我还在等")
    await resident.press("#words", "Enter")
    marked = page.locator("#mine .entry", has_text="新消息")
    await expect(marked).to_have_count(1)
    await marked.locator(".entry-open").click()
    await expect(page.locator("#log")).to_contain_text("我还在等")
    await expect(marked).to_have_count(0)


async def test_a_steady_stream_of_events_does_not_hold_back_the_queue(visit, desk, morning):
    page = await visit("/desk", LAPTOP, "李强")
    await waiting(page)
    await expect(page.locator("#link")).to_have_text("实时")
    busy = True

    async def stream():
        while busy:
            desk.app[keys.LIVE].publish([Event("case")])
            await asyncio.sleep(0.03)  # steadily more often than the console settles

    streaming = asyncio.create_task(stream())
    try:
        resident = await visit("/chat", PHONE)
        await resident.click("#door-person")
        await expect(page.locator("#waiting .entry")).to_have_count(4)
    finally:
        busy = False
        await streaming


async def test_a_conversation_can_be_given_away_put_back_and_handed_back(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "王芳")
    await page.get_by_role("button", name="转给").click()
    await page.get_by_role("button", name="李强").click()
    await expect(page.locator("#talk-owner")).to_have_text("在 李强 手上")

    colleague = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "李强")
    await colleague.get_by_role("button", name="放回队列").click()
    await expect(colleague.locator("#talk-owner")).to_have_text("还没有人接")
    await expect(page.locator("#talk-owner")).to_have_text("还没有人接")  # told live
    await page.locator("#actions").get_by_role("button", name="接手").click()
    await page.get_by_role("button", name="交还机器人").click()
    await page.get_by_role("button", name="这次不必转人工").click()
    await expect(page.locator("#talk-owner")).to_have_text("机器人在答")


@pytest.mark.parametrize("end", [("办结", "已解决"), ("交还机器人", "交还机器人")], ids=["resolve", "hand back"])
async def test_a_message_that_comes_just_before_the_end_is_shown_instead_of_lost(visit, desk, contexts, end):
    resident = await visit("/chat", PHONE)
    await resident.click("#door-person")
    await expect(resident.locator("#owner")).to_have_text("正在等工作人员")
    context = await contexts(LAPTOP)
    await context.route_web_socket("**/api/live", lambda socket: socket.close())  # so that the page is a little behind
    await context.clock.install()
    page = await context.new_page()
    await page.goto(f"{desk.url}/desk")
    await log_in(page, "王芳")
    await page.locator("#waiting .entry").get_by_role("button", name="接手").click()
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    async with resident.expect_response("**/channels/web/messages"):
        await say(resident, "等一下，还有一件事")

    menu, choice = end
    await page.get_by_role("button", name=menu).click()
    await page.get_by_role("button", name=choice, exact=menu == choice).click()
    await expect(page.locator("#toast")).to_have_text("居民刚刚又发来一条消息，请您先看一看。")
    await expect(page.locator("#log .line").last).to_contain_text("等一下，还有一件事")
    await expect(page.locator("#log .line").last).to_be_in_viewport()
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")

    await page.get_by_role("button", name=menu).click()
    await page.get_by_role("button", name=choice, exact=menu == choice).click()
    await expect(page.locator("#talk-owner")).to_have_text("已办结" if menu == "办结" else "机器人在答")


async def test_only_a_supervisor_may_take_over(visit, morning):
    colleague = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "李强")
    await expect(colleague.locator("#talk-owner")).to_have_text("在 王芳 手上")
    await expect(colleague.locator("#actions button")).to_have_count(0)
    supervisor = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "陈主任")
    await supervisor.get_by_role("button", name="接管").click()
    await supervisor.get_by_role("button", name="居民要求换人").click()
    await expect(supervisor.locator("#log .line.note").last).to_contain_text("原因：居民要求换人")
    await expect(supervisor.locator("#talk-owner")).to_have_text("在我手上")


async def test_the_desk_goes_on_without_the_live_connection(visit, desk, morning, contexts):
    context = await contexts(LAPTOP)
    await context.route_web_socket("**/api/live", lambda socket: socket.close())
    await context.clock.install()
    page = await visit("/desk", LAPTOP, "李强", context=context)
    await expect(page.locator("#link")).to_have_text("每 10 秒刷新")
    await waiting(page)
    resident = await visit("/chat", PHONE)
    await resident.click("#door-person")
    await expect(resident.locator("#owner")).to_have_text("正在等工作人员")
    await context.clock.run_for(10_000)
    await expect(page.locator("#waiting .entry")).to_have_count(4)


async def test_keys_do_the_work_and_are_listed(visit, morning):
    page = await visit("/desk", LAPTOP, "李强")
    await waiting(page)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("接手排在最前面的一位")
    await page.get_by_role("button", name="知道了", exact=True).click()
    await page.keyboard.press("n")
    await expect(page.locator("#talk-owner")).to_have_text("在我手上")
    await expect(page.locator("#log")).to_contain_text("我不想活了")


@ON_LIVED_IN
@SIZES
async def test_nothing_scrolls_sideways(visit, morning, size):
    page = await visit(f"/desk#/talk/{morning['held']}", size, "陈主任")
    await expect(page.locator(".packet-part").first).to_be_attached()
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("#app"))
    for view, sign in (("cases", "tbody tr"), ("file", "form"), ("boundary", ".boundary tbody tr")):
        await page.goto(page.url.split("#")[0] + f"#/{view}")
        await expect(page.locator(f"#{view} {sign}").first).to_be_visible()
        assert await page.locator(f"#{view}").evaluate("n => n.scrollWidth <= n.clientWidth"), view
        await no_sideways_scroll(page)
        await targets_are_large(page.locator("#app"))


@ON_LIVED_IN
async def test_the_panes_are_tabs_on_a_phone(visit, morning):
    page = await visit("/desk", PHONE, "王芳")
    await page.locator("#mine .entry-open").click()
    await expect(page.locator("#log")).to_be_visible()
    await expect(page.locator("#log .line").last).to_be_in_viewport()  # the end of the conversation, not its beginning
    await expect(page.locator("#pane-packet")).to_be_hidden()
    await page.get_by_role("button", name="案情").click()
    await expect(page.locator("#pane-packet")).to_contain_text("路灯照明")


async def test_a_case_is_filed_for_somebody_found_and_closed(visit, desk):
    page = await visit("/desk#/file", LAPTOP, "王芳")
    await page.get_by_label("什么事").fill("门口的路灯不亮，住户没有手机")
    await page.get_by_label("类别").fill("路灯照明 C0406")
    await page.get_by_label("类型").select_option("求助")
    await page.get_by_role("button", name="登记").click()
    await page.get_by_role("link", name="打开这张工单").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("门口的路灯不亮")
    for kind, fill in (("pass", ("承办单位", "幸福街道城管科")), ("close", None)):
        await dialog.get_by_label("做什么").select_option(kind)
        if fill:
            await dialog.get_by_label(fill[0]).fill(fill[1])
        else:
            await expect(dialog.get_by_label("处理结果")).to_have_value("")  # nothing is taken unless it was chosen
            await dialog.get_by_label("处理结果").select_option("explained")
        await dialog.get_by_role("button", name="记下").click()
        await expect(dialog.locator(".timeline li").first).to_contain_text("转承办单位" if fill else "办结")
    await expect(dialog).to_contain_text("已办结")


@ON_LIVED_IN
async def test_an_auditor_reads_but_has_no_controls(visit, morning):
    page = await visit(f"/desk#/talk/{morning['held']}", LAPTOP, "审计员")
    await expect(page.locator("#log")).to_contain_text("路灯坏了")
    await expect(page.locator("#actions button, #waiting .claim")).to_have_count(0)
    await expect(page.locator("#composer")).to_be_hidden()


@ON_STAFF
async def test_nobody_is_shown_a_view_by_its_address_that_is_not_for_them(visit):
    page = await visit("/desk#/file", LAPTOP, "审计员")
    await expect(page.locator("#talk")).to_be_visible()
    await expect(page.locator("#file")).to_be_hidden()
    page = await visit("/desk#/boundary", LAPTOP, "王芳")
    await expect(page.locator("#talk")).to_be_visible()
    await expect(page.locator("#boundary")).to_be_hidden()


@ON_STAFF
async def test_a_wrong_password_is_said_plainly(contexts, desk):
    page = await (await contexts(LAPTOP)).new_page()
    await page.goto(f"{desk.url}/desk")
    await page.fill("[name=username]", "王芳")
    await page.fill("[name=password]", "not-the-password")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_have_text("用户名或密码不对。")
