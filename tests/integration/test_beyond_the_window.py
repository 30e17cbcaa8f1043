"""Beyond the reply window: a notice that something waits, or a person picks up the phone."""

import pytest

from bot.channels.errors import failure
from handoff.domain.message_id import message_id
from handoff.domain.models import User
from handoff.service import attempts, replies, sending, window
from tests.contract.stub import LOST

SEND = "/cgi-bin/message/custom/send"
TEMPLATE = {"template_id": "T", "template_data": "thing1={text}; time2={time}; number3={number}"}


async def test_beyond_the_window_a_person_picks_up_the_phone(make):
    desk = await make()
    await desk.writes()
    desk.passes(hours=48)
    seq = await desk.say("路灯修好了。", author="human")
    await desk.send()
    assert desk.said() == [] and (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


async def test_what_no_request_can_carry_is_not_kept_for_the_one_that_waits(make):
    desk = await make()
    await desk.writes()
    desk.passes(hours=49)
    waiting = desk.sender._passive.offer("street", desk.resident, desk.id, lambda: True)
    seq = await desk.say("路灯修好了。" * 200)
    await desk.send()
    assert (await desk.message(seq)).state == "failed" and not waiting.done()
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


async def test_a_notice_whose_answer_was_lost_goes_again_under_its_id_so_that_the_platform_shows_it_once(make):
    desk = await make(**TEMPLATE)
    await desk.writes()
    desk.passes(hours=49)
    seq = await desk.say("路灯修好了。", author="human")
    desk.stub.script("/cgi-bin/message/template/send", LOST)
    await desk.send()
    await desk.send(seconds=10)
    first, again = desk.sent("/cgi-bin/message/template/send")
    assert (
        first["client_msg_id"]
        == again["client_msg_id"]
        == message_id(await desk.ledger.read(lambda tx: tx.outbox.get(desk.id, seq)))
    )
    assert (await desk.message(seq)).state == "held"


async def test_a_reminder_without_an_answer_ends_with_a_call(make):
    desk = await make(**TEMPLATE)
    await desk.writes()
    desk.passes(hours=49)
    seq = await desk.say("路灯修好了。", author="human")
    await desk.send()
    desk.passes(days=2)
    await desk.ledger.write(attempts.give_up_held, desk.clock.now())
    assert (await desk.message(seq)).state == "held"
    desk.passes(days=1, seconds=1)
    await desk.ledger.write(attempts.give_up_held, desk.clock.now())
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


@pytest.mark.parametrize("code", [95001, 95002, 95013])
async def test_a_window_that_wecom_calls_closed_is_closed_to_further_words_and_a_person_calls(make, code: int):
    desk = await make("wecom_kf")
    await desk.writes()
    await desk.claim()
    await desk.send()
    seq = await desk.say("已记下。", author="human")
    desk.stub.script("/cgi-bin/kf/send_msg", code)
    await desk.send()
    assert window.of(await desk.conversation()).sends_left(desk.clock.now()) == 0
    assert (await desk.message(seq)).state == "failed"
    user = User("wang", "caseworker", None, True, "")
    more = await desk.ledger.write(replies.write, user, desk.id, "还有一句。", "a", desk.clock.now())
    assert isinstance(more, replies.NoRoom)  # the console says 409 window_closed
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


@pytest.mark.parametrize("code", [45015, 45047, 95001, 95002, 95013])
async def test_a_late_refusal_does_not_close_the_window_that_the_resident_has_opened_meanwhile(make, code: int):
    desk = await make()
    await desk.writes()
    seq = await desk.say("已记下。", author="human")
    (under_way,) = await desk.ledger.write(sending.take, desk.clock.now())
    await desk.writes("还有一件事")
    await desk.ledger.write(attempts.failed, under_way, failure(code), desk.clock.now())
    await desk.send()
    assert desk.said() == ["已记下。"] and (await desk.message(seq)).state == "sent"
    assert window.of(await desk.conversation()).sends_left(desk.clock.now()) == 4
    assert await desk.tasks() == []


async def test_a_resident_who_writes_while_the_reminder_is_under_way_gets_the_text_itself(make):
    desk = await make(**TEMPLATE)
    await desk.writes()
    desk.passes(hours=49)
    await desk.say("路灯修好了。", author="human")
    (under_way,) = await desk.ledger.write(sending.take, desk.clock.now(), None, frozenset(), frozenset({"street"}))
    await desk.writes("修好了吗？")
    await desk.ledger.write(attempts.reminded, under_way, None, desk.clock.now())
    await desk.send()
    assert desk.said() == ["路灯修好了。"]


async def test_a_window_opened_while_a_text_was_under_way_is_not_overwritten(make):
    desk = await make()
    await desk.writes()
    await desk.say("已记下。")
    (under_way,) = await desk.ledger.write(sending.take, desk.clock.now())
    desk.passes(hours=1)
    await desk.writes("还有一件事")
    await desk.ledger.write(attempts.sent, under_way, None, desk.clock.now())
    current = await desk.conversation()
    assert (current.window_at, current.sends_used) == (desk.clock.now(), 1)
