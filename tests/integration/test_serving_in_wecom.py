"""A person in WeCom's own client and a colleague at the desk: who has the conversation, and what may still be said."""

from __future__ import annotations

import pytest

from handoff.domain.errors import NotOwner
from handoff.service import accounts, ownership, replies, window
from handoff.service.replies import NoRoom
from tests.support.street import Street

KF_SEND = "/cgi-bin/kf/send_msg"
ON_EVENT = "/cgi-bin/kf/send_msg_on_event"
STATE, TRANS = "/cgi-bin/kf/service_state/get", "/cgi-bin/kf/service_state/trans"
SERVED = {"errcode": 0, "service_state": 3, "servicer_userid": "zhangsan"}
ENDED = {"errcode": 0, "msg_code": "END"}
IN_CLIENT = "平台客服·zhangsan"
STAFF = {"kind": "event", "opens": "", "author": "staff", "conversational": False}
LONG = "您的事我们正在办。" * 100  # two sends


@pytest.fixture
async def desk(make) -> Street:
    """The resident has written, and wang at the desk has taken it."""
    desk = await make("wecom_kf")
    await desk.writes()
    await desk.claim()
    await desk.send()
    return desk


async def user(desk: Street, name: str, role: str = "caseworker"):
    known = await desk.ledger.read(lambda tx: tx.people.get(name))
    return known or await desk.ledger.write(accounts.create, name, role, "only-for-tests", desk.clock.now())


async def taken_there(desk: Street, servicer: str = "zhangsan") -> None:
    """The platform tells that somebody takes it in WeCom's own client."""
    await desk.writes("", effect="taken", data={"servicer": servicer}, **STAFF)


async def ended_there(desk: Street) -> None:
    """The platform tells that the service there is over, with the code for one last text."""
    code = {"event_code": "END", "event_code_until": int(desk.clock.now().timestamp()) + 20}
    await desk.writes("", effect="ended", data=code, **STAFF)


async def refused(desk: Street) -> None:
    """The platform refuses the next text because somebody serves there."""
    desk.stub.script(KF_SEND, 95018)
    desk.stub.script(STATE, SERVED, SERVED)
    desk.stub.script(TRANS, ENDED)
    asked = len(desk.stub.calls(STATE))
    await desk.send()
    assert len(desk.stub.calls(STATE)) > asked


async def found_there(desk: Street) -> None:
    """A text of the desk's own is refused because somebody serves there."""
    await desk.say("您的事办好了。", author="system")
    await refused(desk)


async def taken_over(desk: Street, by: str = "boss") -> None:
    boss = await user(desk, by, "supervisor")
    await desk.ledger.write(ownership.take_over, boss, desk.id, "居民一直在等", desk.clock.now())


async def writes(desk: Street, words: str, name: str = "wang") -> int | NoRoom:
    return await desk.ledger.write(replies.write, await user(desk, name), desk.id, words, None, desk.clock.now())


async def notes(desk: Street) -> list[str]:
    return [m.text for m in await desk.ledger.read(lambda tx: tx.messages.last(desk.id, 50)) if m.kind == "note"]


async def left(desk: Street) -> int | None:
    return await desk.ledger.read(lambda tx: window.left(tx, tx.conversations.get(desk.id), desk.clock.now()))


# Whose words end what is served there


async def test_what_was_written_before_somebody_took_it_there_ends_no_service_of_theirs(desk):
    seq = await writes(desk, "我来接着办。")
    await taken_there(desk)
    await refused(desk)
    assert not desk.stub.calls(TRANS) and not desk.sent(ON_EVENT)
    assert (await desk.conversation()).caseworker == IN_CLIENT
    assert (await desk.message(seq)).state == "failed"
    ((kind, text),) = await desk.tasks()
    assert kind == "undelivered" and "zhangsan" in text


async def test_what_was_written_before_it_was_put_back_ends_no_service_there(desk):
    seq = await writes(desk, "我来接着办。")
    await desk.ledger.write(ownership.release, await user(desk, "wang"), desk.id, desk.clock.now())
    await refused(desk)
    assert not desk.stub.calls(TRANS) and (await desk.message(seq)).state == "failed"
    assert (await desk.conversation()).caseworker == IN_CLIENT


async def test_what_was_written_before_a_colleague_of_the_desk_got_it_still_ends_the_service_there(desk):
    seq = await writes(desk, "我来接着办。")
    wang, li = await user(desk, "wang"), await user(desk, "li")
    await desk.ledger.write(ownership.transfer, wang, desk.id, li.username, desk.office, desk.clock.now())
    await refused(desk)
    assert (await desk.message(seq)).state == "sent" and desk.sent(ON_EVENT)[0]["code"] == "END"
    assert (await desk.conversation()).caseworker == "li"


async def test_a_service_that_ends_by_itself_before_it_is_ended_takes_nothing_from_who_writes(desk):
    seq, over = await writes(desk, "我来接着办。"), {"errcode": 0, "service_state": 4}
    desk.stub.script(KF_SEND, 95018)
    desk.stub.script(STATE, SERVED, over, over)
    await desk.send()
    assert not desk.stub.calls(TRANS) and (await desk.message(seq)).state == "failed"
    assert (await desk.conversation()).caseworker == "wang"


async def test_an_end_that_the_platform_does_not_carry_out_moves_nobody_and_the_text_is_tried_again(desk):
    seq = await writes(desk, "我来接着办。")
    desk.stub.script(KF_SEND, 95018, 95018)
    desk.stub.script(STATE, *[SERVED] * 4)  # asked before the end and by it
    desk.stub.script(TRANS, -1, ENDED)
    await desk.send()
    assert (await desk.conversation()).caseworker == "wang"
    assert (await desk.message(seq)).state == "queued" and await desk.tasks() == []
    await desk.send(seconds=60)
    assert (await desk.message(seq)).state == "sent" and (await desk.conversation()).caseworker == "wang"


# Who has it


@pytest.mark.parametrize("told", [taken_there, found_there])
async def test_who_serves_there_has_it_however_the_desk_hears_of_it_and_who_had_it_is_told(desk, told):
    await told(desk)
    assert (await desk.conversation()).caseworker == IN_CLIENT
    (note,) = await notes(desk)
    assert IN_CLIENT in note and "wang" in note
    (logged,) = await desk.ledger.read(lambda tx: tx.people.audited(action="taken_in_client"))
    assert (logged["actor"], logged["target"], logged["detail"]) == (IN_CLIENT, str(desk.id), {"from": "wang"})
    with pytest.raises(NotOwner):
        await writes(desk, "我来接着办。")


@pytest.mark.parametrize("order", [(taken_there, found_there), (found_there, taken_there)])
async def test_whichever_the_desk_hears_first_the_same_person_has_it_and_it_is_told_once(desk, order):
    for told in order:
        await told(desk)
    assert (await desk.conversation()).caseworker == IN_CLIENT
    assert len(await notes(desk)) == 1
    assert len(await desk.ledger.read(lambda tx: tx.people.audited(action="taken_in_client"))) == 1


async def test_who_takes_it_from_the_queue_there_displaces_nobody(make):
    desk = await make("wecom_kf")
    await desk.writes()
    await desk.is_handed_over()
    await taken_there(desk)
    assert (await desk.conversation()).caseworker == IN_CLIENT
    assert await notes(desk) == [] and await desk.ledger.read(lambda tx: tx.people.audited()) == []


async def test_whoever_has_it_from_that_very_person_keeps_it_until_they_act_there_again(desk):
    await taken_there(desk)
    await taken_over(desk)
    await refused(desk)  # the notice that boss has it
    await desk.writes("有人吗")
    await found_there(desk)
    assert (await desk.conversation()).caseworker == "boss"
    boss, wang = await user(desk, "boss"), await user(desk, "wang")
    await desk.ledger.write(ownership.transfer, boss, desk.id, wang.username, desk.office, desk.clock.now())
    await refused(desk)  # the notice that wang has it
    assert (await desk.conversation()).caseworker == "wang"
    await taken_there(desk)
    assert (await desk.conversation()).caseworker == IN_CLIENT


async def test_a_take_over_older_than_any_session_there_says_nothing_of_who_serves_now(desk):
    await taken_there(desk)
    await taken_over(desk)
    desk.passes(hours=49)
    await desk.writes("还在吗")
    await found_there(desk)
    assert (await desk.conversation()).caseworker == IN_CLIENT


async def test_a_refusal_shows_who_of_several_there_serves_now(desk):
    await taken_there(desk, "lisi")
    await found_there(desk)
    assert (await desk.conversation()).caseworker == IN_CLIENT
    assert len(await notes(desk)) == 1


async def test_a_refusal_is_no_sign_of_life_of_who_has_it_there(desk):
    await taken_there(desk)
    seen = (await desk.conversation()).owner_seen_at
    await desk.writes("还在吗")
    desk.passes(minutes=5)
    await found_there(desk)
    after = await desk.conversation()
    assert after.owner_seen_at == seen and after.handled_seq < after.resident_seq


# What may still be said after an end


async def test_one_text_goes_out_with_an_end_and_what_waits_behind_it_is_a_call(desk):
    first, second = await writes(desk, "我来接着办。"), await writes(desk, "下午到您家。")
    await refused(desk)
    assert [(await desk.message(seq)).state for seq in (first, second)] == ["sent", "failed"]
    assert len(desk.sent(ON_EVENT)) == 1 and len(desk.stub.calls(TRANS)) == 1
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


async def test_after_an_end_for_a_text_nothing_is_taken_until_the_resident_writes(desk):
    await writes(desk, "我来接着办。")
    await refused(desk)
    tried = len(desk.sent(KF_SEND))
    assert await left(desk) == 0
    assert await writes(desk, "下午到您家。") == NoRoom(1, 0)
    await desk.send()
    assert len(desk.sent(KF_SEND)) == tried
    await desk.writes("好的")
    assert await left(desk) == 5
    seq = await writes(desk, "下午到您家。")
    await desk.send()
    assert (await desk.message(seq)).state == "sent" and len(desk.sent(KF_SEND)) == tried + 1


async def test_for_a_text_that_takes_two_sends_nothing_is_ended(desk):
    seq = await writes(desk, LONG)
    await refused(desk)
    assert not desk.stub.calls(TRANS) and not desk.sent(ON_EVENT)
    assert (await desk.message(seq)).state == "failed"
    assert [kind for kind, _ in await desk.tasks()] == ["undelivered"]
    assert (await desk.conversation()).caseworker == IN_CLIENT


async def test_the_last_part_of_a_text_goes_out_with_an_end(desk):
    seq = await writes(desk, LONG)
    desk.stub.script(KF_SEND, {"errcode": 0})
    await refused(desk)
    (last,) = desk.sent(ON_EVENT)
    assert last["code"] == "END" and last["text"]["content"] == desk.sent(KF_SEND)[-1]["text"]["content"]
    assert (await desk.message(seq)).state == "sent" and await desk.tasks() == []
    assert await left(desk) == 0


@pytest.mark.parametrize("held", [False, True])
async def test_after_an_end_there_nothing_is_taken_until_the_resident_writes(desk, held):
    await taken_there(desk)
    if held:
        await taken_over(desk)
        await desk.send()
    await ended_there(desk)
    assert await left(desk) == 0
    await desk.send()
    assert [one["code"] for one in desk.sent(ON_EVENT)] == ([] if held else ["END"])
    if not held:
        await desk.claim()
        await desk.send()
    assert await writes(desk, "我来接着办。", "boss" if held else "wang") == NoRoom(1, 0)
    await desk.writes("好的")
    assert await left(desk) == 5


@pytest.mark.parametrize(("words", "state"), [("我来接着办。", "sent"), (LONG, "failed")], ids=["short", "long"])
async def test_what_waits_when_the_service_there_ends_goes_out_if_its_code_carries_all_of_it(desk, words, state):
    await taken_there(desk)
    await taken_over(desk)
    await desk.send()
    seq, behind = await writes(desk, words, "boss"), await writes(desk, "下午到您家。", "boss")
    tried = len(desk.sent(KF_SEND))
    await ended_there(desk)
    for _ in range(2):  # the one, then what waits behind it
        await desk.send()
    assert (await desk.message(seq)).state == state
    assert (await desk.message(behind)).state == ("failed" if state == "sent" else "sent")
    assert len(desk.sent(KF_SEND)) == tried and len(desk.sent(ON_EVENT)) == 1
    assert [kind for kind, _ in await desk.tasks()] == ["call"]


async def test_the_question_after_an_end_there_that_comes_too_late_is_nobodys_task(desk):
    await taken_there(desk)
    await ended_there(desk)
    tried = len(desk.sent(KF_SEND))
    await desk.send(seconds=21)
    assert desk.sent(ON_EVENT) == [] and len(desk.sent(KF_SEND)) == tried
    assert await desk.tasks() == []


async def test_where_an_end_does_not_close_the_window_what_was_open_stays_open(make):
    desk = await make("wechat")
    await desk.writes()
    await taken_there(desk)
    await desk.writes("", effect="ended", **STAFF)
    assert await left(desk) == 5
