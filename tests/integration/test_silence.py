"""A caseworker who does not answer gives the place back by a published rule, and the resident is told once."""

import threading

import pytest

from handoff.domain.errors import IllegalMove, NotFound
from handoff.domain.ownership import held_by
from handoff.domain.sight import Sight
from handoff.service import accounts, client_service, ownership, silence
from tests.support.scene import MONDAY

GIVEN = "换一位同事接手"


def keep_house(scene):
    for conversation in scene.ledger.read_now(silence.held):
        scene.do(silence.give_back, scene.office, conversation, scene.now)


def log_in(scene, user):
    return scene.do(accounts.start_session, user, scene.now).token


def present(scene, token):
    scene.do(accounts.touch, token, scene.now)


@pytest.fixture
def held(scene):
    """(caseworker, session, conversation): claimed after a wait of an hour, at nine thirty."""
    wang = scene.user("wang")
    scene.now = MONDAY.replace(hour=8, minute=30)
    conversation = scene.waits("r1")
    scene.later(hours=1)
    scene.claim(wang, conversation)
    return wang, log_in(scene, wang), conversation


def test_a_long_wait_before_the_claim_is_not_the_caseworkers_silence(scene, held):
    _, token, conversation = held
    scene.later(minutes=29)
    present(scene, token)
    keep_house(scene)
    assert scene.conversation(conversation).owner == held_by("wang")


def test_silence_gives_the_place_back_and_the_resident_is_told_once(scene, held):
    _, token, conversation = held
    waiting_since = scene.conversation(conversation).waiting_since
    scene.later(minutes=30)
    present(scene, token)
    for _ in range(3):
        keep_house(scene)
    after = scene.conversation(conversation)
    assert (after.owner, after.waiting_since) == ("queue", waiting_since)
    assert sum(GIVEN in text for text in scene.told(conversation)) == 1


def test_an_answer_starts_the_time_anew(scene, held):
    wang, token, conversation = held
    scene.later(minutes=20)
    scene.writes(wang, conversation)
    scene.later(hours=2)
    present(scene, token)
    keep_house(scene)
    assert scene.conversation(conversation).owner == held_by("wang")  # nobody waits for an answer
    scene.says("r1", "那怎么办")
    scene.later(minutes=30)
    present(scene, token)
    keep_house(scene)
    assert scene.conversation(conversation).owner == "queue"


def test_a_closed_console_gives_the_place_back_sooner(scene, held):
    _, _, conversation = held
    scene.later(minutes=11)
    keep_house(scene)
    assert scene.conversation(conversation).owner == "queue"


def test_logging_out_counts_as_gone(scene, held):
    _, token, conversation = held
    scene.later(minutes=10)
    present(scene, token)
    scene.do(accounts.end_session, token)
    keep_house(scene)
    assert scene.conversation(conversation).owner == "queue"


def test_the_night_is_nobodys_silence_but_danger_has_no_night(scene, held):
    wang, token, conversation = held
    scene.writes(wang, conversation)
    scene.now = MONDAY.replace(hour=17, minute=20)
    scene.says("r1", "还有一件事")
    scene.now = MONDAY.replace(day=3, hour=8, minute=35)
    present(scene, token)
    keep_house(scene)
    assert scene.conversation(conversation).owner == held_by("wang")
    scene.now = MONDAY.replace(day=3, hour=23)
    danger = scene.says("r2", "我不想活了，药都准备好了")
    scene.claim(wang, danger)
    scene.later(minutes=30)
    present(scene, token)
    keep_house(scene)
    assert scene.conversation(danger).owner == "queue"


def test_two_desks_keeping_house_at_once_tell_the_resident_once(scene, held):
    _, _, conversation = held
    scene.later(hours=1)
    together = threading.Barrier(4)

    def desk():
        together.wait()
        scene.do(silence.give_back, scene.office, conversation, scene.now)

    desks = [threading.Thread(target=desk) for _ in range(4)]
    for one in desks:
        one.start()
    for one in desks:
        one.join()
    assert sum(GIVEN in text for text in scene.told(conversation)) == 1


def test_taking_over_needs_a_reason_that_the_colleague_reads_and_the_log_keeps(scene, held):
    _, _, conversation = held
    boss, far = scene.user("boss", "supervisor"), scene.user("far", "supervisor", "和平社区")
    scene.do(lambda tx: tx.conversations.set(conversation, area="幸福社区"))
    with pytest.raises(NotFound):
        scene.do(ownership.take_over, far, conversation, "情况紧急", scene.now)
    scene.do(ownership.take_over, boss, conversation, "居民要求换人", scene.now)
    assert scene.conversation(conversation).owner == held_by("boss")
    (note,) = [m for m in scene.messages(conversation) if m.kind == "note"]
    assert "居民要求换人" in note.text
    (logged,) = scene.audited(action="take_over")
    assert logged["detail"] == {"from": "wang", "reason": "居民要求换人"}
    with pytest.raises(IllegalMove):
        scene.do(ownership.take_over, boss, conversation, "再来一次", scene.now)


def test_who_serves_in_the_platforms_own_client_keeps_it_and_a_colleague_is_asked_once(scene):
    conversation = scene.waits("r1")
    scene.do(lambda tx: client_service.taken_in_client(tx, tx.conversations.get(conversation), "li@street", scene.now))
    scene.says("r1", "还在吗")
    scene.later(minutes=15)  # no console, yet not gone
    keep_house(scene)
    everything = Sight("", None, True)
    assert scene.ledger.read_now(lambda tx: tx.records.open_tasks(everything)) == []
    scene.later(minutes=15)
    for _ in range(2):
        keep_house(scene)
    tasks = scene.ledger.read_now(lambda tx: tx.records.open_tasks(everything))
    assert [task["kind"] for task in tasks] == ["silent_there"]
    assert scene.conversation(conversation).caseworker == "平台客服·li@street"
