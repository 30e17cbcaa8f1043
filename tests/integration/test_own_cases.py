"""A resident's own cases: found by their number however old, and a wish about one is one task."""

import pytest

from handoff.domain.sight import Sight
from handoff.service import cases, commands, facts, own_cases, turns
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
