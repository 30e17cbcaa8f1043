"""What the platform refuses is tried again, or becomes a task that a person sees; nothing is dropped in silence."""

from datetime import timedelta

import pytest

from bot.channels.api import unreachable
from bot.channels.errors import ERRORS
from handoff.domain.message_id import message_id
from handoff.service import attempts, ownership, replies, sending, window
from tests.support.street import NOW, Street

SEND = "/cgi-bin/message/custom/send"
KF_SEND = "/cgi-bin/kf/send_msg"
DAY = timedelta(days=1)
LONG = "".join(f"第{number}条：路灯坏了，请尽快派人来修。" for number in range(100))  # three sends of 2,047 bytes


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
    for _ in range(attempts.ATTEMPTS):
        await desk.send(seconds=attempts.LONGEST_DELAY)
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]


async def test_a_text_whose_senders_die_one_after_the_other_ends_with_a_person(make):
    desk = await make()
    await desk.writes()
    await desk.say("已记下。")
    for _ in range(attempts.ATTEMPTS + 1):
        await desk.ledger.write(sending.take, desk.clock.now())
        desk.passes(seconds=61)
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]


def test_the_back_off_grows_and_is_partly_chance():
    waits = [[attempts.delay(attempt).total_seconds() for _ in range(50)] for attempt in range(12)]
    for attempt, seen in enumerate(waits):
        highest = min(900, 2 * 2**attempt)
        assert highest / 2 <= min(seen) and max(seen) <= highest and len(set(seen)) > 40


async def test_a_report_that_a_message_did_not_arrive_marks_it_and_tells_a_person(make):
    desk = await make("wecom_kf")
    for part in range(3):
        await report(desk, part)


async def report(desk: Street, part: int) -> None:
    desk.resident = f"resident-{part}"
    await desk.writes()
    seq = await desk.say(LONG, author="human")
    await desk.send()
    await did_not_arrive(desk, desk.sent()[3 * part + part]["msgid"])
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["call"] * (part + 1)


async def did_not_arrive(desk: Street, sent_id: str, why: str = "window") -> None:
    """The platform reports that the text with this id was not delivered."""
    data = {"sent_id": sent_id, "reason": "超过 5 条，平台不再允许发送", "fail_why": why}
    event = {"opens": "", "kind": "event", "author": "platform", "effect": "send_failed", "conversational": False}
    await desk.writes("", data=data, **event)


async def under_way(desk: Street, text: str = "已记下。") -> tuple[sending.Sendable, str]:
    """A text that is with the platform while nobody here knows yet what became of it, and its id."""
    await desk.writes()
    await desk.say(text, author="human")
    (taken,) = await desk.ledger.write(sending.take, desk.clock.now())
    return taken, message_id(taken.item)


async def test_a_report_that_comes_before_our_own_word_of_the_sending_counts_all_the_same(make):
    desk = await make("wecom_kf")
    taken, sent_id = await under_way(desk)
    await did_not_arrive(desk, sent_id)
    await desk.ledger.write(attempts.sent, taken, sent_id, desk.clock.now())
    assert (await desk.message(taken.item.seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


async def test_a_report_on_an_attempt_that_timed_out_ends_the_attempts(make):
    desk = await make("wecom_kf")
    for report_first in (True, False):
        desk.resident = f"resident-{report_first}"
        taken, sent_id = await under_way(desk)
        if report_first:
            await did_not_arrive(desk, sent_id)
        await desk.ledger.write(attempts.failed, taken, unreachable(), desk.clock.now())
        if not report_first:
            await did_not_arrive(desk, sent_id)
        await desk.send(seconds=attempts.LONGEST_DELAY)
        assert (await desk.message(taken.item.seq)).state == "failed" and desk.said() == []
    assert [kind for kind, _ in await desk.tasks()] == ["call", "call"]


async def answered_at(desk: Street) -> list:
    """When somebody answered, as the figures have it, and when the promise of that was kept."""

    def look(tx):
        (handoff,) = tx.statistics.handoffs_between(NOW - DAY, NOW + DAY, None)
        (promise,) = tx.promises.of(desk.id)
        return [handoff["first_human_at"], promise["kept_at"]]

    return await desk.ledger.read(look)


async def reply(desk: Street, text: str) -> int:
    user = await desk.ledger.read(lambda tx: tx.people.get("wang"))
    desk.passes(minutes=1)
    return await desk.ledger.write(replies.write, user, desk.id, text, None, desk.clock.now())


@pytest.fixture
async def served(make):
    """A resident whom wang serves."""
    desk = await make("wecom_kf")
    await desk.writes()
    await desk.is_handed_over()
    await desk.claim()
    await desk.send()
    return desk


async def test_what_never_arrived_answers_nobody(served):
    served.stub.script(KF_SEND, 95000)
    await reply(served, "您好。")
    assert await answered_at(served) == [served.clock.now()] * 2
    await served.send()
    assert await answered_at(served) == [None, None]
    await reply(served, "您好，我来处理。")
    await served.send()
    assert await answered_at(served) == [served.clock.now()] * 2


async def test_what_the_platform_reports_as_not_arrived_leaves_the_answer_to_the_next_text_that_did(served):
    await reply(served, "您好。")
    await served.send()
    lost = served.sent()[-1]["msgid"]
    await reply(served, "我来处理。")
    second = served.clock.now()
    await served.send()
    await did_not_arrive(served, lost)
    assert await answered_at(served) == [second, second]


async def test_an_answer_that_arrived_stays_one_though_a_later_text_did_not(served):
    await reply(served, "您好。")
    first = served.clock.now()
    await served.send()
    served.stub.script(KF_SEND, 95000)
    await reply(served, "我来处理。")
    await served.send()
    assert await answered_at(served) == [first, first]


@pytest.mark.parametrize("end", ["resolve", "hand_back"])
async def test_what_is_ended_over_a_text_that_never_arrived_was_ended_without_one(served, end):
    seq = await reply(served, "您好。")
    user = await served.ledger.read(lambda tx: tx.people.get("wang"))
    details, ended = ("explained", None) if end == "resolve" else (), served.clock.now()
    await served.ledger.write(getattr(ownership, end), user, served.id, *details, ended)
    served.stub.script(KF_SEND, 95000)
    await served.send()
    assert (await served.message(seq)).state == "failed"
    assert await answered_at(served) == [None, ended if end == "resolve" else None]
    (promise,) = await served.ledger.read(lambda tx: tx.promises.of(served.id))
    assert promise["dropped_at"] == (None if end == "resolve" else ended)


async def test_a_report_that_no_more_can_be_sent_empties_the_window(make):
    desk = await make("wecom_kf")
    for number, (why, left) in enumerate({"window": 0, "gone": 0, "": 4}.items()):
        desk.resident = f"resident-{number}"
        await desk.writes()
        await desk.say("已记下。", author="human")
        await desk.send()
        await did_not_arrive(desk, desk.sent()[-1]["msgid"], why)
        assert window.of(await desk.conversation()).sends_left(desk.clock.now()) == left


async def test_a_report_does_not_close_the_window_that_the_resident_has_opened_since(make):
    desk = await make("wecom_kf")
    await desk.writes()
    await desk.say("已记下。", author="human")
    await desk.send()
    await desk.writes("还有一件事")
    await did_not_arrive(desk, desk.sent()[-1]["msgid"])
    assert window.of(await desk.conversation()).sends_left(desk.clock.now()) == 5
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


async def test_what_a_desk_died_over_is_repeated_under_its_id_though_the_bot_has_handed_over_meanwhile(make):
    desk = await make("wecom_kf")
    await desk.writes()
    seq = await desk.say("已记下。")
    await desk.dies_over_it()
    await desk.is_handed_over()
    await desk.send()
    assert desk.said()[0] == "已记下。"  # the platform refuses it, if it had arrived already
    assert (await desk.message(seq)).state == "sent"


async def test_what_a_desk_died_over_is_never_repeated_after_a_claim(make):
    desk = await make("wecom_kf")
    await desk.writes()
    seq = await desk.say("已记下。")
    await desk.dies_over_it()
    await desk.claim()
    await desk.send()
    assert "已记下。" not in desk.said()
    draft = await desk.message(seq)
    assert (draft.state, draft.data["why"]) == ("draft", "fate_unknown")


async def test_where_a_repeat_would_be_shown_twice_a_text_for_another_time_is_not_repeated(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say("已记下。")
    await desk.dies_over_it()
    await desk.is_handed_over()
    await desk.send()
    assert "已记下。" not in desk.said()
    assert (await desk.message(seq)).data["why"] == "fate_unknown"
