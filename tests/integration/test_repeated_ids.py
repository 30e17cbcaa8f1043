"""微信客服 refuses an id that it has taken: what may have arrived, and is refused for no reason that we know, has arrived."""

import pytest

from tests.contract.stub import LOST, REPEATED_ID

from .test_sending_fails import KF_SEND, LONG, answered_at, did_not_arrive, reply, served  # noqa: F401 (a fixture)

ON_EVENT = "/cgi-bin/kf/send_msg_on_event"
TOKEN = "/cgi-bin/gettoken"
BUSY, UNKNOWN, NAMED = -1, 99999, 40007


@pytest.fixture
async def desk(make):
    desk = await make("wecom_kf")
    await desk.writes()
    return desk


async def is_done(desk, seq: int) -> bool:
    """Whether it counts as sent and nobody is asked to do anything about it."""
    for _ in range(4):
        await desk.send(seconds=60)
    return (await desk.message(seq)).state == "sent" and await desk.tasks() == []


async def test_a_text_whose_answer_was_lost_is_sent_though_its_repeat_is_refused(desk):
    seq = await desk.say("已记下。")
    desk.stub.script(KF_SEND, LOST)
    assert await is_done(desk, seq)
    assert len(desk.said()) == 2
    assert (await desk.conversation()).sends_used == 1


async def test_a_text_that_a_desk_died_over_after_the_platform_had_it_is_sent(desk):
    seq = await desk.say("已记下。")
    desk.stub.script(KF_SEND, REPEATED_ID)
    await desk.dies_over_it()
    assert await is_done(desk, seq)


async def test_what_happens_between_a_lost_answer_and_the_refusal_takes_no_doubt_away(desk):
    seq = await desk.say("已记下。")
    desk.stub.script(KF_SEND, LOST, BUSY, BUSY)
    assert await is_done(desk, seq)


async def test_all_parts_of_a_text_go_out_whichever_answer_was_lost(make):
    desk = await make("wecom_kf")
    for part in range(3):
        desk.resident = f"resident-{part}"
        await desk.writes()
        seq = await desk.say(LONG, author="human")
        desk.stub.script(KF_SEND, *[{"errcode": 0}] * part, LOST)
        assert await is_done(desk, seq)
        assert len({one["msgid"] for one in desk.sent()}) == 3 * (part + 1)


async def test_a_later_part_that_is_refused_is_not_taken_for_one_that_arrived(desk):
    seq = await desk.say(LONG, author="human")
    desk.stub.script(KF_SEND, LOST, REPEATED_ID, UNKNOWN)
    await desk.send()
    await desk.send(seconds=60)
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]


async def test_what_was_said_with_a_code_is_not_said_again_without_it(make):
    desk = await make("wecom_kf")
    await desk.writes(data={"event_code": "CODE", "event_code_until": int(desk.clock.now().timestamp()) + 600})
    seq = await desk.say("已记下。")
    desk.stub.script(ON_EVENT, LOST)
    assert await is_done(desk, seq)
    assert len(desk.sent(ON_EVENT)) == 2 and desk.sent(KF_SEND) == []


async def test_a_code_that_is_refused_after_a_lost_answer_is_followed_by_one_refused_repeat(make):
    desk = await make("wecom_kf")
    await desk.writes(data={"event_code": "CODE", "event_code_until": int(desk.clock.now().timestamp()) + 600})
    seq = await desk.say("已记下。")
    desk.stub.script(ON_EVENT, LOST, NAMED)
    assert await is_done(desk, seq)
    assert len(desk.sent(KF_SEND)) == 1


async def test_an_answer_that_arrived_unheard_keeps_its_promise(served):  # noqa: F811
    await reply(served, "您好，我来处理。")
    answered = served.clock.now()
    served.stub.script(KF_SEND, LOST)
    await served.send()
    await served.send(seconds=60)
    assert await answered_at(served) == [answered, answered]


async def test_what_counts_as_arrived_is_failed_when_the_platform_reports_that_it_did_not(desk):
    seq = await desk.say("已记下。")
    desk.stub.script(KF_SEND, LOST)
    assert await is_done(desk, seq)
    await did_not_arrive(desk, desk.sent()[0]["msgid"])
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


@pytest.mark.parametrize("first", [(), (BUSY,)], ids=["at once", "after a refusal"])
async def test_an_unknown_refusal_of_what_cannot_have_arrived_is_a_task(desk, first):
    seq = await desk.say("已记下。")
    desk.stub.script(KF_SEND, *first, UNKNOWN)
    await desk.send()
    await desk.send(seconds=60)
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]


async def test_without_a_token_nothing_can_have_arrived(desk):
    seq = await desk.say("已记下。")
    desk.stub.script(TOKEN, LOST)
    desk.stub.script(KF_SEND, UNKNOWN)
    await desk.send()
    await desk.send(seconds=60)
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]


async def test_a_refusal_that_has_a_name_is_never_taken_for_a_repeat(desk):
    seq = await desk.say("已记下。")
    desk.stub.script(KF_SEND, LOST, NAMED)
    await desk.send()
    await desk.send(seconds=60)
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]


async def test_where_an_id_protects_from_nothing_an_unknown_refusal_stays_a_task(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say("已记下。")
    desk.stub.script("/cgi-bin/message/custom/send", LOST, UNKNOWN)
    await desk.send()
    await desk.send(seconds=60)
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]
