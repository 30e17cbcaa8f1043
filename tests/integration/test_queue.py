"""Who is served first, by whom, and that nobody waits for ever: docs/queue.md."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event

from handoff.domain.calendar import CHINA
from handoff.domain.errors import BadInput, Forbidden, NotFound
from handoff.domain.ownership import held_by
from handoff.service import access, cases, notices, ownership, queue
from handoff.service.ownership import TooManyHeld
from handoff.web.console_api import queue_of as answer
from tests.support.scene import MONDAY


def seen(scene, user):
    return [one.id for one in scene.ledger.read_now(queue.waiting, user)]


def widened(scene):
    return scene.do(queue.widen, scene.office, scene.now)


def test_priority_goes_before_waiting_time(scene):
    wang = scene.user("wang")
    first = scene.waits("r1")
    scene.later(minutes=5)
    angry = scene.waits("r2", "anger_petition")
    scene.later(minutes=5)
    danger = scene.says("r3", "我不想活了，药都准备好了")
    second = scene.waits("r4")
    assert seen(scene, wang) == [danger, angry, first, second]


def test_what_somebody_holds_is_listed_as_it_is_to_be_served(scene):
    wang = scene.user("wang")
    first = scene.waits("r1")
    scene.later(minutes=5)
    angry = scene.waits("r2", "anger_petition")
    scene.later(minutes=5)
    danger = scene.says("r3", "我不想活了，药都准备好了")
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
    assert widened(scene) == []
    scene.later(minutes=1)
    assert widened(scene) == [conversation]
    scene.claim(other, conversation)


def test_after_twice_the_time_no_area_is_asked_for_either(scene):
    scene.user("here", "caseworker", "幸福社区")
    there = scene.user("there", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    conversation = scene.waits("r1")
    scene.later(minutes=19)
    widened(scene)
    assert seen(scene, there) == []
    scene.later(minutes=1)
    assert widened(scene) == [conversation]
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
    assert widened(scene) == []


def test_where_nobody_matches_the_entry_is_open_from_the_start(scene):
    other = scene.user("other", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    conversation = scene.waits("r1", "legal_eligibility")
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
    widened(scene)
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


def test_the_position_counts_those_who_wait_for_the_same_people(scene):
    scene.user("trusted", "caseworker", None, "sealed")
    scene.waits("r1", "corruption")
    first = scene.waits("r2")
    second = scene.waits("r3")
    position = lambda one: scene.ledger.read_now(lambda tx: tx.conversations.position(one))  # noqa: E731
    assert (position(first), position(second)) == (1, 2)


def placed(scene, sender, area):
    scene.lives(sender, area)
    waiting = scene.waits(sender)
    scene.later(minutes=1)
    return waiting


def told_position(scene, conversation):
    return scene.ledger.read_now(lambda tx: tx.conversations.position(conversation))


def test_the_position_counts_all_whom_the_same_people_may_serve_before(scene):
    scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    scene.user("grid", "caseworker", "幸福社区/第三网格")
    whole = placed(scene, "r1", "幸福社区")
    placed(scene, "r2", "幸福社区/第二网格")
    placed(scene, "r3", "和平社区")
    third = placed(scene, "r4", "幸福社区/第三网格")
    alike = placed(scene, "r5", "幸福社区二期")  # no part of 幸福社区, and nobody's: open to all of them
    last = placed(scene, "r6", "幸福社区")
    assert [told_position(scene, one) for one in (whole, third, alike, last)] == [1, 3, 5, 5]


def test_the_position_leaves_out_those_whom_only_others_may_serve(scene):
    scene.user("second", "caseworker", "幸福社区/第二网格"), scene.user("third", "caseworker", "幸福社区/第三网格")
    placed(scene, "r1", "幸福社区/第二网格")
    assert told_position(scene, placed(scene, "r2", "幸福社区/第三网格")) == 1


def test_with_somebody_for_all_areas_the_position_counts_all_areas(scene):
    scene.user("here", "caseworker", "幸福社区"), scene.user("everywhere")
    placed(scene, "r1", "和平社区")
    assert told_position(scene, placed(scene, "r2", "幸福社区")) == 2


def test_who_has_waited_until_open_to_everybody_stands_before_the_residents_of_other_areas(scene):
    scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    placed(scene, "r1", "和平社区")
    resident = placed(scene, "r2", "幸福社区")
    assert told_position(scene, resident) == 1
    scene.later(minutes=19)
    widened(scene)
    assert told_position(scene, resident) == 2


def estimate(scene):
    return scene.ledger.read_now(notices.estimate, scene.office.calendar, 1, scene.now)


def answered(scene, minutes, count, prefix):
    boss = scene.ledger.read_now(lambda tx: tx.people.get("boss")) or scene.user("boss", capacity=100)
    waiting = [scene.waits(f"{prefix}{n}") for n in range(count)]
    scene.later(minutes=minutes)
    for conversation in waiting:
        scene.claim(boss, conversation)
        scene.writes(boss, conversation)


def test_without_a_basis_there_is_no_estimate(scene):
    answered(scene, 12, 4, "r")
    assert estimate(scene) == "暂时无法估计要等多久"
    answered(scene, 12, 1, "s")
    assert estimate(scene) == "最近一般等 12 分钟左右"


def test_those_who_still_wait_are_not_left_out_of_the_estimate(scene):
    answered(scene, 3, 5, "r")
    for n in range(6):
        scene.waits(f"s{n}")
    assert estimate(scene) == "暂时无法估计要等多久"


def test_one_notice_per_closed_period_with_the_next_opening_in_words(scene):
    # 2025-09-30, the evening before National Day; 09-28 was a made-up Sunday
    scene.now = MONDAY.replace(year=2025, month=9, day=30, hour=20)
    conversation = scene.waits("r1")
    assert "10月9日（周四）8:30上班后回复您" in scene.told(conversation)[-1]
    for _ in range(3):
        scene.later(hours=20)
        scene.says("r1", "有人吗")
    assert len(scene.told(conversation)) == 1
    scene.now = MONDAY.replace(year=2025, month=10, day=9, hour=19)
    scene.says("r1", "还在吗")
    scene.says("r1", "喂")
    assert [("明天 8:30上班后回复您" in text) for text in scene.told(conversation)[1:]] == [True]


def test_a_resident_whose_caseworker_has_gone_home_is_told_once(scene):
    wang = scene.user("wang")
    conversation = scene.waits("r1")
    scene.claim(wang, conversation)
    scene.writes(wang, conversation)
    scene.now = MONDAY.replace(hour=21)
    before = len(scene.told(conversation))
    for _ in range(3):
        scene.says("r1", "还有一件事")
    assert len(scene.told(conversation)) == before + 1
    assert "明天 8:30" in scene.told(conversation)[-1]


def test_danger_is_paged_again_until_somebody_takes_it_at_any_hour(scene):
    wang = scene.user("wang")
    scene.now = MONDAY.replace(hour=3).astimezone(CHINA)
    danger = scene.says("r1", "我不想活了，药都准备好了")
    again = lambda: scene.do(queue.page_again, scene.now)  # noqa: E731
    scene.later(minutes=6)
    assert again() == []  # the first has not got through yet, and is tried by the pager
    for page in scene.do(lambda tx: tx.records.take_pages(scene.now, scene.now)):
        scene.do(lambda tx, id=page["id"]: tx.records.page_delivered(id, scene.now))
    assert again() == [danger]
    scene.claim(wang, danger)
    scene.later(minutes=6)
    assert again() == []


def test_danger_said_while_waiting_opens_the_entry_to_everybody(scene):
    scene.user("here", "caseworker", "幸福社区")
    there = scene.user("there", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    conversation = scene.waits("r1")
    assert seen(scene, there) == []
    scene.says("r1", "我不想活了，药都准备好了")
    assert seen(scene, there) == [conversation]


def test_a_report_filed_as_a_case_seals_the_conversation_it_was_told_in(scene):
    other = scene.user("other")
    conversation = scene.waits("r1")

    def file(tx):
        told = tx.conversations.get(conversation)
        details = {"request_type": "举报", "category": "C1403", "description": "举报一家店"}
        cases.register(tx, scene.office, told, scene.now, created_by="bot", **details)

    scene.do(file)
    assert seen(scene, other) == []
    with pytest.raises(NotFound):
        scene.ledger.read_now(access.visible, other, conversation)
