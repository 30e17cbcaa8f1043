"""Every promise has an owner and a date, and a broken one cannot be made good by moving the date."""

from datetime import datetime, timedelta

import pytest

from handoff.domain.errors import BadInput, NotFound, NotOwner
from handoff.service import cases, ownership, packet, promises, queue, statistics
from tests.support.scene import MONDAY


def of(scene, conversation):
    return {p["text"]: p for p in scene.ledger.read_now(lambda tx: tx.promises.of(conversation))}


def figures(scene):
    start = MONDAY.replace(hour=0)
    period = statistics.Period(start, start + timedelta(days=30), None, scene.now)
    found = scene.ledger.read_now(statistics.compute, "broken_promises", period)
    return {row["key"]: (row["numerator"], row["denominator"]) for row in found["rows"]}, period


def registered(scene, sender="r1"):
    conversation = scene.says(sender, "幸福小区3号楼的路灯坏了")
    scene.says(sender, "对，就这样")
    (case,) = scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=conversation))
    return conversation, case


def test_a_promise_belongs_to_whoever_has_the_conversation(scene):
    wang, li = scene.user("wang"), scene.user("li")
    conversation, _ = registered(scene)
    owner = lambda: of(scene, conversation)[promises.CASE_ANSWER]["owner"]  # noqa: E731
    assert owner() == promises.OFFICE
    scene.says("r1", "转人工")
    scene.claim(wang, conversation)
    assert owner() == "wang"
    scene.do(ownership.transfer, wang, conversation, "li", scene.office, scene.now)
    assert owner() == "li"
    scene.do(ownership.release, li, conversation, scene.now)
    assert owner() == promises.OFFICE


def test_being_told_that_a_person_comes_is_a_promise_kept_by_a_persons_words(scene):
    wang = scene.user("wang")
    conversation = scene.waits("r1")
    assert of(scene, conversation)[promises.HUMAN_ANSWER]["kept_at"] is None
    scene.claim(wang, conversation)
    assert of(scene, conversation)[promises.HUMAN_ANSWER]["kept_at"] is None
    scene.writes(wang, conversation)
    assert of(scene, conversation)[promises.HUMAN_ANSWER]["kept_at"] == scene.now


def test_in_danger_a_person_is_promised_within_five_minutes(scene):
    danger = scene.says("r1", "我不想活了，药都准备好了")
    assert of(scene, danger)[promises.HUMAN_ANSWER]["due_at"] == scene.now + timedelta(minutes=5)


@pytest.mark.parametrize("held", [False, True])
def test_danger_said_while_waiting_or_to_a_person_is_promised_and_counted_like_any_other(scene, held):
    wang = scene.user("wang")
    conversation = scene.waits("r1")
    if held:
        scene.claim(wang, conversation)
    scene.later(minutes=20)
    said_at = scene.now
    scene.says("r1", "我不想活了，药都准备好了")
    mine = [p for p in all_of(scene, conversation) if p["text"] == promises.HUMAN_ANSWER]
    assert mine[0]["due_at"] == said_at + timedelta(minutes=5)
    assert {p["owner"] for p in mine} == {"wang" if held else promises.OFFICE}
    assert in_time(scene) == {"P0_in_time": (0, 1), "P2_in_time": (0, 1)}
    scene.later(minutes=4)
    if not held:
        scene.claim(wang, conversation)
    scene.writes(wang, conversation)
    assert all(p["kept_at"] == scene.now for p in all_of(scene, conversation) if p["text"] == promises.HUMAN_ANSWER)
    assert in_time(scene) == {"P0_in_time": (1, 1), "P2_in_time": (1, 1)}
    rows = scene.ledger.read_now(lambda tx: tx.statistics.handoffs_between(MONDAY, MONDAY + timedelta(days=1), None))
    assert [(row["priority"], row["trigger"]) for row in rows] == [("P2", "explicit_human"), ("P0", "self_harm")]
    assert all(row["claimed_at"] for row in rows)
    scene.says("r1", "我不想活了，药都准备好了")
    assert in_time(scene)["P0_in_time"] == (1, 1)  # said again it is no other danger


def all_of(scene, conversation):
    return scene.ledger.read_now(lambda tx: tx.promises.of(conversation))


def in_time(scene):
    start = MONDAY.replace(hour=0)
    period = statistics.Period(start, start + timedelta(days=1), None, scene.now)
    found = scene.ledger.read_now(statistics.compute, "time_to_person", period)
    return {
        row["key"]: (row["numerator"], row["denominator"])
        for row in found["rows"]
        if row["denominator"] and "_in_" in row["key"]
    }


def test_who_leaves_the_queue_is_owed_no_person_any_more(scene):
    conversation = scene.waits("r1")
    scene.says("r1", "不用人工了")
    promise = of(scene, conversation)[promises.HUMAN_ANSWER]
    scene.later(days=30)
    assert not promises.is_broken(promise, scene.now)


def test_only_the_owner_of_the_conversation_promises_and_only_for_the_future(scene):
    wang, li = scene.user("wang"), scene.user("li")
    conversation = scene.waits("r1")
    scene.claim(wang, conversation)
    tomorrow = (scene.now + timedelta(days=1)).isoformat()
    with pytest.raises(NotOwner):
        scene.do(promises.make, li, conversation, "明天上门", tomorrow, scene.now)
    for bad in ("明天", scene.now.isoformat()):
        with pytest.raises(BadInput):
            scene.do(promises.make, wang, conversation, "明天上门", bad, scene.now)
    made = scene.do(promises.make, wang, conversation, "明天上门", tomorrow, scene.now)
    assert (made["owner"], made["broken"]) == ("wang", False)
    assert scene.do(promises.kept, wang, made["id"], scene.now)["kept"]


def test_broken_promises_are_counted_over_all_that_fell_due(scene):
    wang = scene.user("wang")
    first, case = registered(scene, "r1")
    registered(scene, "r2")
    scene.later(hours=2)
    scene.do(cases.record_event, case.number, "wang", "close", "", {"outcome": "solved"}, scene.now)
    scene.now = case.due_at + timedelta(hours=1)
    counted, period = figures(scene)
    assert counted["all"] == (1, 2)
    assert counted["bot"] == (1, 2)
    listed, hidden = scene.ledger.read_now(statistics.listed_promises, period, wang, {"broken": "yes"})
    assert ([promise["conversation"] for promise in listed], hidden) == ([first + 1], 0)


def test_what_is_owed_is_listed_to_the_last_however_much_it_is(scene):
    wang = scene.user("wang")
    owed = {"conversation_id": None, "text": "回话", "by": "wang", "owner": promises.OFFICE, "made_at": scene.now}

    def promise(tx):
        for _ in range(120):
            tx.promises.add(due_at=scene.now + timedelta(hours=1), **owed)

    scene.do(promise)
    scene.later(hours=2)
    assert len(scene.ledger.read_now(promises.broken, wang, scene.now)) == 120


def test_an_extension_moves_what_still_holds_and_never_what_is_broken(scene):
    boss = scene.user("boss", "supervisor")
    conversation, case = registered(scene)
    later = (case.due_at + timedelta(days=3)).isoformat()
    scene.do(cases.record_event, case.number, "boss", "extend", "等备件", {"due_at": later}, scene.now)
    assert of(scene, conversation)[promises.CASE_ANSWER]["due_at"] == datetime.fromisoformat(later)
    scene.now = datetime.fromisoformat(later) + timedelta(hours=1)
    even_later = (scene.now + timedelta(days=9)).isoformat()
    scene.do(cases.record_event, case.number, "boss", "extend", "还在等", {"due_at": even_later}, scene.now)
    assert len(scene.ledger.read_now(promises.broken, boss, scene.now)) == 1
    assert figures(scene)[0]["all"] == (1, 1)


@pytest.mark.parametrize("when", [None, "", "以后", "2026-02-30", "9999-12-31T23:59:59-12:00", "9999-12-31"])
def test_a_case_is_not_put_off_to_no_time(scene, when):
    _, case = registered(scene)
    with pytest.raises(BadInput) as wrong:
        scene.do(cases.record_event, case.number, "boss", "extend", "等备件", {"due_at": when}, scene.now)
    assert wrong.value.data == {"field": "due_at"}


def test_a_sealed_promise_is_counted_but_not_listed_for_others(scene):
    wang, boss = scene.user("wang"), scene.user("boss", "supervisor")
    scene.waits("r1", "corruption")
    scene.later(days=3)
    counted, period = figures(scene)
    everything, hidden = scene.ledger.read_now(statistics.listed_promises, period, wang, {"broken": "yes"})
    assert (everything, hidden, counted["all"]) == ([], 2, (2, 2))  # a person, and an answer on the case
    assert len(scene.ledger.read_now(promises.broken, boss, scene.now)) == 2
    assert scene.ledger.read_now(promises.broken, wang, scene.now) == []


TOLD = "张三家的水管，电话19900000000，明天上门"


def holding_a_promise(scene):
    wang, conversation = scene.user("wang"), scene.waits("r1")
    scene.claim(wang, conversation)
    tomorrow = (scene.now + timedelta(days=1)).isoformat()
    return conversation, scene.do(promises.make, wang, conversation, TOLD, tomorrow, scene.now)


@pytest.mark.parametrize("role", ["vendor", "admin", "auditor"])
def test_who_sees_no_personal_data_reads_a_promise_masked_wherever_it_is_shown(scene, role):
    until = {"valid_until": scene.now + timedelta(days=30)} if role == "vendor" else {}
    away, boss = scene.user("away", role, **until), scene.user("boss", "supervisor")
    conversation, _ = holding_a_promise(scene)
    scene.later(days=3)
    _, period = figures(scene)
    for user, personal in ((away, False), (boss, True)):
        shown = [
            scene.do(packet.build, user, conversation, scene.now)["promises"],
            scene.ledger.read_now(promises.broken, user, scene.now),
            scene.ledger.read_now(statistics.listed_promises, period, user, {"broken": "yes"})[0],
        ]
        assert [TOLD in str(found) for found in shown] == [personal] * 3
        assert ["19900000000" in str(found) for found in shown] == [personal] * 3


def filed_at_the_counter(scene, area):
    details = {"request_type": "求助", "category": "C0406", "description": "路灯坏了", "area": area}
    return scene.do(cases.register, scene.office, None, scene.now, created_by="boss", **details)


def owed_for(scene, case):
    scene.now = case.due_at + timedelta(hours=1)
    (owed,) = scene.ledger.read_now(promises.broken, scene.user("whole", "supervisor"), scene.now)
    return owed["id"]


def test_the_promise_of_a_case_filed_at_the_counter_is_its_own_areas_to_keep(scene):
    here, there = scene.user("here", "caseworker", "幸福社区"), scene.user("there", "supervisor", "和平社区")
    promise = owed_for(scene, filed_at_the_counter(scene, "幸福社区"))
    with pytest.raises(NotFound):
        scene.do(promises.kept, there, promise, scene.now)
    assert scene.do(promises.kept, here, promise, scene.now)["kept"]


def test_who_holds_a_sealed_conversation_sees_and_keeps_its_promises(scene):
    wang = scene.user("wang")
    conversation, _ = registered(scene)
    scene.says("r1", "转人工")
    scene.claim(wang, conversation)
    scene.do(queue.route, wang, conversation, {"sealed": True}, scene.now)
    scene.later(days=30)
    owed = scene.ledger.read_now(promises.broken, wang, scene.now)
    assert sorted(one["text"] for one in owed) == sorted([promises.CASE_ANSWER, promises.HUMAN_ANSWER])
    assert all(scene.do(promises.kept, wang, one["id"], scene.now)["kept"] for one in owed)
