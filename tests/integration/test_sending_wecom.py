"""微信客服: codes that cost no send, and colleagues who serve in the platform's own client."""

import pytest

from handoff.service import turns

KF_SEND = "/cgi-bin/kf/send_msg"
ON_EVENT = "/cgi-bin/kf/send_msg_on_event"


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


async def looks_in(desk) -> turns.Turn:
    """Somebody opens the conversation and says nothing; the bot is asked for a greeting."""
    until = int(desk.clock.now().timestamp()) + 20
    opens = "" if desk.account.kind == "wecom_kf" else "enter"
    code = {} if opens else {"event_code": "CODE", "event_code_until": until}
    await desk.writes("", opens=opens, kind="event", data={"event": "enter_session", **code})
    return await desk.ledger.write(turns.begin, desk.office, desk.id, "token", desk.clock.now())


@pytest.mark.parametrize("kind", ["wecom_kf", "miniprogram"])
async def test_a_greeting_that_comes_too_late_is_kept_unsent_and_nobody_is_asked_to_call(make, kind: str):
    desk = await make(kind)
    turn = await looks_in(desk)
    await desk.ledger.write(turns.commit, desk.office, turn, turns.Proposal([{"text": "您好"}]), desk.clock.now())
    await desk.send(seconds=61)
    assert desk.said() == [] and await desk.tasks() == []
    assert (await desk.message(2)).state == "failed"


async def test_a_greeting_whose_code_the_platform_refuses_is_no_call_either(make):
    desk = await make("wecom_kf")
    turn = await looks_in(desk)
    await desk.ledger.write(turns.commit, desk.office, turn, turns.Proposal([{"text": "您好"}]), desk.clock.now())
    desk.stub.script(ON_EVENT, 95016)
    await desk.send()
    assert (await desk.message(2)).state == "failed" and await desk.tasks() == []


async def test_who_only_looked_in_while_the_bot_was_away_waits_for_nobody(make):
    desk = await make("wecom_kf")
    turn = await looks_in(desk)
    await desk.ledger.write(turns.fail, desk.office, turn, desk.clock.now())
    await desk.send(seconds=21)
    assert (await desk.conversation()).owner == "bot" and await desk.tasks() == []


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


async def test_who_waits_in_wecoms_own_queue_is_one_task_that_says_where_and_no_move_is_asked_for(make):
    desk = await make("wecom_kf")
    await desk.writes()
    for words in ("我记的是：路灯。", "在哪个小区？"):
        seq = await desk.say(words)
        desk.stub.script(KF_SEND, 95018)
        desk.stub.script(STATE, {"errcode": 0, "service_state": 2})
        await desk.send()
        assert (await desk.message(seq)).state == "failed"
    ((kind, text),) = await desk.tasks()
    assert kind == "undelivered" and "待接入池" in text
    assert not desk.stub.calls(TRANS)
