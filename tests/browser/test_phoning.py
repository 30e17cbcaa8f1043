"""A call on the desk: it was made, nobody answered, or a finger slipped."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from handoff.domain.clock import SystemClock
from handoff.service import call_backs, phoning

from .conftest import LAPTOP, PHONE, no_sideways_scroll, targets_are_large
from .test_desk_records import NUMBER, SIZES, asked_for_a_call
from .test_slow_network import slow

JUST_NOW = r"\d\d:\d\d"


def outcome(task: Locator, name: str) -> Locator:
    return task.get_by_role("button", name=name)


def way_back(page: Page) -> Locator:
    return page.locator("#toast").get_by_role("button", name="撤销")


def tries(count: int) -> re.Pattern:
    return re.compile(f"已打 {count} 次没接通，上次 {JUST_NOW}")


async def tried_by(desk, user: str) -> None:
    """A colleague has called in vain already."""

    def note(tx, now):
        colleague = tx.people.get(user)
        (task,), _ = call_backs.listed(tx, colleague, call_backs.KIND)
        phoning.tried(tx, colleague, task["id"], now)

    await desk.write(note)


async def logged(desk) -> list[str]:
    """What is in the audit log about tasks, the earliest first."""
    found = await desk.ledger.read(lambda tx: tx.people.audited(50))
    return [row["action"] for row in reversed(found) if re.match("task_|call_", row["action"])]


@SIZES
async def test_a_call_that_nobody_answered_stays_and_says_how_often_it_was_tried(visit, desk, morning, size):
    await asked_for_a_call(desk, morning["asks"])
    await tried_by(desk, "王芳")
    page = await visit("/desk", size, "李强")
    task = page.locator(".task")
    await expect(task).to_contain_text(tries(1))
    await outcome(task, "看号码").click()
    await expect(task.get_by_role("link", name=NUMBER)).to_be_visible()
    await outcome(task, "没接通").click()
    await expect(task).to_contain_text(tries(2))
    await expect(task.get_by_role("link", name=NUMBER)).to_be_visible()  # to be called again
    await expect(page.locator("#toast")).to_contain_text("已记下：没接通")
    await no_sideways_scroll(page)
    await targets_are_large(page.locator("#app"))
    await way_back(page).click()
    await expect(task).to_contain_text(tries(1))
    await expect(page.locator("#toast")).to_have_text("已撤销")
    assert await logged(desk) == ["call_tried", "call_tried", "call_untried"]


@SIZES
async def test_a_call_noted_as_made_by_a_slip_is_there_again_with_its_number(visit, desk, morning, size):
    await asked_for_a_call(desk, morning["asks"])
    await tried_by(desk, "王芳")
    page = await visit("/desk", size, "李强")
    task = page.locator(".task")
    before = await task.inner_text()
    await outcome(task, "打过了").click()
    await expect(task).to_have_count(0)
    await expect(page.locator("#toast")).to_have_text("已记下：打过了 · 撤销")
    await targets_are_large(page.locator("#app"))
    await way_back(page).click()
    await expect(outcome(task, "打过了")).to_be_focused()
    assert await task.inner_text() == before
    await outcome(task, "看号码").click()
    await expect(task.get_by_role("link", name=NUMBER)).to_be_visible()
    assert await logged(desk) == ["call_tried", "task_done", "task_reopened"]


async def test_what_is_no_call_has_one_outcome_that_can_be_taken_back_too(visit, desk, morning):
    await desk.write(lambda tx, now: tx.records.add_task(morning["held"], "undelivered", "消息未送达：窗口已关。", now))
    page = await visit("/desk", LAPTOP, "李强")
    task = page.locator(".task")
    await expect(task.locator(".task-foot button")).to_have_text(["做完了"])
    await outcome(task, "做完了").click()
    await expect(task).to_have_count(0)
    await way_back(page).click()
    await expect(outcome(task, "做完了")).to_be_visible()


@pytest.mark.parametrize(("name", "action", "left"), [("打过了", "task_done", 1), ("没接通", "call_tried", 2)])
async def test_the_second_half_of_a_double_click_means_nothing(visit, desk, morning, name, action, left):
    """Not even when the desk was so quick that the next task stands there already."""
    for conversation in (morning["asks"], morning["angry"]):
        await asked_for_a_call(desk, conversation)
    page = await visit("/desk", LAPTOP, "李强")
    await expect(page.locator(".task")).to_have_count(2)
    asked: list[str] = []
    page.on("request", lambda request: request.method == "POST" and asked.append(request.url))
    async with page.expect_response("**/api/tasks"):
        await outcome(page.locator(".task").first, name).click()
    await expect(page.locator(".task")).to_have_count(left)
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await page.evaluate("new Promise(requestAnimationFrame)")
    assert len(asked) == 1
    assert await logged(desk) == [action]


async def test_an_outcome_that_takes_long_is_noted_once(visit, desk, morning):
    await asked_for_a_call(desk, morning["asks"])
    page = await visit("/desk", LAPTOP, "李强")
    task = page.locator(".task")
    async with slow(page, "**/api/tasks/*/*") as asked:
        await outcome(task, "没接通").click()
        await outcome(task, "没接通").click()
        await outcome(task, "打过了").click()
    await expect(task).to_contain_text(tries(1))
    assert len(asked) == 1


async def test_a_slip_with_the_keyboard_is_taken_back_with_the_keyboard(visit, desk, morning):
    await asked_for_a_call(desk, morning["asks"])
    page = await visit("/desk", LAPTOP, "李强")
    task = page.locator(".task")
    await outcome(task, "打过了").press("Enter")
    await expect(task).to_have_count(0)
    await page.keyboard.press("z")
    await expect(outcome(task, "打过了")).to_be_focused()
    await page.keyboard.press("z")  # there is nothing else to take back
    await expect(page.locator("#toast")).to_have_text("已撤销")
    assert await logged(desk) == ["task_done", "task_reopened"]


async def test_the_way_back_stays_under_the_hand_that_reaches_for_it_and_else_goes(visit, desk, morning, contexts):
    await asked_for_a_call(desk, morning["asks"])
    context = await contexts(LAPTOP)
    await context.clock.install()
    page = await visit("/desk", LAPTOP, "李强", context)
    await outcome(page.locator(".task"), "打过了").click()
    await way_back(page).hover()
    await context.clock.fast_forward("00:35")
    await expect(way_back(page)).to_be_visible()
    await page.mouse.move(0, 400)
    await context.clock.fast_forward("00:35")
    await expect(page.locator("#toast")).to_be_hidden()


async def test_without_a_network_the_way_back_is_offered_again(visit, desk, morning):
    await asked_for_a_call(desk, morning["asks"])
    page = await visit("/desk", PHONE, "李强")
    task = page.locator(".task")
    await outcome(task, "打过了").click()
    await expect(task).to_have_count(0)
    await page.context.set_offline(True)
    await way_back(page).click()
    await expect(page.locator("#toast")).to_have_text("网络不通，没有完成。 · 撤销")
    await page.context.set_offline(False)
    await way_back(page).click()
    await expect(task).to_have_count(1)


async def test_a_look_of_the_page_that_fails_takes_no_way_back_away(visit, desk, morning):
    await asked_for_a_call(desk, morning["asks"])
    page = await visit("/desk", LAPTOP, "李强")
    await expect(page.locator(".task")).to_be_visible()
    await page.route("**/api/tasks", lambda route: route.abort("internetdisconnected"))
    async with page.expect_event("requestfailed"):  # what the page looks at after the call
        await outcome(page.locator(".task"), "打过了").click()
    async with page.expect_event("requestfailed"):  # and when it hears of something
        await desk.write(lambda tx, now: tx.emit("task", morning["asks"]))
    await page.evaluate("new Promise(requestAnimationFrame)")
    await expect(page.locator("#toast")).to_have_text("已记下：打过了 · 撤销")
    await page.unroute("**/api/tasks")
    await way_back(page).click()
    await expect(page.locator("#toast")).to_have_text("已撤销")


async def test_a_call_that_a_colleague_has_made_meanwhile_says_so(visit, desk, morning):
    await asked_for_a_call(desk, morning["asks"])
    page = await visit("/desk", LAPTOP, "李强")
    task = page.locator(".task")
    async with slow(page, "**/api/tasks/*/done"):
        await outcome(task, "打过了").click()
        colleague = await desk.ledger.read(lambda tx: tx.people.get("王芳"))
        (call,), _ = await desk.ledger.read(call_backs.listed, colleague)
        await desk.ledger.write(call_backs.finish, colleague, call["id"], SystemClock().now())
    await expect(page.locator("#toast")).to_have_text("这一项已经办完了。")
    await expect(way_back(page)).to_have_count(0)
