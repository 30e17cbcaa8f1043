"""A page reaches somebody who can help: it is made again until one who may claim has been called, and then no more."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from aiohttp import ClientSession

from handoff.domain.clock import FixedClock
from handoff.service import accounts, calling
from handoff.web import keys
from handoff.workers.pager import AGAIN, ConsolePager, PagerWorker, WebhookPager
from tests.support.desk import Resident, running_desk

from .test_pager import WORDS, Duty


async def test_a_refused_page_is_made_again_until_it_is_taken(scene):
    danger = scene.says("r1", WORDS)
    clock = FixedClock(scene.now)
    async with Duty(500, 200) as duty, ClientSession() as http:
        worker = PagerWorker(scene.ledger, WebhookPager(http, duty.url), clock)
        await worker.page_due()
        await worker.page_due()
        assert duty.heard.qsize() == 1  # not at once again
        for _ in range(3):
            clock.move_to(clock.now() + AGAIN + timedelta(seconds=1))
            await worker.page_due()
        told = [json.loads(duty.heard.get_nowait()[1]) for _ in range(duty.heard.qsize())]
    assert told == [{"conversation": danger, "trigger": "self_harm"}] * 2


@pytest.mark.parametrize(
    ("role", "called"), [("caseworker", True), ("supervisor", True), ("admin", False), ("auditor", False)]
)
async def test_an_open_console_is_a_call_only_for_those_who_may_claim(desk, http, role, called):
    await desk.add_user("wang", role)
    await (await Resident.arrives(desk.base, http)).says(WORDS)
    pager = ConsolePager(desk.ledger, desk.app[keys.CLOCK])
    async with desk.logged_in("wang") as console:
        assert await pager.page(1, "self_harm") is False  # who is logged in has not opened it yet
        async with console.live():
            assert await pager.page(1, "self_harm") is called


async def test_danger_in_a_sealed_report_is_no_call_where_only_those_sit_who_may_not_see_it(scene):
    sealed = in_danger_after_a_report(scene, "r1")
    pager = ConsolePager(scene.ledger, FixedClock(scene.now))
    opens_console(scene, scene.user("wang"))
    assert await pager.page(sealed, "self_harm") is False
    opens_console(scene, scene.user("boss", "supervisor"))
    assert await pager.page(sealed, "self_harm") is True


def in_danger_after_a_report(scene, sender: str) -> int:
    scene.waits(sender, "corruption")
    return scene.says(sender, WORDS)


def opens_console(scene, user) -> tuple[str, datetime]:
    token = scene.do(accounts.start_session, user, scene.now).token
    until = scene.now + timedelta(minutes=2)
    scene.do(accounts.open_console, token, scene.now, until)
    return token, until


def is_told_that_somebody_is_called(scene, conversation) -> bool:
    told = scene.told(conversation)[-1]
    called, nobody = "正在呼叫值守人员" in told, "现在没有值守人员在线" in told
    assert called != nobody and "已经呼叫" not in told
    assert any(number in told.splitlines()[0] for number in ("110", "120", "119"))  # first of all, whoever is called
    assert nobody == ("请现在就拨打上面的电话" in told)
    return called


def test_danger_is_told_that_somebody_is_called_only_if_somebody_can_be(scene):
    wang = scene.user("wang")
    assert not is_told_that_somebody_is_called(scene, scene.says("r1", WORDS))
    assert "您的话排在最前面" in scene.told(scene.says("r2", WORDS))[-1]
    token, until = opens_console(scene, wang)
    assert is_told_that_somebody_is_called(scene, scene.says("r3", WORDS))
    scene.do(accounts.close_console, token, until)
    assert not is_told_that_somebody_is_called(scene, scene.says("r4", WORDS))
    opens_console(scene, wang)
    scene.later(minutes=3)  # without a sign of life
    assert not is_told_that_somebody_is_called(scene, scene.says("r5", WORDS))


def test_where_no_number_was_said_first_it_is_said_with_the_wish_to_call_it(scene):
    before = scene.conversation(scene.says("r1", "你好"))
    asked = {"trigger": "group_incident", "priority": "P0", "reason_seq": None}
    scene.do(calling.request_person, scene.office, before, scene.now, **asked)
    assert "请现在就拨打 110、120 或 119。" in scene.told(before.id)[-1]


def test_with_an_address_to_call_somebody_is_called_whether_a_console_is_open_or_not(scene):
    scene.office = replace(scene.office, pages=True)
    assert is_told_that_somebody_is_called(scene, scene.says("r1", WORDS))


def test_who_has_reported_is_told_that_somebody_is_called_only_if_that_one_may_see_the_report(scene):
    opens_console(scene, scene.user("wang"))
    assert not is_told_that_somebody_is_called(scene, in_danger_after_a_report(scene, "r1"))
    opens_console(scene, scene.user("boss", "supervisor"))
    assert is_told_that_somebody_is_called(scene, in_danger_after_a_report(scene, "r2"))


@pytest.mark.parametrize("held", [False, True])
def test_danger_said_while_waiting_or_to_somebody_who_is_away_is_told_the_truth_as_well(scene, held):
    wang = scene.user("wang")
    conversations = [scene.waits("r1"), scene.waits("r2")]
    for conversation in conversations if held else []:
        scene.claim(wang, conversation)
    scene.says("r1", WORDS)
    assert not is_told_that_somebody_is_called(scene, conversations[0])
    assert ("排在最前面" in scene.told(conversations[0])[-1]) is not held
    opens_console(scene, wang)
    scene.says("r2", WORDS)
    assert is_told_that_somebody_is_called(scene, conversations[1])


def test_a_page_that_closes_leaves_a_newer_page_of_the_same_person_open(scene):
    wang = scene.user("wang")
    token, first = opens_console(scene, wang)
    scene.later(seconds=5)
    scene.do(accounts.open_console, token, scene.now, scene.now + timedelta(minutes=2))
    scene.do(accounts.close_console, token, first)
    assert is_told_that_somebody_is_called(scene, scene.says("r1", WORDS))


async def test_with_the_console_closed_nobody_is_there_at_once(desk):
    await desk.add_user("wang")

    def open_now() -> list:
        return desk.ledger.read_now(lambda tx: tx.people.with_console(desk.app[keys.CLOCK].now()))

    async with desk.logged_in("wang") as console:
        async with console.live():
            assert [user.username for user in open_now()] == ["wang"]
        for _ in range(100):  # what the desk does about it takes some of its turns
            await console.get("/api/me")
            if not open_now():
                return
    raise AssertionError("the console is still thought open")


async def test_with_an_address_to_call_the_resident_hears_that_somebody_is_called(tmp_path, database, http):
    async with Duty() as duty, running_desk(tmp_path, database, PAGER_URL=duty.url) as (desk, _):
        resident = await Resident.arrives(desk.base, http)
        await resident.says(WORDS)
        assert "正在呼叫值守人员" in (await resident.hears())[0]["text"]
