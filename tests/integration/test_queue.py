"""Who is served first, by whom, and that nobody waits for ever: docs/queue.md."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event, select

from bot.boundary.screen import screen
from handoff.domain.calendar import CHINA
from handoff.domain.errors import BadInput, Forbidden, NotFound
from handoff.domain.models import Attachment
from handoff.domain.ownership import held_by
from handoff.service import access, client_service, ownership, packet, queue, voice
from handoff.service.ownership import TooManyHeld
from handoff.store.schema import handoffs
from handoff.web.console_api import queue_of as answer
from tests.support.scene import MONDAY


def seen(scene, user):
    return [one.id for one in scene.ledger.read_now(queue.waiting, user)]


def three_of_growing_urgency(scene):
    first = scene.waits("r1")
    scene.later(minutes=5)
    angry = scene.waits("r2", "anger_petition")
    scene.later(minutes=5)
    return first, angry, scene.says("r3", "我不想活了，药都准备好了")


def test_priority_goes_before_waiting_time(scene):
    wang = scene.user("wang")
    first, angry, danger = three_of_growing_urgency(scene)
    second = scene.waits("r4")
    assert seen(scene, wang) == [danger, angry, first, second]


def test_what_somebody_holds_is_listed_as_it_is_to_be_served(scene):
    wang = scene.user("wang")
    first, angry, danger = three_of_growing_urgency(scene)
    for conversation in (first, angry, danger):
        scene.claim(wang, conversation)
    held = scene.ledger.read_now(lambda tx: tx.conversations.held_by(held_by("wang")))
    assert [one.id for one in held] == [danger, angry, first]


def test_a_caseworker_sees_the_own_area_and_what_has_none(scene):
    here, there = scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    scene.user("grid", "caseworker", "幸福社区/第三网格")
    anywhere = scene.waits("r1")
    scene.lives("r2", "幸福社区/第三网格")
    placed = scene.waits("r2")
    assert seen(scene, here) == [anywhere, placed]
    assert seen(scene, there) == [anywhere]
    with pytest.raises(NotFound):
        scene.ledger.read_now(access.visible, there, placed)
    with pytest.raises(NotFound):
        scene.claim(there, placed)


def test_the_area_comes_from_the_words_the_code_or_the_account(ledger, tmp_path):
    from handoff.domain.areas import Areas
    from tests.support.scene import Scene

    path = tmp_path / "areas.yml"
    path.write_text(
        "- {name: 幸福社区, words: [幸福小区], scenes: [xf-gate]}\n- {name: 和平社区, accounts: [web]}\n",
        encoding="utf-8",
    )
    scene = Scene(ledger, areas=Areas.load(str(path)))
    assert scene.conversation(scene.says("r1", "幸福小区3号楼的路灯坏了")).area == "幸福社区"
    assert scene.conversation(scene.says("r2", "你好", scene="xf-gate")).area == "幸福社区"
    assert scene.conversation(scene.says("r3", "你好")).area == "和平社区"


def test_a_skill_is_asked_for_first_and_given_up_after_a_while(scene):
    lawyer, other = scene.user("lawyer", "caseworker", None, "法律"), scene.user("other")
    conversation = scene.waits("r1", "legal_eligibility")
    assert (seen(scene, lawyer), seen(scene, other)) == ([conversation], [])
    with pytest.raises(Forbidden, match="法律"):
        scene.claim(other, conversation)
    scene.later(minutes=9)
    assert scene.widens() == []
    scene.later(minutes=1)
    assert scene.widens() == [conversation]
    scene.claim(other, conversation)


def test_after_twice_the_time_no_area_is_asked_for_either(scene):
    scene.user("here", "caseworker", "幸福社区")
    there = scene.user("there", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    conversation = scene.waits("r1")
    scene.later(minutes=19)
    scene.widens()
    assert seen(scene, there) == []
    scene.later(minutes=1)
    assert scene.widens() == [conversation]
    assert seen(scene, there) == [conversation]


def test_a_thousand_who_wait_for_other_skills_hide_nobody_from_a_caseworker(scene):
    scene.user("lawyer", "caseworker", None, "law")
    scene.crowd(1000, skills=["law"], priority="P1")
    conversation = scene.waits("r1")
    assert seen(scene, scene.user("other")) == [conversation]


def test_of_a_longer_queue_the_answer_says_how_many_more_wait(scene):
    wang = scene.user("wang")
    scene.crowd(queue.LISTED + 3)
    listed = scene.ledger.read_now(answer, wang)
    assert (len(listed["waiting"]), listed["waiting_more"]) == (queue.LISTED, 3)
    scene.user("lawyer", "caseworker", None, "law")
    scene.crowd(7, skills=["law"])
    assert scene.ledger.read_now(answer, wang)["waiting_more"] == 3  # the others are not this one's to serve


def test_a_thousand_who_wait_are_listed_with_a_handful_of_statements(scene):
    wang = scene.user("wang")
    scene.crowd(1000, reason_seq=1)
    asked: list[str] = []

    def counted(tx, user):
        event.listen(tx.connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
        return answer(tx, user)

    scene.ledger.read_now(counted, wang)
    assert len(asked) < 8


def test_nights_do_not_widen(scene):
    scene.user("lawyer", "caseworker", None, "law")
    scene.now = MONDAY.replace(hour=17, minute=25)
    scene.waits("r1", "mediation")
    scene.now = MONDAY.replace(hour=8, minute=30) + timedelta(days=1)
    assert scene.widens() == []


def test_where_nobody_matches_the_entry_is_open_from_the_start(scene):
    other = scene.user("other", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    conversation = scene.waits("r1", "legal_eligibility")
    assert seen(scene, other) == [conversation]


CHILD = "隔壁的孩子被人打了，一直在哭"
TOLD_OF_A_CHILD = {
    "the bot hands over": lambda scene: scene.waits("r1", "minor", "隔壁孩子身上总有伤"),
    "a rule finds it": lambda scene: scene.says("r1", CHILD),
    "said while waiting": lambda scene: scene.waits("r1") and scene.says("r1", CHILD),
}


@pytest.mark.parametrize("told", TOLD_OF_A_CHILD)
def test_a_child_in_danger_waits_for_nobodys_skill_and_the_entry_says_which_is_wanted(scene, told):
    skilled, other = scene.user("skilled", "caseworker", None, "未成年人"), scene.user("other")
    child = TOLD_OF_A_CHILD[told](scene)
    assert (seen(scene, skilled), seen(scene, other)) == ([child], [child])
    waiting = scene.conversation(child)
    assert (waiting.priority, waiting.reason_trigger, waiting.skills) == ("P0", "minor", ["minor"])
    scene.claim(other, child)


def test_what_staff_want_a_colleague_for_children_for_waits_for_one_first_like_any_other_skill(scene):
    skilled, other = scene.user("skilled", "caseworker", None, "未成年人"), scene.user("other")
    conversation = scene.waits("r1")
    scene.do(queue.route, scene.user("boss", "supervisor"), conversation, {"skills": ["minor"]}, scene.now)
    assert (seen(scene, skilled), seen(scene, other)) == ([conversation], [])
    scene.later(minutes=10)
    assert scene.widens() == [conversation]
    assert seen(scene, other) == [conversation]


def test_danger_is_open_to_everybody_at_once(scene):
    scene.user("here", "caseworker", "幸福社区", "minor")
    there = scene.user("there", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    danger = scene.says("r1", "我不想活了，药都准备好了")
    assert seen(scene, there) == [danger]
    scene.claim(there, danger)


def test_dialect_is_heard(scene):
    scene.user("cantonese", "caseworker", None, "dialect")
    assert scene.conversation(scene.waits("r1", text="唔该搵个真人同我倾")).skills == ["dialect"]


def test_a_report_is_for_sealed_staff_and_supervisors_alone_however_long_it_waits(scene):
    trusted, other = scene.user("trusted", "caseworker", None, "sealed"), scene.user("other")
    boss, admin = scene.user("boss", "supervisor"), scene.user("root", "admin")
    report = scene.waits("r1", "corruption")
    scene.later(days=3)
    scene.widens()
    assert [seen(scene, one) for one in (trusted, boss, other, admin)] == [[report], [report], [], []]
    with pytest.raises(NotFound):
        scene.claim(other, report)
    scene.claim(trusted, report)
    with pytest.raises(BadInput):
        scene.do(ownership.transfer, trusted, report, "other", scene.office, scene.now)


def test_what_is_sealed_is_offered_only_to_colleagues_who_may_have_it(scene):
    trusted, other = scene.user("trusted", "caseworker", None, "sealed"), scene.user("other")
    for name, role in (("boss", "supervisor"), ("root", "admin")):
        scene.user(name, role)
    report, plain = scene.waits("r1", "corruption"), scene.waits("r2")
    offered = partial(scene.ledger.read_now, ownership.colleagues)
    assert offered(trusted, report) == ["boss"]
    assert offered(trusted, plain) == offered(trusted, 0) == ["boss", "other"]
    with pytest.raises(NotFound):  # nor does the list say that there is a report
        offered(other, report)


def test_only_a_supervisor_opens_what_was_sealed(scene):
    trusted, boss = scene.user("trusted", "caseworker", None, "sealed"), scene.user("boss", "supervisor")
    report = scene.waits("r1", "corruption")
    scene.claim(trusted, report)
    with pytest.raises(Forbidden):
        scene.do(queue.route, trusted, report, {"sealed": False}, scene.now)
    assert not scene.do(queue.route, boss, report, {"sealed": False}, scene.now).sealed
    assert scene.audited(action="route")[0]["detail"] == {"sealed": False}


def test_full_hands_take_no_more_except_in_danger(scene):
    wang, li = scene.user("wang", capacity=1), scene.user("li", capacity=1)
    first, second = scene.waits("r1"), scene.waits("r2")
    scene.claim(wang, first)
    with pytest.raises(TooManyHeld) as full:
        scene.claim(wang, second)
    assert (full.value.status, full.value.data) == (409, {"holds": 1, "capacity": 1})
    scene.claim(li, second)
    with pytest.raises(TooManyHeld):
        scene.do(ownership.transfer, wang, first, "li", scene.office, scene.now)
    danger = scene.says("r3", "我不想活了，药都准备好了")
    scene.claim(wang, danger)
    scene.do(ownership.transfer, wang, danger, "li", scene.office, scene.now)
    assert scene.conversation(danger).caseworker == "li"


def ended_danger(scene, wang):
    """A conversation that was about danger, and was ended three days ago."""
    conversation = scene.says("r1", "我不想活了，药都准备好了")
    scene.claim(wang, conversation)
    scene.do(ownership.resolve, wang, conversation, "explained", None, scene.now)
    scene.later(days=3)
    return conversation


def in_client(scene, conversation):
    scene.do(lambda tx: client_service.taken_in_client(tx, tx.conversations.get(conversation), "li@street", scene.now))


def asked_for(scene):
    return scene.ledger.read_now(lambda tx: tx.connection.execute(select(handoffs.c.priority)).scalars().all())


@pytest.mark.parametrize("take", ["at the desk", "in the client"])
def test_danger_that_was_ended_is_not_urgent_again_when_somebody_takes_up_the_conversation(scene, take):
    wang = scene.user("wang")
    conversation = ended_danger(scene, wang)
    scene.claim(wang, conversation) if take == "at the desk" else in_client(scene, conversation)
    taken = scene.conversation(conversation)
    assert (taken.priority, taken.reason_trigger, taken.waiting_since) == (None, None, None)


def test_what_was_ended_taken_up_and_put_back_waits_from_now_and_pages_nobody(scene):
    wang = scene.user("wang")
    conversation = ended_danger(scene, wang)
    scene.claim(wang, conversation)
    scene.do(ownership.release, wang, conversation, scene.now)
    waiting = scene.conversation(conversation)
    assert (waiting.owner, waiting.priority, waiting.waiting_since) == ("queue", "P2", scene.now)
    assert scene.pages_again() == []
    assert asked_for(scene) == ["P0", "P2"]


def test_full_hands_take_up_no_ended_conversation_whatever_it_was_about(scene):
    wang = scene.user("wang", capacity=1)
    conversation = ended_danger(scene, wang)
    scene.claim(wang, scene.waits("r2"))
    with pytest.raises(TooManyHeld):
        scene.claim(wang, conversation)


def test_danger_is_paged_again_until_somebody_takes_it_at_any_hour(scene):
    wang = scene.user("wang")
    scene.now = MONDAY.replace(hour=3).astimezone(CHINA)
    danger = scene.says("r1", "我不想活了，药都准备好了")
    scene.later(minutes=6)
    assert scene.pages_again() == []  # the first has not got through yet, and is tried by the pager
    for page in scene.do(lambda tx: tx.records.take_pages(scene.now, scene.now)):
        scene.do(lambda tx, id=page["id"]: tx.records.page_delivered(id, scene.now))
    assert scene.pages_again() == [danger]
    scene.claim(wang, danger)
    scene.later(minutes=6)
    assert scene.pages_again() == []


def test_danger_said_while_waiting_opens_the_entry_to_everybody(scene):
    scene.user("here", "caseworker", "幸福社区")
    there = scene.user("there", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    conversation = scene.waits("r1")
    assert seen(scene, there) == []
    scene.says("r1", "我不想活了，药都准备好了")
    assert seen(scene, there) == [conversation]


@pytest.mark.parametrize("before", ["我要说一件事", "我不想活了，药都准备好了"])
def test_danger_heard_in_a_recording_after_the_close_waits_for_a_person_like_any_other(scene, before):
    wang = scene.user("wang")
    conversation = scene.waits("r1") if screen(before) is None else scene.says("r1", before)
    scene.claim(wang, conversation)
    recording = scene.conversation(scene.says("r1", "")).last_seq
    scene.do(ownership.resolve, wang, conversation, "solved", None, scene.now)
    one = Attachment(conversation, recording, "web", "m", "voice", "stored", "audio/amr", 9, 1)
    told = len(scene.told(conversation))
    scene.later(minutes=1)
    scene.do(voice.heard, scene.office, one, "他拿着刀在打我", screen("他拿着刀在打我"), scene.now)
    current = scene.conversation(conversation)
    assert (current.owner, current.priority, current.waiting_since) == ("queue", "P0", scene.now)
    assert current.reason_trigger == "violence"
    assert scene.do(lambda tx: tx.records.take_pages(scene.now, scene.now))[-1]["trigger"] == "violence"
    assert "110" in scene.told(conversation)[told].splitlines()[0]


@pytest.mark.parametrize("waited_before", [False, True])
def test_whoever_holds_the_phone_cannot_call_off_the_person_in_danger(scene, waited_before):
    wang = scene.user("wang")
    if waited_before:
        scene.waits("r1")
    danger = scene.says("r1", "他拿着刀在打我")
    before = scene.conversation(danger)
    scene.says("r1", "不用人工了")
    current = scene.conversation(danger)
    assert (current.owner, current.priority, current.reason_seq) == ("queue", "P0", before.reason_seq)
    assert "还是会有同事来看一看" in scene.told(danger)[-1]
    assert "排队" not in scene.told(danger)[-1]
    scene.later(minutes=6)
    for page in scene.do(lambda tx: tx.records.take_pages(scene.now, scene.now)):
        scene.do(lambda tx, id=page["id"]: tx.records.page_delivered(id, scene.now - timedelta(minutes=5)))
    assert scene.pages_again() == [danger]
    shown = scene.ledger.write_now(packet.transcript, wang, danger, 0, scene.now)
    (note,) = [one for one in shown if one["kind"] == "note"]
    assert (note["author"], note["state"]) == ("desk", "note") and "不用人工了" in note["text"]
