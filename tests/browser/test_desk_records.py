"""Beside the conversation: call-backs, whom it is for, linked channels, promises."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from handoff.domain.calendar import CHINA
from handoff.service import accounts, call_backs, delivery
from handoff.web import keys
from tests.support import days

from .conftest import LAPTOP, PHONE, no_sideways_scroll, targets_are_large

NUMBER = "19900000000"
SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["360", "1366"])


async def asked_for_a_call(desk, conversation: int) -> None:
    def ask(tx, now):
        office = desk.app[keys.SETTINGS].office
        call_backs.request(tx, office, tx.conversations.get(conversation), NUMBER, now)

    await desk.write(ask)


async def linked(desk, one: int, other: int) -> None:
    def link(tx, now):
        first, second = tx.conversations.get(one), tx.conversations.get(other)
        said = {"conversation_id": second.id, "seq": 1, "offered_by": "resident", "linked_at": now}
        tx.links.add(resident_id=first.resident_id, other_id=second.resident_id, **said)

    await desk.write(link)


async def looked_at(desk, action: str) -> int:
    return len(await desk.ledger.read(lambda tx: tx.people.audited(50, action=action)))


async def talk(visit, conversation: int, user: str, size=LAPTOP) -> Page:
    page = await visit(f"/desk#/talk/{conversation}", size, user)
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {conversation}")
    return page


async def test_the_number_of_a_call_back_is_shown_only_when_asked_for_and_goes_when_done(visit, desk, morning):
    await asked_for_a_call(desk, morning["asks"])
    page = await visit("/desk", LAPTOP, "李强")
    task = page.locator(".task")
    await expect(task).to_contain_text("回电")
    await expect(task.get_by_role("button", name="看号码")).to_contain_text("199****0000")
    assert await looked_at(desk, "view_phone") == 0
    await task.get_by_role("button", name="看号码").click()
    number = task.get_by_role("link", name=NUMBER)
    await expect(number).to_have_attribute("href", f"tel:{NUMBER}")
    assert await looked_at(desk, "view_phone") == 1
    async with page.expect_response("**/api/tasks"):  # the list is looked at again
        await desk.write(lambda tx, now: tx.emit("task", morning["asks"]))
    await expect(number).to_be_visible()
    await task.get_by_role("button", name="打过了").click()
    await expect(page.locator(".task")).to_have_count(0)
    kept = await desk.ledger.read(
        lambda tx: [p["kept_at"] for p in tx.promises.of(morning["asks"]) if p["text"] == "回电"]
    )
    assert None not in kept


async def test_what_did_not_arrive_stays_until_somebody_saw_to_it(visit, desk, morning):
    await desk.write(lambda tx, now: tx.records.add_task(morning["held"], "undelivered", "消息未送达：窗口已关。", now))
    page = await visit("/desk", LAPTOP, "李强")
    await expect(page.locator(".task")).to_contain_text(re.compile("没送到.*消息未送达", re.S))
    await page.locator(".task .entry-open").click()
    await expect(page.locator("#talk-title")).to_contain_text(f"对话 {morning['held']}")
    await page.locator(".task").get_by_role("button", name="做完了").click()
    await expect(page.locator(".task")).to_have_count(0)


async def test_what_is_not_listed_is_counted(visit, desk, morning):
    def many(tx, now):
        for number in range(call_backs.LISTED + 20):
            tx.records.add_task(None, "backlog", f"第{number}项", now)

    await desk.write(many)
    page = await visit("/desk", LAPTOP, "李强")
    await expect(page.locator(".task")).to_have_count(call_backs.LISTED)
    await expect(page.locator("#tasks-count")).to_have_text(str(call_backs.LISTED + 20))
    await expect(page.locator("#tasks-more")).to_have_text("后面还有 20 项，做完前面的就列出来。")
    await expect(page.locator("#waiting-more")).to_be_hidden()


async def test_whom_a_conversation_is_for_is_shown_and_changed_by_a_supervisor(visit, desk, morning):
    now = desk.app[keys.CLOCK].now()
    await desk.ledger.write(accounts.create, "老周", "caseworker", days.PASSWORD, now, "幸福社区", ["烧菜"])
    page = await talk(visit, morning["asks"], "陈主任")
    await page.get_by_role("button", name="归属").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("datalist option")).to_have_count(1)
    await expect(dialog.locator("datalist option")).to_have_attribute("value", "幸福社区")
    await dialog.get_by_label("社区或网格").fill("幸福社区/第三网格")
    await dialog.get_by_label("法律").check()
    await dialog.get_by_label("烧菜").check()
    await dialog.get_by_label("密件").check()
    await dialog.get_by_role("button", name="保存").click()
    await expect(page.locator("#talk-title")).to_contain_text("幸福社区/第三网格")
    for chip in ("密件", "要会法律、烧菜"):
        await expect(page.locator("#talk-routing")).to_contain_text(chip)
    await expect(page.locator(f"#waiting [data-id='{morning['asks']}']")).to_contain_text(
        re.compile("密件.*要会法律", re.S)
    )
    colleague = await visit("/desk", LAPTOP, "李强")
    await expect(colleague.locator("#waiting .entry")).to_have_count(2)  # sealed: not for everybody's eyes


async def test_a_colleague_sees_whom_it_is_for_and_the_owner_may_change_it(visit, morning):
    colleague = await talk(visit, morning["held"], "李强")
    await colleague.get_by_role("button", name="归属").click()
    await expect(colleague.get_by_role("dialog")).to_contain_text("由接手的人或主管来改")
    await expect(colleague.get_by_role("dialog").get_by_role("button", name="保存")).to_have_count(0)
    owner = await talk(visit, morning["held"], "王芳")
    await owner.get_by_role("button", name="归属").click()
    await owner.get_by_label("方言").check()
    await owner.get_by_role("button", name="保存").click()
    await expect(owner.locator("#talk-routing")).to_contain_text("要会方言")
    await expect(colleague.locator("#talk-routing")).to_contain_text("要会方言")  # told live


async def test_linked_channels_are_shown_and_can_be_taken_apart(visit, desk, morning):
    await linked(desk, morning["held"], morning["asks"])
    page = await talk(visit, morning["held"], "王芳")
    await expect(page.locator("#talk-routing")).to_contain_text("已关联 1 个渠道")
    await page.get_by_role("button", name="归属").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name=f"对话 {morning['asks']} · 网页")).to_be_visible()
    await dialog.get_by_role("button", name="取消关联").click()
    await expect(dialog.get_by_role("button", name="确定取消关联？")).to_be_visible()  # a slip tells nobody anything
    await dialog.get_by_role("button", name="确定取消关联？").click()
    await expect(page.locator("#talk-routing")).not_to_contain_text("已关联")
    await expect(page.locator("#log")).to_contain_text("已取消关联")


async def test_the_owner_asks_the_resident_to_link_and_does_not_see_the_code(visit, morning):
    page = await talk(visit, morning["held"], "王芳")
    await page.get_by_role("button", name="归属").click()
    await page.get_by_role("button", name="请居民关联").click()
    await expect(page.locator("#log")).to_contain_text("关联码：＊＊＊＊＊＊＊＊")


async def test_a_promise_is_made_with_the_words_and_a_day_and_then_kept(visit, morning):
    page = await talk(visit, morning["held"], "王芳")
    day = datetime.now(CHINA).date() + timedelta(days=3)
    await page.fill("#words", "周末前把灯修好。")
    await page.fill("#until", f"{day}")
    await page.press("#words", "Enter")
    promise = page.locator(".facts li", has_text="周末前把灯修好")
    await expect(promise).to_contain_text(f"{day.month}月{day.day}日 17:30 前")
    await expect(page.locator(".line.from-human .words").last).to_have_text("周末前把灯修好。")
    await expect(page.locator("#until")).to_have_value("")
    await promise.get_by_role("button", name="做到了").click()
    await expect(promise).to_contain_text("已做到")


async def test_a_day_that_is_over_promises_nothing_and_sends_nothing(visit, morning):
    page = await talk(visit, morning["held"], "王芳")
    await page.fill("#words", "昨天就修好了。")
    await page.fill("#until", "2020-01-01")
    await page.press("#words", "Enter")
    await expect(page.locator("#until:invalid")).to_be_focused()
    await expect(page.locator("#words")).to_have_value("昨天就修好了。")
    await expect(page.locator("#log")).not_to_contain_text("昨天就修好了")


async def test_a_broken_promise_heads_the_figures_until_it_is_kept(visit, desk, morning):
    late = desk.app[keys.CLOCK].now() - timedelta(days=2)

    def broken(tx, now):
        said = {
            "text": "前天下午修好",
            "by": "王芳",
            "owner": "王芳",
            "made_at": late - timedelta(days=1),
            "due_at": late,
        }
        return tx.promises.add(conversation_id=morning["held"], number=None, **said)

    await desk.write(broken)
    page = await visit("/admin", LAPTOP, "管理员")
    owed = page.locator("#owed")
    await expect(owed).to_contain_text(re.compile("还没做到的 1 个.*前天下午修好.*王芳.*2 天", re.S))
    await expect(owed).to_be_in_viewport(ratio=1)
    desk_page = await talk(visit, morning["held"], "王芳")
    await expect(desk_page.locator(".facts .late")).to_contain_text("已过期")
    await desk_page.get_by_role("button", name="做到了：前天下午修好").click()
    await expect(desk_page.locator(".facts li", has_text="前天下午修好")).to_contain_text("做到了，晚了")
    await page.reload()
    await expect(page.locator(".tile")).to_have_count(4)
    await expect(owed).to_be_hidden()


async def test_cases_are_exported_from_the_list_as_they_are_filtered(visit, month):
    page = await visit("/desk#/cases", LAPTOP, "王芳")
    await page.get_by_label("类型").select_option("投诉")
    await page.get_by_role("button", name="查找").click()
    said = page.locator("#cases .found-head p")
    await expect(page.locator("#cases tbody tr td:nth-child(2)").first).to_have_text("投诉")
    total = int(re.search(r"\d+", await said.inner_text())[0])
    async with page.expect_download() as download:
        await page.get_by_role("link", name="导出表格").click()
    text = (await (await download.value).path()).read_text(encoding="utf-8-sig")
    assert text.count(",投诉,") == total


async def test_an_answer_that_comes_late_does_not_take_the_place_of_what_was_asked_last(visit, month):
    page = await visit("/desk#/cases", LAPTOP, "王芳")
    rows = page.locator("#cases tbody tr")
    asked_last = asyncio.Event()

    async def after_the_other(route):
        if "type=" not in route.request.url:
            await asked_last.wait()
        await route.continue_()
        asked_last.set()

    await page.route("**/api/cases?*", after_the_other)
    search = page.get_by_role("button", name="查找")
    async with page.expect_response(lambda it: "type=" not in it.url and "cases?" in it.url) as late:
        await search.click()  # this answer is held back …
        await page.get_by_label("类型").select_option("投诉")
        async with page.expect_response("**/api/cases?type=*"):
            await search.click()
    await (await late.value).finished()
    await expect(rows.first.locator("td:nth-child(2)")).to_have_text("投诉")
    await page.evaluate("new Promise(requestAnimationFrame)")  # … and has had its turn on the page
    kinds = await rows.locator("td:nth-child(2)").all_inner_texts()
    assert kinds and set(kinds) == {"投诉"}


@SIZES
async def test_all_of_it_fits_on_the_screen(visit, desk, morning, size):
    await asked_for_a_call(desk, morning["asks"])
    await linked(desk, morning["held"], morning["asks"])
    marks = {"area": "幸福社区/第三网格", "skills": ["law", "dialect"], "sealed": True}
    await desk.write(lambda tx, now: tx.conversations.set(morning["held"], **marks))
    await desk.write(lambda tx, now: delivery.keep_as_draft(tx, morning["held"], "我查到……", now, "owner_changed"))
    page = await talk(visit, morning["held"], "王芳", size)
    await expect(page.locator(".line.draft")).to_contain_text("未发出")
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("#app"))
    await page.get_by_role("button", name="归属").click()
    await expect(page.get_by_role("dialog")).to_contain_text("解除密件由主管来办")
    await targets_are_large(page.locator("#dialog"))
    await page.keyboard.press("Escape")
    if size is PHONE:
        await page.get_by_role("button", name="排队").click()
    await expect(page.locator(".task")).to_be_visible()
    await targets_are_large(page.locator("#pane-queue"))
    await no_sideways_scroll(page)


async def test_a_time_of_another_year_is_shown_with_its_year(visit):
    page = await visit("/desk", LAPTOP, "王芳")
    year = datetime.now(CHINA).year
    for shown in (f"{year - 1}年11月26日 17:30", f"{year + 1}年1月8日 17:30"):
        iso = datetime.strptime(shown, "%Y年%m月%d日 %H:%M").replace(tzinfo=CHINA).isoformat()
        said = await page.evaluate("async (iso) => (await import('/static/shared/time.js')).moment(iso)", iso)
        assert said == shown
    this = datetime(year, 11, 26, 17, 30, tzinfo=CHINA).isoformat()
    said = await page.evaluate("async (iso) => (await import('/static/shared/time.js')).moment(iso)", this)
    assert said == "11月26日 17:30"
