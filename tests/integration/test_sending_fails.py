"""What the platform refuses is tried again, or becomes a task that a person sees; nothing is dropped in silence."""

from bot.channels.errors import ERRORS
from handoff.service import sending
from tests.support.street import Street

SEND = "/cgi-bin/message/custom/send"
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


async def test_what_a_desk_died_over_is_repeated_under_its_id_though_the_bot_has_handed_over_meanwhile(make):
    desk = await make("wecom_kf")
    await desk.writes()
    seq = await desk.say("已记下。")
    await desk.dies_over_it()
    await desk.is_handed_over()
    await desk.send()
    assert desk.said()[0] == "已记下。"  # the platform shows it once, if it had arrived already
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
