"""The outbox: at least once, in order, within the window, and never dropped in silence."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.channels.errors import ERRORS
from handoff.domain.clock import FixedClock
from handoff.domain.models import User
from handoff.service import replies, sending, window
from tests.contract.stub import Stub
from tests.support.street import NOW, Street, open_ledger, street

SEND = "/cgi-bin/message/custom/send"
KF_SEND = "/cgi-bin/kf/send_msg"
ON_EVENT = "/cgi-bin/kf/send_msg_on_event"
LONG = "".join(f"第{number}条：路灯坏了，请尽快派人来修。" for number in range(100))  # three sends of 2,047 bytes
TEMPLATE = {"template_id": "T", "template_data": "thing1={text}; time2={time}; number3={number}"}


@pytest.fixture
async def stub():
    stub = Stub()
    async with TestServer(stub.app()) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub
        stub.release()


@pytest.fixture
async def make(database, stub):
    """Makes a street on one ledger; called again, a second desk on the same ledger."""
    ledgers, clock = [], FixedClock(NOW)
    async with ClientSession() as session:

        async def made(kind: str = "wechat", **settings: str) -> Street:
            ledgers.append(await asyncio.to_thread(open_ledger, database))
            return street(kind, stub, session, ledgers[-1], clock, **settings)

        yield made
        for ledger in ledgers:
            await asyncio.to_thread(ledger.close)


async def test_a_text_goes_out_once_and_costs_one_send(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say("已记下。")
    await desk.send()
    await desk.send()
    assert desk.said() == ["已记下。"]
    assert (await desk.message(seq)).state == "sent"
    assert window.of(await desk.conversation()).sends_left(NOW) == 4


async def test_several_automatic_texts_that_wait_share_one_send(make):
    desk = await make()
    await desk.writes()
    first, second = await desk.say("已记下。"), await desk.say("还有别的吗？")
    await desk.send()
    assert desk.said() == ["已记下。\n\n还有别的吗？"]
    assert [(await desk.message(seq)).state for seq in (first, second)] == ["sent", "sent"]
    assert (await desk.conversation()).sends_used == 1


async def test_a_persons_texts_are_sent_as_they_were_written(make):
    desk = await make()
    await desk.writes()
    for text in ("您好。", "我来处理。"):
        await desk.say(text, author="human")
    await desk.send()
    assert desk.said() == ["您好。", "我来处理。"]


async def test_a_text_that_was_tried_keeps_its_wording(make):
    desk = await make()
    await desk.writes()
    await desk.say("已记下。")
    desk.stub.script(SEND, -1)
    await desk.send()
    await desk.say("还有别的吗？")
    await desk.send(seconds=10)
    assert desk.said() == ["已记下。", "已记下。", "还有别的吗？"]


async def test_a_long_text_counts_as_several_sends(make):
    desk = await make()
    await desk.writes()
    await desk.say(LONG, author="human")
    await desk.send()
    assert "".join(desk.said()) == LONG and len(desk.said()) == 3
    assert all(text.endswith("。") for text in desk.said())
    assert (await desk.conversation()).sends_used == 3


async def test_a_text_that_broke_off_goes_on_where_it_was(make):
    desk = await make("wecom_kf")
    await desk.writes()
    seq = await desk.say(LONG, author="human")
    desk.stub.script(KF_SEND, {"errcode": 0}, -1)
    await desk.send()
    assert (await desk.message(seq)).state == "queued"
    await desk.send(seconds=10)
    first, second, again, third = desk.sent()
    assert second == again
    assert len({one["msgid"] for one in (first, second, third)}) == 3
    assert first["text"]["content"] + second["text"]["content"] + third["text"]["content"] == LONG
    assert (await desk.conversation()).sends_used == 3


async def test_a_claim_stops_what_is_left_of_a_long_text(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say(LONG[: len(LONG) * 3 // 5])  # two sends: the bot's share
    desk.stub.script(SEND, {"errcode": 0}, -1)
    await desk.send()
    await desk.claim()
    await desk.send(seconds=10)
    assert (await desk.message(seq)).state == "draft"
    assert "已接手" in desk.said()[-1]


async def test_three_sends_are_kept_for_the_person(make):
    desk = await make()
    await desk.writes()
    for number in range(3):
        await desk.say(f"机器人第{number}句。")
        await desk.send()
    assert len(desk.said()) == 2
    assert window.of(await desk.conversation()).sends_left(NOW) == 3
    assert await desk.tasks() == [("call", "请打电话或上门联系居民：回复窗口已关闭或次数用完。")]
    for text in ("一。", "二。", "三。"):
        await desk.say(text, author="human")
    await desk.send()
    assert len(desk.said()) == 5


async def test_notices_of_the_desk_come_out_of_the_bots_share_but_an_emergency_number_does_not(make):
    desk = await make()
    await desk.writes()
    for _ in range(3):
        await desk.say("通知。", author="system")
        await desk.send()
    assert len(desk.said()) == 2
    await desk.say("请拨打 120。", author="system", urgent=True)
    await desk.send()
    assert desk.said()[-1] == "请拨打 120。"


async def test_a_text_is_begun_only_when_all_of_it_may_go(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say(LONG)  # three sends, the bot has two
    await desk.send()
    assert desk.said() == [] and (await desk.message(seq)).state == "failed"
    assert len(await desk.tasks()) == 1


async def test_what_waits_to_be_sent_is_already_spoken_for(make):
    desk = await make()
    await desk.writes()
    await desk.claim()  # its notice waits
    user = User("wang", "caseworker", None, True, "")
    written = [await desk.ledger.write(replies.write, user, 1, f"第{n}句", f"c{n}", desk.clock.now()) for n in range(5)]
    assert [isinstance(one, int) for one in written] == [True] * 4 + [False]
    assert written[-1] == replies.NoRoom(1, 0)
    assert [kind for kind, _ in await desk.tasks()] == ["call"]
    await desk.send()
    assert len(desk.said()) == 5


async def test_a_text_too_long_for_what_is_left_says_how_many_it_needs(make):
    desk = await make()
    await desk.writes()
    await desk.claim()
    await desk.send()
    user = User("wang", "caseworker", None, True, "")
    await desk.ledger.write(replies.write, user, 1, LONG, None, desk.clock.now())
    refused = await desk.ledger.write(replies.write, user, 1, LONG, None, desk.clock.now())
    assert refused == replies.NoRoom(3, 1)
    assert await desk.tasks() == []


def codes(disposition: str) -> list[int]:
    """Those of the platforms' error codes; 40200 has its own answer (numbers instead of buttons)."""
    return [code for code in sorted(ERRORS) if ERRORS[code][0] == disposition and code != 40200]


async def test_what_may_pass_is_tried_again_later_and_later(make):
    desk = await make()
    for code in codes("RETRY"):
        desk.resident = f"resident-{code}"
        await desk.writes()
        seq, before = await desk.say("已记下。"), len(desk.said())
        desk.stub.script(SEND, code)
        await desk.send()
        await desk.send(seconds=0.5)
        assert len(desk.said()) == before + 1 and (await desk.message(seq)).state == "queued"
        await desk.send(seconds=2)
        assert len(desk.said()) == before + 2 and (await desk.message(seq)).state == "sent"


async def test_what_the_platform_refuses_for_good_is_a_task_that_a_person_sees(make):
    desk = await make()
    for count, code in enumerate([*codes("GIVE_TO_PERSON"), 99999], 1):
        desk.resident = f"resident-{code}"
        await desk.writes()
        seq = await desk.say("已记下。")
        desk.stub.script(SEND, code)
        await desk.send()
        assert (await desk.message(seq)).state == "failed"
        tasks = await desk.tasks()
        assert len(tasks) == count
        assert tasks[-1][0] in ("call", "undelivered") and len(tasks[-1][1]) > 10


async def test_an_endless_failure_ends_with_a_person(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say("已记下。", author="human")
    desk.stub.script(SEND, *[-1] * 40)
    for _ in range(sending.ATTEMPTS):
        await desk.send(seconds=sending.LONGEST_DELAY)
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]


async def test_a_text_whose_senders_die_one_after_the_other_ends_with_a_person(make):
    desk = await make()
    await desk.writes()
    await desk.say("已记下。")
    for _ in range(sending.ATTEMPTS + 1):
        await desk.ledger.write(sending.take, desk.clock.now())
        desk.passes(seconds=61)
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]


def test_the_back_off_grows_and_is_partly_chance():
    waits = [[sending.delay(attempt).total_seconds() for _ in range(50)] for attempt in range(12)]
    for attempt, seen in enumerate(waits):
        highest = min(900, 2 * 2**attempt)
        assert highest / 2 <= min(seen) and max(seen) <= highest and len(set(seen)) > 40


async def test_beyond_the_window_a_person_picks_up_the_phone(make):
    desk = await make()
    await desk.writes()
    desk.passes(hours=48)
    seq = await desk.say("路灯修好了。", author="human")
    await desk.send()
    assert desk.said() == [] and (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


async def test_beyond_the_window_a_configured_notice_says_that_something_waits(make):
    desk = await make(**TEMPLATE)
    await desk.writes()
    desk.passes(hours=49)
    first = await desk.say("路灯修好了。", author="human")
    second = await desk.say("是周三下午修的。", author="human")
    await desk.send()
    (notice,) = desk.sent("/cgi-bin/message/template/send")
    assert (notice["touser"], notice["template_id"]) == ("resident-99", "T")
    assert notice["data"]["thing1"] == {"value": "有新回复，回复任意文字即可查看"}
    assert notice["data"]["time2"] == {"value": "2026-03-04 11:00"}
    assert "路灯" not in str(notice)
    assert [(await desk.message(seq)).state for seq in (first, second)] == ["held", "held"]
    assert await desk.tasks() == []
    await desk.writes("什么回复？")
    await desk.send()
    assert desk.said() == ["路灯修好了。", "是周三下午修的。"]


async def test_a_reminder_without_an_answer_ends_with_a_call(make):
    desk = await make(**TEMPLATE)
    await desk.writes()
    desk.passes(hours=49)
    seq = await desk.say("路灯修好了。", author="human")
    await desk.send()
    desk.passes(days=2)
    await desk.ledger.write(sending.give_up_held, desk.clock.now())
    assert (await desk.message(seq)).state == "held"
    desk.passes(days=1, seconds=1)
    await desk.ledger.write(sending.give_up_held, desk.clock.now())
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


async def test_a_notice_that_is_refused_ends_with_a_call(make):
    desk = await make(**TEMPLATE, template_kind="subscription")
    for count, code in enumerate((43101, 40037, 47003, 43004), 1):
        desk.resident = f"resident-{code}"
        await desk.writes()
        desk.passes(hours=49)
        await desk.say("路灯修好了。", author="human")
        desk.stub.script("/cgi-bin/message/subscribe/bizsend", code)
        await desk.send()
        assert [kind for kind, _ in await desk.tasks()] == ["call"] * count


async def test_a_caseworker_may_write_beyond_the_window_where_a_notice_is_configured(make):
    desk = await make(**TEMPLATE)
    await desk.writes()
    await desk.claim()
    desk.passes(hours=49)
    user = User("wang", "caseworker", None, True, "")
    plain = await desk.ledger.write(replies.write, user, 1, "修好了。", "a", desk.clock.now())
    assert isinstance(plain, replies.NoRoom)
    held = await desk.ledger.write(replies.write, user, 1, "修好了。", "a", desk.clock.now(), frozenset({"street"}))
    assert isinstance(held, int)


@pytest.mark.parametrize("code", [45015, 45047])
async def test_the_platforms_count_is_believed_over_ours(make, code: int):
    desk = await make(**TEMPLATE)
    await desk.writes()
    seq = await desk.say("已记下。", author="human")
    desk.stub.script(SEND, code)
    await desk.send()
    assert window.of(await desk.conversation()).sends_left(desk.clock.now()) == 0
    assert (await desk.message(seq)).state == "held"
    assert len(desk.sent("/cgi-bin/message/template/send")) == 1


async def test_a_window_opened_while_a_text_was_under_way_is_not_overwritten(make):
    desk = await make()
    await desk.writes()
    await desk.say("已记下。")
    (under_way,) = await desk.ledger.write(sending.take, desk.clock.now())
    desk.passes(hours=1)
    await desk.writes("还有一件事")
    await desk.ledger.write(sending.sent, under_way, None, desk.clock.now())
    current = await desk.conversation()
    assert (current.window_at, current.sends_used) == (desk.clock.now(), 1)


async def test_a_greeting_uses_the_welcome_code_and_costs_no_send(make):
    desk = await make("wecom_kf")
    until = int(desk.clock.now().timestamp()) + 20
    data = {"event": "enter_session", "event_code": "CODE", "event_code_until": until}
    await desk.writes("", opens="", kind="event", data=data)
    await desk.say("您好，我是机器人。", buttons=[{"title": "转人工", "payload": "/needs_person"}])
    await desk.send()
    (greeting,) = desk.sent(ON_EVENT)
    assert greeting["code"] == "CODE" and desk.sent(KF_SEND) == []
    await desk.writes()
    await desk.say("已记下。")
    await desk.send()
    assert len(desk.sent(KF_SEND)) == 1
    assert (await desk.conversation()).sends_used == 1


async def test_a_code_that_the_platform_no_longer_takes_becomes_an_ordinary_send(make):
    desk = await make("wecom_kf")
    await desk.writes(data={"event_code": "OLD", "event_code_until": int(desk.clock.now().timestamp()) + 20})
    await desk.say("已记下。")
    desk.stub.script(ON_EVENT, 95016)
    await desk.send()
    assert len(desk.sent(KF_SEND)) == 1 and await desk.tasks() == []


async def test_a_code_is_not_used_after_its_time(make):
    desk = await make("wecom_kf")
    await desk.writes(data={"event_code": "OLD", "event_code_until": int(desk.clock.now().timestamp()) + 20})
    desk.passes(seconds=20)
    await desk.say("已记下。")
    await desk.send()
    assert desk.sent(ON_EVENT) == [] and len(desk.sent(KF_SEND)) == 1


STATE, TRANS = "/cgi-bin/kf/service_state/get", "/cgi-bin/kf/service_state/trans"
SERVED = {"errcode": 0, "service_state": 3, "servicer_userid": "zhangsan"}


async def test_a_refusal_because_somebody_serves_in_wecom_shows_who_has_the_conversation(make):
    desk = await make("wecom_kf")
    await desk.writes()
    seq = await desk.say("我记的是：路灯。")
    desk.stub.script(KF_SEND, 95018)
    desk.stub.script(STATE, SERVED)
    await desk.send()
    assert (await desk.conversation()).caseworker == "平台客服·zhangsan"
    assert (await desk.message(seq)).state == "draft"


async def test_a_colleague_here_who_speaks_ends_the_service_there_and_uses_its_code(make):
    desk = await make("wecom_kf")
    await desk.writes()
    await desk.claim()
    await desk.send()
    seq = await desk.say("我来接着办。", author="human")
    desk.stub.script(KF_SEND, 95018)
    desk.stub.script(STATE, SERVED, SERVED)
    desk.stub.script(TRANS, {"errcode": 0, "msg_code": "END"})
    await desk.send()
    assert desk.sent(TRANS)[0]["service_state"] == 4
    assert desk.sent(ON_EVENT)[0]["code"] == "END"
    assert (await desk.message(seq)).state == "sent"
    assert (await desk.conversation()).caseworker == "wang"


async def test_a_refusal_for_another_reason_is_a_task(make):
    desk = await make("wecom_kf")
    await desk.writes()
    seq = await desk.say("我记的是：路灯。")
    desk.stub.script(KF_SEND, 95018)
    desk.stub.script(STATE, {"errcode": 0, "service_state": 4})
    await desk.send()
    assert (await desk.message(seq)).state == "failed"
    assert (await desk.conversation()).owner == "bot"
    assert len(await desk.tasks()) == 1


async def test_a_report_that_a_message_did_not_arrive_marks_it_and_tells_a_person(make):
    desk = await make("wecom_kf")
    for part in range(3):
        await report(desk, part)


async def report(desk: Street, part: int) -> None:
    desk.resident = f"resident-{part}"
    await desk.writes()
    seq = await desk.say(LONG, author="human")
    await desk.send()
    data = {
        "sent_id": desk.sent()[3 * part + part]["msgid"],
        "reason": "超过 5 条，平台不再允许发送",
        "fail_why": "window",
    }
    await desk.writes(
        "", opens="", kind="event", author="platform", effect="send_failed", conversational=False, data=data
    )
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["call"] * (part + 1)


async def test_two_desks_send_every_text_once_and_in_order(make):
    one, two = await make(), await make()
    await one.writes(opens="unlimited")
    texts = [f"第{number}句。" for number in range(30)]
    for text in texts:
        await one.say(text, author="human")
    for _ in range(40):
        await asyncio.gather(one.sender.send_due(), two.sender.send_due())
        await asyncio.gather(*one.sender._tasks, *two.sender._tasks)
    assert one.said() == texts
