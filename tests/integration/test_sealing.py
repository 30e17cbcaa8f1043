"""A conversation and its cases are sealed as one, whoever finds the reason and whenever; docs/queue.md publishes the rule."""

import pytest
from sqlalchemy import select

from handoff.domain.errors import BadInput, Forbidden, NotFound
from handoff.domain.models import User
from handoff.domain.ownership import held_by
from handoff.domain.sight import may_see, sight
from handoff.service import access, cases, cases_list, ownership, packet, promises, queue
from handoff.store.schema import conversations
from handoff.store.scope import visible
from tests.support.scripted_bot import hand_off

from .test_overhearing import overhears

VIOLENCE = "他拿着刀在打我"


def all_of(scene, conversation):
    """Whether the conversation and each of its cases are sealed."""
    found = scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=conversation))
    return scene.conversation(conversation).sealed, *(case.sealed for case in found)


def seen(scene, user):
    return [one.id for one in scene.ledger.read_now(queue.waiting, user)]


def listed(scene, user):
    return [case["number"] for case in scene.do(cases_list.page, user, {}, 100, 0, scene.now)["cases"]]


def with_a_case(scene, sender="r1"):
    conversation = scene.says(sender, "幸福小区3号楼的路灯坏了")
    scene.says(sender, "对，就这样")
    return conversation


def at_the_door(scene):
    return scene.says("r1", VIOLENCE)


def after_a_matter(scene):
    with_a_case(scene)
    return scene.says("r1", VIOLENCE)


def while_waiting(scene):
    with_a_case(scene)
    scene.says("r1", "转人工")
    return scene.says("r1", VIOLENCE)


def in_danger_already(scene):
    scene.says("r1", "我不想活了，药都准备好了")
    return scene.says("r1", VIOLENCE)


def to_a_colleague(scene):
    with_a_case(scene)
    conversation = scene.says("r1", "转人工")
    scene.claim(scene.user("zhao"), conversation)
    return scene.says("r1", VIOLENCE)


def heard_by_the_bot(scene):
    with_a_case(scene)
    return scene.waits("r1", "violence", "他喝了酒又动手")


def child_heard_by_the_bot(scene):
    return scene.waits("r1", "minor", "隔壁孩子身上总有伤")


PATHS = [
    at_the_door, after_a_matter, while_waiting, in_danger_already, to_a_colleague, heard_by_the_bot,
    child_heard_by_the_bot,
]  # fmt: skip


@pytest.mark.parametrize("told", PATHS)
def test_violence_and_harm_to_a_child_seal_the_conversation_with_all_its_cases(scene, told):
    conversation = told(scene)
    sealed = all_of(scene, conversation)
    assert len(sealed) > 1 and all(sealed)


@pytest.mark.parametrize("told", PATHS)
def test_in_danger_it_waits_for_everybody_who_helps_and_afterwards_only_for_a_few(scene, told):
    wang, li = scene.user("wang"), scene.user("li", "caseworker", "和平社区")
    root, boss = scene.user("root", "admin"), scene.user("boss", "supervisor")
    conversation = told(scene)
    if told is to_a_colleague:
        scene.do(ownership.release, scene.ledger.read_now(lambda tx: tx.people.get("zhao")), conversation, scene.now)
    assert [seen(scene, one) for one in (wang, li, boss, root)] == [[conversation]] * 3 + [[]]
    shown = scene.do(packet.build, li, conversation, scene.now)
    assert shown["sealed"] and all(case["sealed"] for case in shown["cases"]) and shown["cases"]
    scene.claim(li, conversation)
    assert scene.do(packet.build, li, conversation, scene.now)["cases"] == shown["cases"]
    for other in (wang, root):
        with pytest.raises(NotFound):
            scene.ledger.read_now(access.visible, other, conversation)
        assert listed(scene, other) == []
    assert scene.ledger.read_now(access.visible, boss, conversation)
    with pytest.raises(BadInput):
        scene.do(ownership.transfer, li, conversation, "wang", scene.office, scene.now)
    scene.do(ownership.release, li, conversation, scene.now)
    assert seen(scene, wang) == [conversation]  # still in danger: whoever comes first


def test_somebody_in_danger_again_waits_for_everybody_again_and_a_plain_wish_does_not(scene):
    wang, boss = scene.user("wang"), scene.user("boss", "supervisor")
    conversation = at_the_door(scene)
    scene.claim(boss, conversation)
    scene.do(ownership.resolve, boss, conversation, "explained", None, scene.now)
    assert scene.says("r1", "转人工") == conversation
    assert (seen(scene, wang), seen(scene, boss)) == ([], [conversation])
    scene.says("r1", "我不想活了，药都准备好了")
    assert seen(scene, wang) == [conversation]


def test_a_report_stays_closed_even_in_danger_and_to_whoever_comes_to_help(scene):
    wang, trusted = scene.user("wang"), scene.user("trusted", "caseworker", None, "sealed")
    report = scene.waits("r1", "corruption")
    scene.says("r1", VIOLENCE)
    assert (seen(scene, wang), seen(scene, trusted)) == ([], [report])


def test_a_report_told_by_somebody_in_danger_hides_nobody_from_the_helpers_until_one_has_come(scene):
    wang, li = scene.user("wang"), scene.user("li")
    conversation = scene.says("r1", "我不想活了，药都准备好了")
    scene.says("r1", "王主任收了钱才办事")
    overhears(scene, conversation)
    assert all(all_of(scene, conversation))
    assert seen(scene, wang) == [conversation]
    scene.claim(wang, conversation)
    with pytest.raises(NotFound):
        scene.ledger.read_now(access.visible, li, conversation)


@pytest.mark.parametrize("waits_for", ["anger_petition", "media"])
def test_a_report_told_while_something_as_pressing_waits_is_sealed_as_well(scene, waits_for):
    conversation = scene.waits("r1", waits_for)
    scene.says("r1", "王主任收了钱才办事")
    overhears(scene, conversation)
    assert scene.conversation(conversation).reason_trigger == waits_for
    assert all(all_of(scene, conversation))


def test_what_the_bot_hands_over_as_misconduct_is_sealed_whatever_its_trigger(scene):
    scene.bot.answer = lambda turn: [hand_off("boundary", "C1702", "投诉")]
    sealed = all_of(scene, scene.says("r1", "办证的人要红包"))
    assert len(sealed) > 1 and all(sealed)


@pytest.mark.parametrize("how", ["one click", "on closing"])
def test_a_category_corrected_to_misconduct_seals_both(scene, how):
    wang, li = scene.user("wang"), scene.user("li")
    conversation = with_a_case(scene)
    scene.says("r1", "转人工")
    scene.claim(wang, conversation)
    assert all_of(scene, conversation) == (False, False)
    if how == "one click":
        scene.do(cases.correct_as_owner, wang, conversation, "C1702", scene.now)
    else:
        scene.do(ownership.resolve, wang, conversation, "passed_on", "C1702", scene.now)
    assert all_of(scene, conversation) == (True, True)
    with pytest.raises(NotFound):
        scene.ledger.read_now(access.visible, li, conversation)


def test_a_case_filed_at_the_counter_about_misconduct_is_sealed(scene):
    details = {"request_type": "投诉", "category": "C1702", "description": "要红包"}
    assert scene.do(cases.register, scene.office, None, scene.now, created_by="wang", **details).sealed


def test_a_false_alarm_is_opened_with_its_cases_and_what_was_filed_meanwhile(scene):
    wang, boss = scene.user("wang"), scene.user("boss", "supervisor")
    conversation = after_a_matter(scene)
    details = {"request_type": "求助", "category": "C0406", "description": "还有一盏灯"}
    scene.do(
        lambda tx: cases.register(
            tx, scene.office, tx.conversations.get(conversation), scene.now, created_by="bot", **details
        )
    )
    assert all_of(scene, conversation) == (True, True, True, True)
    scene.do(queue.route, boss, conversation, {"sealed": False}, scene.now)
    assert all_of(scene, conversation) == (False, False, False, False)
    assert len(listed(scene, wang)) == 3


def test_what_is_sealed_by_hand_is_open_to_nobody_else_even_in_danger(scene):
    wang, boss = scene.user("wang"), scene.user("boss", "supervisor")
    conversation = at_the_door(scene)
    scene.do(queue.route, boss, conversation, {"sealed": True}, scene.now)
    assert (seen(scene, wang), seen(scene, boss)) == ([], [conversation])


def test_the_supervisor_of_the_reported_area_sees_its_reports_only_when_trusted_with_them(scene):
    own = scene.user("own", "supervisor", "幸福社区")
    trusted = scene.user("trusted", "supervisor", "幸福社区", "sealed")
    street = scene.user("street", "supervisor")
    scene.lives("r1", "幸福社区")
    report = scene.waits("r1", "corruption", "居委会主任收了钱")
    (number,) = (case.number for case in scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=report)))
    scene.later(days=3)
    scene.widens()
    assert [seen(scene, one) for one in (own, trusted, street)] == [[], [report], [report]]
    assert [listed(scene, one) for one in (own, trusted, street)] == [[], [number], [number]]
    for refused in (
        lambda: scene.claim(own, report),
        lambda: scene.do(queue.route, own, report, {"sealed": False}, scene.now),
        lambda: scene.ledger.read_now(cases.visible, own, number),
        lambda: scene.do(ownership.take_over, own, report, "我来", scene.now),
    ):
        with pytest.raises(NotFound):
            refused()
    scene.claim(trusted, report)
    with pytest.raises(BadInput):
        scene.do(ownership.transfer, trusted, report, "own", scene.office, scene.now)


def test_whoever_took_up_danger_opens_it_to_others_only_when_trusted_with_what_is_sealed(scene):
    own = scene.user("own", "supervisor", "幸福社区")
    conversation = at_the_door(scene)
    scene.claim(own, conversation)
    with pytest.raises(Forbidden):
        scene.do(queue.route, own, conversation, {"sealed": False}, scene.now)


def test_the_position_counts_those_in_danger_who_wait_for_everybody(scene):
    scene.user("wang")
    at_the_door(scene)
    plain = scene.waits("r2")
    assert scene.ledger.read_now(lambda tx: tx.conversations.position(plain)) == 2


def test_lists_and_looks_follow_one_rule(scene):
    """The condition of the query and `may_see` say the same of every kind of sealing, owner and urgency."""
    people = [User(f"u{n}", role, area, True, "", list(skills)) for n, (role, area, skills) in enumerate(WHO)]
    ids = [scene.lives(f"r{n}", "幸福社区") for n in range(len(ROWS))]
    for one, values in zip(ids, ROWS, strict=True):
        scene.do(lambda tx, one=one, values=values: tx.conversations.set(one, reach=2, skills=[], **values))
    for user in people:
        by_rule = [one for one in ids if may_see(user, scene.conversation(one))]
        assert queried(scene, user) == by_rule, (user.role, user.area, user.skills)


WHO = [
    (role, area, skills)
    for role in ("caseworker", "supervisor", "admin", "auditor", "vendor")
    for area in (None, "幸福社区", "和平社区")
    for skills in ((), ("sealed",))
]
ROWS = [
    {"owner": owner, "priority": priority, "sealed": sealed, "sealed_in_danger": sealed and danger}
    for owner in ("queue", held_by("u0"), "closed")
    for priority in ("P0", "P2", None)
    for sealed, danger in ((False, False), (True, False), (True, True))
]


def queried(scene, user):
    found = select(conversations.c.id).where(visible(sight(user))).order_by(conversations.c.id)
    return scene.ledger.read_now(lambda tx: list(tx.connection.execute(found).scalars()))


@pytest.mark.parametrize("skills", [(), ("sealed",)])
def test_what_is_owed_at_the_counter_of_another_area_is_not_shown_to_whoever_is_trusted_either(scene, skills):
    here = scene.user("here", "caseworker", "幸福社区", *skills)
    for area in ("幸福社区", "和平社区"):
        details = {"request_type": "求助", "category": "C0406", "description": "路灯坏了", "area": area}
        scene.do(cases.register, scene.office, None, scene.now, created_by="boss", **details)
    scene.later(days=60)
    assert len(scene.ledger.read_now(promises.broken, here, scene.now)) == 1
