"""Two desks on one PostgreSQL in the middle of each other's transactions: neither acts on what the other is changing."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.boundary.screen import screen
from bot.channels.errors import failure
from bot.channels.message import Inbound, Media
from handoff.domain.errors import UnseenMessage
from handoff.domain.ownership import held_by
from handoff.domain.sight import EVERYBODY
from handoff.service import (
    attachments,
    attempts,
    client_service,
    intake,
    ownership,
    queue,
    replies,
    sending,
    silence,
    turns,
    voice,
)
from handoff.service.arrivals import Arrival, accept_all
from handoff.store.neighbours import PRESENCE
from tests.support.databases import fresh_database, give_back
from tests.support.scene import Scene
from tests.support.street import open_ledger

from .test_late_bot import LATE, begun, commit

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="TEST_DATABASE_URL is not set")
SOMEBODY_WAITS_FOR_ME = text(
    "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)

SOMEBODY_WAITS_TO_JOIN = text(
    "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted "
    f"AND l.locktype = 'advisory' AND l.objid = {PRESENCE} AND d.datname = current_database()"
)


@pytest.fixture
def desks(tmp_path):
    database = fresh_database("postgresql", tmp_path)
    ledgers = open_ledger(database), open_ledger(database)
    yield tuple(map(Scene, ledgers))
    for ledger in ledgers:
        ledger.close()
    give_back(database)


def meets(desk: Scene, work, elsewhere):
    """Does `work` at `desk` and commits it only once `elsewhere`, begun meanwhile, waits for it or is done with."""

    def until_it_waits(tx):
        done = work(tx)
        other: Future = pool.submit(elsewhere)
        while not other.done() and not tx.connection.execute(SOMEBODY_WAITS_FOR_ME).first():
            pass
        return done, other

    with ThreadPoolExecutor(1) as pool:
        done, other = desk.do(until_it_waits)
        return done, other.result(30)


def test_a_claim_that_meets_a_text_just_taken_waits_until_it_has_left(desks):
    one, two = desks
    wang = one.user("wang")
    turn = begun(one, "o-1", "路灯坏了", "oa", "wechat")
    commit(one, turn)
    conversation = turn.before.id
    (taken,), _ = meets(one, lambda tx: sending.take(tx, one.now), lambda: two.claim(wang, conversation))
    assert taken.part.text == LATE
    assert is_sending(two, conversation)  # which the claim waits for before it is acknowledged
    one.do(attempts.sent, taken, None, one.now)
    assert not is_sending(two, conversation)
    (message,) = [message for message in one.messages(conversation) if message.text == LATE]
    assert (message.kind, message.state) == ("text", "sent")


def is_sending(desk: Scene, conversation: int) -> bool:
    return desk.ledger.read_now(lambda tx: tx.conversations.sending_now(conversation, desk.now))


def test_a_message_that_meets_the_end_at_another_desk_opens_the_conversation_again(desks):
    one, two = desks
    wang = one.user("wang")
    conversation = one.says("o-1", "路灯坏了", "oa", "wechat")
    one.claim(wang, conversation)
    late = Inbound("oa", "late", "o-1", "text", "等一下，路灯又坏了", one.now, opens="message")
    _, accepted = meets(
        two,
        lambda tx: ownership.resolve(tx, wang, conversation, "explained", None, two.now),
        lambda: one.do(intake.accept, one.office, late, "wechat", None, None, one.now),
    )
    assert accepted.bot_turn
    after = one.conversation(conversation)
    assert (after.owner, after.resident_seq) == ("bot", accepted.seq)
    assert after.handled_seq < accepted.seq  # the bot has still to read it


@pytest.mark.parametrize("end", ["resolve", "hand_back"])
def test_an_end_that_meets_a_message_at_another_desk_waits_for_it_and_sees_it(desks, end):
    one, two = desks
    wang = one.user("wang")
    conversation = one.says("o-1", "路灯坏了", "oa", "wechat")
    one.claim(wang, conversation)
    before = one.conversation(conversation)
    late = Inbound("oa", "late", "o-1", "text", "等一下，路灯又坏了", one.now, opens="message")

    def ends() -> str:
        details = ("explained", None) if end == "resolve" else ()
        with pytest.raises(UnseenMessage):
            two.do(getattr(ownership, end), wang, conversation, *details, two.now, seen=before.last_seq)
        return "refused"

    accept = lambda tx: intake.accept(tx, one.office, late, "wechat", None, None, one.now)  # noqa: E731
    assert meets(one, accept, ends)[1] == "refused"
    after = one.conversation(conversation)
    assert (after.owner, after.version) == (before.owner, before.version)


def test_an_answer_that_meets_the_rule_of_silence_at_another_desk_keeps_the_conversation(desks):
    one, two = desks
    wang = one.user("wang")
    conversation = one.waits("r1")
    one.claim(wang, conversation)
    one.says("r1", "那怎么办")
    for desk in desks:
        desk.later(hours=1)
    _, given_back = meets(
        one,
        lambda tx: replies.write(tx, wang, conversation, "在的，这就办", None, one.now),
        lambda: two.do(silence.give_back, two.office, conversation, two.now),
    )
    assert not given_back
    assert one.conversation(conversation).owner == held_by("wang")
    assert one.told(conversation)[-1] == "在的，这就办"


def test_danger_that_meets_the_widening_of_the_queue_at_another_desk_stays_open_to_everybody(desks):
    one, two = desks
    one.user("wang", "caseworker", "幸福社区")  # or nobody would match, and it would be open to everybody
    conversation = one.lives("r1", "幸福社区")
    one.waits("r1")
    assert one.conversation(conversation).reach < EVERYBODY
    for desk in desks:
        desk.later(seconds=one.office.widen_after.total_seconds())
    _, widened = meets(one, cry(one, "r1"), lambda: two.do(queue.widen, two.office, conversation, two.now))
    after = one.conversation(conversation)
    assert (after.priority, after.reach, widened) == ("P0", EVERYBODY, False)


def test_danger_that_meets_a_release_at_another_desk_waits_at_the_head_of_the_queue(desks):
    one, two = desks
    wang = one.user("wang", "caseworker", "幸福社区")
    conversation = one.lives("r1", "幸福社区")
    one.waits("r1")
    one.claim(wang, conversation)
    meets(one, cry(one, "r1"), lambda: two.do(ownership.release, wang, conversation, two.now))
    after = one.conversation(conversation)
    assert (after.owner, after.priority, after.reach) == ("queue", "P0", EVERYBODY)


def cry(desk: Scene, sender: str):
    """Somebody in danger writes, and a rule finds it."""
    told = Inbound("web", "cry", sender, "text", "救命啊家里着火了", desk.now, opens="unlimited")
    return lambda tx: intake.accept(tx, desk.office, told, "web", None, screen(told.text), desk.now)


def on_its_way(desk: Scene, *, remind: bool = False) -> sending.Sendable:
    """A text, or the word that it waits, which is with the platform in this moment."""
    commit(desk, begun(desk, "o-1", "路灯坏了", "oa", "wechat"))
    (taken,) = desk.do(sending.take, desk.now)
    return replace(taken, remind=remind)


def writes_again(desk: Scene):
    told = Inbound("oa", "again", "o-1", "text", "还在吗", desk.now, opens="message")
    return lambda tx: accept_all(tx, [Arrival(desk.office, told, "wechat", None, None, desk.now)])


def test_a_window_opened_at_another_desk_while_the_platform_refuses_a_text_stays_open(desks):
    one, two = desks
    taken = on_its_way(one)
    one.later(hours=1)
    meets(one, writes_again(one), lambda: two.do(attempts.failed, taken, failure(45047), one.now))
    after = one.conversation(taken.item.conversation_id)
    assert (after.window_event, after.window_at, after.sends_used) == ("message", one.now, 0)
    assert one.told(after.id)[-1] == LATE  # which waits to be sent again


def test_who_writes_to_another_desk_while_being_reminded_has_what_waits_sent(desks):
    one, two = desks
    taken = on_its_way(one, remind=True)
    one.later(hours=1)
    meets(one, writes_again(one), lambda: two.do(attempts.reminded, taken, None, one.now))
    assert one.told(taken.item.conversation_id)[-1] == LATE


def spoken(desk: Scene):
    """A resident's voice message that a program listens to."""
    told = Inbound("oa", "voice", "o-1", "voice", "", desk.now, {"media_id": "m-1"}, opens="message")
    office = replace(desk.office, transcribes=True)
    accepted = desk.do(intake.accept, office, told, "wechat", None, None, desk.now)
    return desk.ledger.read_now(lambda tx: tx.attachments.get(accepted.conversation_id, accepted.seq))


def heard(desk: Scene, one, words: str):
    return lambda tx: voice.heard(tx, desk.office, one, words, screen(words), desk.now)


def test_a_recording_that_two_desks_have_heard_is_asked_about_once(desks):
    one, two = desks
    recording = spoken(one)
    words = "幸福小区的路灯坏了"
    meets(one, heard(one, recording, words), lambda: two.do(heard(two, recording, words)))
    asked = [text for text in one.told(recording.conversation_id) if "我听到的是" in text]
    assert len(asked) == 1


def test_danger_in_a_recording_that_meets_a_move_at_another_desk_is_heard_all_the_same(desks):
    one, two = desks
    wang = one.user("wang")
    recording = spoken(one)
    meets(
        one,
        lambda tx: ownership.claim(tx, one.office, wang, recording.conversation_id, one.now),
        lambda: two.do(heard(two, recording, "救命啊家里着火了")),
    )
    after = one.conversation(recording.conversation_id)
    assert (after.owner, after.priority) == (held_by("wang"), "P0")


def test_a_recording_heard_while_the_bot_goes_on_without_it_is_not_asked_about(desks):
    one, two = desks
    recording = spoken(one)
    one.now += voice.LONGEST

    def goes_on(tx):
        turn = turns.begin(tx, one.office, recording.conversation_id, "turn", one.now)
        return turns.commit(tx, one.office, turn, turns.Proposal([{"text": "没听清"}]), one.now)

    meets(one, goes_on, lambda: two.do(heard(two, recording, "幸福小区的路灯坏了")))
    assert one.told(recording.conversation_id) == ["没听清"]


def test_an_end_in_the_platforms_client_that_two_desks_hear_of_is_one_end(desks):
    one, two = desks
    conversation = one.says("o-1", "路灯坏了", "oa", "wechat")
    one.do(lambda tx: client_service.taken_in_client(tx, tx.conversations.get(conversation), "li@street", one.now))
    meets(
        one,
        lambda tx: client_service.ended_in_client(tx, tx.conversations.get(conversation), one.now),
        lambda: two.do(client_service.found_ended, conversation, two.now),
    )
    after = one.conversation(conversation)
    assert (after.owner, after.handled_seq) == ("bot", after.resident_seq)


@pytest.mark.parametrize("first", ["stored", "recalled"])
def test_what_two_desks_note_of_one_message_is_both_kept(desks, first):
    one, two = desks
    recording = spoken(one)
    back = {"opens": "", "effect": "recalled", "conversational": False}
    taken_back = Inbound("oa", "recall", "o-1", "event", "", one.now, {"recalled": "voice"}, **back)
    notes = {
        "stored": lambda tx: attachments.stored(tx, recording, Media("audio/amr", 9), one.now),
        "recalled": lambda tx: intake.accept(tx, one.office, taken_back, "wechat", None, None, one.now),
    }
    other = notes["recalled" if first == "stored" else "stored"]
    meets(one, notes[first], lambda: two.do(other))
    data = one.messages(recording.conversation_id)[0].data
    assert (data["recalled"], data["attachment"]["state"]) == (True, "stored")


def test_of_two_desks_that_start_together_the_other_begins_once_the_first_has_freed_what_was_left(desks):
    one, two = desks
    freed, hear = [], lambda events: None

    def frees(tx):
        other = pool.submit(two.ledger.join, hear, lambda tx: freed.append("two"))
        while not other.done() and not tx.connection.execute(SOMEBODY_WAITS_TO_JOIN).first():
            pass
        freed.append("one, while the other waited" if not other.done() else "one")
        joining.append(other)

    with ThreadPoolExecutor(1) as pool:
        joining: list[Future] = []
        one.ledger.join(hear, frees)
        joining[0].result(30)
    assert freed == ["one, while the other waited"]
