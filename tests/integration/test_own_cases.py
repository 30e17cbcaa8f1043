"""A resident's own cases: found by their number however old, and a wish about one is one task."""

from dataclasses import replace
from datetime import datetime, time

import pytest

from handoff.domain.calendar import CHINA, Calendar
from handoff.domain.sight import Sight
from handoff.service import cases, commands, facts, own_cases, steps, turns
from tests.support.scripted_bot import say

EVERYTHING = Sight("", None, True)


def register(scene, conversation, description="路灯坏了"):
    def work(tx):
        made = cases.register(
            tx,
            scene.office,
            tx.conversations.get(conversation) if conversation else None,
            scene.now,
            created_by="bot",
            request_type="求助",
            category="C0406",
            description=description,
        )
        return made.number

    return scene.do(work)


@pytest.fixture
def first_of_many(scene):
    """(conversation, number of the oldest of the resident's 25 cases)."""
    conversation = scene.says("r1", "你好")
    number = register(scene, conversation)
    for _ in range(24):
        scene.later(minutes=1)
        register(scene, conversation)
    return conversation, number


def test_an_own_case_is_found_by_its_number_however_many_came_after_it(scene, first_of_many):
    conversation, number = first_of_many
    before = scene.conversation(conversation)
    told = scene.ledger.read_now(own_cases.progress, before, f"查 {number}", None, scene.now)
    found = scene.ledger.read_now(own_cases.find, before, "那个编号的", number)
    assert (told.split("：")[0], found.number) == (number, number)


def test_a_case_of_somebody_else_is_not_found_by_its_number(scene):
    other = register(scene, scene.says("r2", "你好"))
    before = scene.conversation(scene.says("r1", "你好"))
    told = scene.ledger.read_now(own_cases.progress, before, f"查 {other}", None, scene.now)
    assert "没有查到您名下的记录" in told
    assert scene.ledger.read_now(own_cases.find, before, "", other) is None
    assert [one["number"] for one in scene.ledger.read_now(facts.own_cases, before.resident_id, other)] == []


def test_more_may_be_told_of_an_own_old_case_but_not_of_an_ended_one(scene, first_of_many):
    conversation, number = first_of_many
    adds = lambda: scene._turn("r1", "现在更暗了")  # noqa: E731
    item = [{"command": "add_to_case", "number": number}]
    scene.do(turns.commit, scene.office, adds(), turns.Proposal([*item, say("好的")]), scene.now)
    assert scene.ledger.read_now(lambda tx: tx.cases.events(number))[-1]["text"] == "现在更暗了"
    scene.do(cases.record_event, number, "wang", "close", "", {"outcome": "solved"}, scene.now)
    with pytest.raises(commands.Refused):
        scene.do(commands.carry_out, scene.office, adds(), turns.Proposal(item), scene.now)


def test_the_bot_is_told_of_the_own_case_that_the_words_name_beside_the_newest(scene, first_of_many):
    _, number = first_of_many
    turn = scene._turn("r1", f"{number} 还是不亮")
    told = [one["number"] for one in turn.facts["open_cases"]]
    assert (len(told), told[-1]) == (facts.RECENT_CASES + 1, number)


def corrects(scene, words, *commands):
    turn = scene._turn("r1", words)
    items = [{"command": "correct_case", **one} for one in commands]
    scene.do(turns.commit, scene.office, turn, turns.Proposal([*items, say("{case_number}：{place}")]), scene.now)
    return turn.before.id


def told_place(number, start, end):
    """The end of a place in words said now, behind what stays of the one in the case."""
    return {"parts": [{"case": number, "start": 0, "end": 4, "text": "＊＊家园"}, {"start": start, "end": end}]}


@pytest.fixture
def lamp(scene):
    number = register(scene, scene.says("r1", "你好"))
    scene.do(lambda tx: tx.cases.set(number, place="清河家园3号楼"))
    return number


def history(scene, number):
    return [
        (one["kind"], one["actor"], one["text"]) for one in scene.ledger.read_now(lambda tx: tx.cases.events(number))
    ]


def test_the_resident_sets_the_place_right_and_what_was_there_stays_in_the_history(scene, lamp):
    conversation = corrects(scene, "不是3号楼，是5号楼", {"number": lamp, "place": told_place(lamp, 7, 10)})
    assert scene.ledger.read_now(lambda tx: tx.cases.get(lamp)).place == "清河家园5号楼"
    (kind, actor, text) = history(scene, lamp)[-1]
    assert (kind, actor) == ("corrected_place", "resident")
    assert "清河家园3号楼 → 清河家园5号楼" in text
    assert scene.told(conversation)[-1] == f"{lamp}：清河家园5号楼"
    assert tasks(scene) == []


def test_numbers_of_cases_that_are_set_right_together_are_told_in_their_order(scene, lamp):
    later = register(scene, 1)
    both = [{"number": number, "place": {"start": 7, "end": 10}} for number in (later, lamp)]
    conversation = corrects(scene, "不是3号楼，是5号楼", *both)
    assert scene.told(conversation)[-1] == f"{lamp}、{later}：5号楼"


def test_the_resident_sets_the_category_right_and_the_bot_s_stays_beside_it(scene, lamp):
    corrects(scene, "不是路灯，是井盖", {"number": lamp, "category": "C0405"})
    case = scene.ledger.read_now(lambda tx: tx.cases.get(lamp))
    assert (case.category, case.bot_category) == ("C0405", "C0406")
    assert history(scene, lamp)[-1][0] == "corrected_category"


def test_a_case_that_the_resident_makes_a_report_is_sealed_with_its_conversation(scene, lamp):
    conversation = corrects(scene, "不是路灯，是举报", {"number": lamp, "category": "C1702"})
    assert scene.ledger.read_now(lambda tx: tx.cases.get(lamp)).sealed
    assert scene.conversation(conversation).sealed


def test_who_has_begun_to_work_on_it_is_told_of_the_correction(scene, lamp):
    by_staff(scene, lamp, "accept")
    corrects(scene, "不是3号楼，是5号楼", {"number": lamp, "place": told_place(lamp, 7, 10)})
    assert [lamp in task for task in tasks(scene)] == [True]


@pytest.mark.parametrize("command", [{"category": "C0405"}, {"place": {"parts": [{"start": 0, "end": 2}]}}])
def test_no_case_of_somebody_else_and_no_closed_one_is_set_right(scene, lamp, command):
    other = register(scene, scene.says("r2", "你好"))
    scene.do(cases.record_event, lamp, "wang", "close", "", {"outcome": "solved"}, scene.now)
    turn = scene._turn("r1", "是井盖")
    for number in (other, lamp):
        item = {"command": "correct_case", "number": number, **command}
        with pytest.raises(commands.Refused):
            scene.do(commands.carry_out, scene.office, turn, turns.Proposal([item]), scene.now)


def test_a_correction_without_a_place_or_a_known_category_is_refused(scene, lamp):
    item = {"command": "correct_case", "number": lamp, "category": "nothing"}
    with pytest.raises(commands.Refused):
        scene.do(commands.carry_out, scene.office, scene._turn("r1", "是井盖"), turns.Proposal([item]), scene.now)


def by_staff(scene, number, kind, text="", **data):
    wang = scene.ledger.read_now(lambda tx: tx.people.get("wang")) or scene.user("wang")
    return scene.do(steps.take, scene.office, wang, number, kind, text, data, scene.now)


def test_who_told_of_it_is_told_why_it_takes_longer_and_until_when(scene):
    conversation = scene.says("r1", "你好")
    number = register(scene, conversation)
    by_staff(scene, number, "extend", "等厂家送灯头", due_at="2026-03-20")
    told = scene.told(conversation)[-1]
    assert all(part in told for part in (number, "等厂家送灯头", "3月20日"))


def test_a_case_closed_in_the_register_tells_the_resident_what_came_of_it_once(scene):
    conversation = scene.says("r1", "你好")
    number = register(scene, conversation)
    by_staff(scene, number, "close", outcome="solved")
    assert sum(f"您的事（{number}）办结了" in text for text in scene.told(conversation)) == 1


@pytest.mark.parametrize(
    ("kind", "text", "data"), [("pass", "内部的话", {"unit": "市政公司"}), ("note", "内部的话", {})]
)
def test_a_step_within_the_office_tells_the_resident_nothing(scene, kind, text, data):
    conversation = scene.says("r1", "你好")
    number, before = register(scene, conversation), scene.told(conversation)
    by_staff(scene, number, kind, text, **data)
    assert scene.told(conversation) == before


def test_a_case_of_the_counter_has_nobody_to_be_told(scene):
    number = register(scene, None)
    assert by_staff(scene, number, "close", outcome="solved").status == "closed"


def test_a_day_alone_puts_a_case_off_to_the_closing_time_of_this_office(scene):
    scene.office = replace(scene.office, calendar=Calendar(closes=time(17)))
    number = register(scene, scene.says("r1", "你好"))
    put_off = by_staff(scene, number, "extend", "等备件", due_at="2026-03-20")
    assert put_off.due_at == datetime(2026, 3, 20, 17, tzinfo=CHINA)


def wishes(scene, conversation, what, times=1):
    before = scene.conversation(conversation)
    return [scene.do(own_cases.wish, before, "好了", what, scene.now) for _ in range(times)]


def tasks(scene):
    return [task["text"] for task in scene.ledger.read_now(lambda tx: tx.records.open_tasks(EVERYTHING))]


def test_a_wish_said_five_times_is_one_task_and_told_each_time(scene):
    conversation = scene.says("r1", "你好")
    number = register(scene, conversation)
    assert all(number in told for told in wishes(scene, conversation, "solved", 5))
    assert len(tasks(scene)) == 1


def test_another_wish_of_another_case_is_a_task_of_its_own(scene):
    conversation = scene.says("r1", "你好")
    first = register(scene, conversation)
    wishes(scene, conversation, "solved")
    wishes(scene, conversation, "withdraw")
    scene.do(cases.record_event, first, "wang", "close", "", {"outcome": "solved"}, scene.now)
    register(scene, conversation)
    wishes(scene, conversation, "solved")
    assert len(tasks(scene)) == 3


def test_who_waits_may_ask_how_the_own_case_is(scene):
    conversation = scene.waits("r1")
    number = register(scene, conversation)
    scene.says("r1", "查进度")
    assert number in scene.told(conversation)[-1]
