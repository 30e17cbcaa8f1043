"""What a resident takes back (撤回) before it was answered is not answered; a person still reads it."""

from __future__ import annotations

import pytest

from bot.boundary.screen import screen
from bot.channels.message import Inbound
from handoff.domain.models import Attachment
from handoff.service import attempts, sending, turns, voice
from handoff.service.arrivals import Arrival, accept_all
from tests.support.scripted_bot import hand_off, say
from tests.support.street import Street

LAMP, ANSWER = "路灯坏了", "机器人想好的一段话"
REGISTERS = {"command": "register_case", "category": "C0406", "type": "求助"}


@pytest.fixture
async def desk(make) -> Street:
    return await make("wecom_kf")


async def begins(desk: Street) -> turns.Turn | None:
    """The bot reads what waits, and thinks about it."""
    return await desk.ledger.write(turns.begin, desk.office, desk.id, "token", desk.clock.now())


async def answers(desk: Street, turn: turns.Turn, *items: dict) -> bool:
    proposal = turns.Proposal(list(items) or [say(ANSWER)])
    return await desk.ledger.write(turns.commit, desk.office, turn, proposal, desk.clock.now())


async def takes_back(desk: Street, number: int) -> None:
    """The resident's message of this number, counted from 1."""
    desk.passes(seconds=1)
    recalled = {"recalled": f"in-{number}"}
    values = {"conversational": False, "effect": "recalled"}
    await desk.happens(
        Inbound(desk.name, f"recall-{number}", desk.resident, "event", "", desk.clock.now(), recalled, **values)
    )


async def left_unsent(desk: Street) -> list[tuple[str, str]]:
    """(text, why) of what the bot would have said."""
    stored = await desk.ledger.read(lambda tx: tx.messages.after(desk.id, 0))
    return [(message.text, message.data["why"]) for message in stored if message.state == "draft"]


async def test_what_is_taken_back_while_the_bot_thinks_is_not_answered(desk):
    await desk.writes(LAMP)
    turn = await begins(desk)
    await takes_back(desk, 1)
    assert await answers(desk, turn) is False
    await desk.send()
    assert (desk.said(), await left_unsent(desk)) == ([], [(ANSWER, "recalled")])
    assert await begins(desk) is None
    current = await desk.conversation()
    assert (current.owner, current.handled_seq, await desk.tasks()) == ("bot", current.resident_seq, [])


async def test_an_answer_that_waits_to_be_sent_stays_unsent_when_the_words_are_taken_back(desk):
    await desk.writes(LAMP)
    assert await answers(desk, await begins(desk))
    await takes_back(desk, 1)
    await desk.send()
    assert (desk.said(), await left_unsent(desk)) == ([], [(ANSWER, "recalled")])
    assert await begins(desk) is None


async def test_an_answer_whose_attempt_fails_after_the_words_were_taken_back_is_not_tried_again(desk):
    await desk.writes(LAMP)
    await answers(desk, await begins(desk))
    (taken,) = await desk.ledger.write(sending.take, desk.clock.now())  # it is being sent
    await takes_back(desk, 1)
    await desk.ledger.write(attempts.put_back, taken.item, desk.clock.now())
    await desk.send(seconds=60)
    assert desk.said() == [] and [text for text, _ in await left_unsent(desk)] == [ANSWER]


async def test_an_answer_that_was_on_its_way_when_the_words_were_taken_back_says_that_it_may_have_arrived(desk):
    desk.stub.script("/cgi-bin/kf/send_msg", "lost")
    await desk.writes(LAMP)
    await answers(desk, await begins(desk))
    await desk.sender.send_due()
    await desk.send()
    await takes_back(desk, 1)
    await desk.send(seconds=60)
    assert len(desk.said()) == 1
    assert await left_unsent(desk) == [(ANSWER, "fate_unknown")]


async def test_what_the_resident_has_read_already_stays_said(desk):
    await desk.writes(LAMP)
    await answers(desk, await begins(desk))
    await desk.send()
    await takes_back(desk, 1)
    await desk.send()
    assert (desk.said(), await left_unsent(desk)) == ([ANSWER], [])


@pytest.mark.parametrize("committed", [False, True])
async def test_the_bot_goes_on_as_if_it_had_never_heard_what_was_taken_back(desk, committed):
    await desk.writes("我不想说了")
    turn = await begins(desk)
    if committed:
        await answers(desk, turn)
    await takes_back(desk, 1)
    if not committed:
        await answers(desk, turn)
    await desk.writes(LAMP)
    after = await begins(desk)
    assert (after.text, after.sender == turn.sender) == (LAMP, False)
    await answers(desk, after)
    await desk.send()
    assert desk.said() == [ANSWER]


async def test_of_messages_read_as_one_those_that_stand_are_answered(desk):
    for words in ("我姓什么你别管", LAMP, "在幸福小区"):
        await desk.writes(words)
    turn = await begins(desk)
    await takes_back(desk, 1)
    await answers(desk, turn)
    again = await begins(desk)
    assert again.text == f"{LAMP}，在幸福小区"
    assert await answers(desk, again)
    await desk.send()
    assert desk.said() == [ANSWER]


async def test_an_answer_to_several_messages_is_said_as_long_as_one_of_them_stands(desk):
    for words in ("你好", LAMP):
        await desk.writes(words)
    await answers(desk, await begins(desk))
    await takes_back(desk, 1)
    assert await left_unsent(desk) == []
    await takes_back(desk, 2)
    assert await left_unsent(desk) == [(ANSWER, "recalled")]


async def test_the_answer_to_something_else_is_not_held_back(desk):
    await desk.writes(LAMP)
    turn = await begins(desk)
    await desk.writes("我不想说了")
    await answers(desk, turn)
    await takes_back(desk, 2)
    await desk.send()
    assert desk.said() == [ANSWER]


async def test_what_was_done_already_is_told_all_the_same(desk):
    await desk.writes(LAMP)
    await answers(desk, await begins(desk), REGISTERS, say("登记好了，编号 {case_number}。"))
    await takes_back(desk, 1)
    await desk.send()
    assert "登记好了" in desk.said()[0]


async def test_nothing_is_registered_of_what_was_taken_back_before(desk):
    await desk.writes(LAMP)
    turn = await begins(desk)
    await takes_back(desk, 1)
    await answers(desk, turn, REGISTERS, say("登记好了，编号 {case_number}。"))
    assert await desk.ledger.read(lambda tx: tx.cases.search()) == []


async def test_a_bot_that_is_away_hands_over_nothing_that_was_taken_back(desk):
    await desk.writes(LAMP)
    turn = await begins(desk)
    await takes_back(desk, 1)
    await desk.ledger.write(turns.fail, desk.office, turn, desk.clock.now())
    await desk.send()
    assert ((await desk.conversation()).owner, desk.said(), await begins(desk)) == ("bot", [], None)


async def test_danger_that_was_understood_brings_a_person_though_it_is_taken_back(desk):
    """Whoever holds the phone may not be the one who wrote."""
    await desk.writes("我先走一步了")
    turn = await begins(desk)
    await takes_back(desk, 1)
    assert await answers(desk, turn, hand_off("self_harm"))
    current = await desk.conversation()
    assert (current.owner, current.priority) == ("queue", "P0")


async def test_danger_that_a_rule_has_found_stays_danger_when_it_is_taken_back(desk):
    words, now = "我不想活了，药都准备好了", desk.clock.now()
    inbound = Inbound(desk.name, "in-1", desk.resident, "text", words, now, opens="message")
    await desk.ledger.write_together(accept_all, Arrival(desk.office, inbound, "wecom_kf", None, screen(words), now))
    await takes_back(desk, 1)
    await desk.send()
    assert ((await desk.conversation()).priority, "12356" in desk.said()[0]) == ("P0", True)


async def test_a_recording_that_is_taken_back_while_it_is_listened_to_is_not_asked_about(desk):
    await desk.writes("", kind="voice", data={"listening": True})
    await takes_back(desk, 1)
    one = Attachment(desk.id, 1, desk.name, "m", "voice", "stored", "audio/amr", 9, 1)
    await desk.ledger.write(voice.heard, desk.office, one, LAMP, None, desk.clock.now())
    await desk.send()
    assert (desk.said(), await begins(desk)) == ([], None)
