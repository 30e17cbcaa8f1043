"""What counts as confirmed by the resident: the resident's own yes, and nothing that staff choose from a list."""

from datetime import timedelta

import pytest

from handoff.domain.errors import BadInput
from handoff.domain.models import OUTCOMES
from handoff.service import cases, cases_list, community, notices, own_cases, ownership, promises, statistics


@pytest.fixture
def wang(scene):
    return scene.user("wang")


def filed(scene, sender="r1"):
    conversation = scene.lives(sender, "幸福社区")

    def write(tx):
        return cases.register(
            tx, scene.office, tx.conversations.get(conversation), scene.now, created_by="bot", request_type="求助",
            category="C0406", description="路灯坏了",
        )  # fmt: skip

    return conversation, scene.do(write).number


def closes(scene, number, outcome="solved"):
    scene.do(cases.record_event, number, "wang", "close", "", {"outcome": outcome}, scene.now)


def says_solved(scene, conversation, words="修好了"):
    return scene.do(lambda tx: own_cases.wish(tx, tx.conversations.get(conversation), words, "solved", scene.now))


def counted(scene):
    period = statistics.Period(scene.now - timedelta(days=20), scene.now + timedelta(days=1), None, scene.now)
    rows = scene.ledger.read_now(statistics.compute, "outcomes", period)["rows"]
    return {row["key"]: row["numerator"] for row in rows if row["numerator"]}


def the_case(scene, number):
    return scene.ledger.read_now(lambda tx: tx.cases.get(number))


def test_what_staff_close_as_solved_is_confirmed_only_by_the_residents_yes(scene, wang):
    closes(scene, filed(scene, "r1")[1])
    conversation, number = filed(scene, "r2")
    says_solved(scene, conversation)
    closes(scene, number)
    at_the_counter = scene.do(
        lambda tx: cases.register(
            tx,
            scene.office,
            None,
            scene.now,
            created_by="wang",
            request_type="求助",
            category="C0406",
            description="路灯坏了",
            area="幸福社区",
        )  # fmt: skip
    )
    closes(scene, at_the_counter.number)
    assert counted(scene) == {"solved": 1, "solved_by_staff": 2}


def test_each_of_the_two_figures_lists_what_it_counts(scene, wang):
    unsaid = filed(scene, "r1")[1]
    conversation, said = filed(scene, "r2")
    says_solved(scene, conversation)
    for number in (unsaid, said):
        closes(scene, number)
    for confirmed, number in ((True, said), (False, unsaid)):
        wanted = {"outcome": "solved", "confirmed": confirmed}
        found = scene.do(cases_list.page, wang, wanted, 10, 0, scene.now)
        assert [case["number"] for case in found["cases"]] == [number]


def test_a_yes_taken_back_counts_no_more(scene, wang):
    conversation, number = filed(scene)
    says_solved(scene, conversation)
    closes(scene, number)
    scene.do(lambda tx: own_cases.reopen(tx, scene.office, tx.cases.get(number), "还是不亮", scene.now))
    closes(scene, number)
    assert counted(scene) == {"solved_by_staff": 1}


@pytest.mark.parametrize("outcome", ["solved", "done_unconfirmed", "unreachable"])
def test_a_yes_after_the_end_is_kept_and_ends_the_doubt(scene, wang, outcome):
    conversation, number = filed(scene)
    closes(scene, number, outcome)
    assert number in says_solved(scene, conversation)
    assert (the_case(scene, number).status, the_case(scene, number).outcome) == ("closed", "solved")
    assert counted(scene) == {"solved": 1}
    assert scene.ledger.read_now(lambda tx: tx.records.open_task(conversation, own_cases.TASK)) is None


def test_a_yes_does_not_make_another_result_of_what_was_explained(scene, wang):
    conversation, number = filed(scene)
    closes(scene, number, "explained")
    says_solved(scene, conversation)
    assert counted(scene) == {"explained": 1}


def test_a_yes_told_to_staff_counts_with_the_words_it_was_told_in(scene, wang):
    _, number = filed(scene)
    closes(scene, number)
    with pytest.raises(BadInput):
        scene.do(cases.record_event, number, "wang", "resident_confirms", " ", {}, scene.now)
    scene.do(cases.record_event, number, "wang", "resident_confirms", "回访时说灯亮了", {}, scene.now)
    assert counted(scene) == {"solved": 1}


def test_the_public_page_counts_as_confirmed_what_the_figures_do(scene, wang):
    for n in range(12):
        conversation, number = filed(scene, f"r{n}")
        if n < 6:
            says_solved(scene, conversation)
        closes(scene, number)
    scene.later(days=31)
    found = scene.ledger.read_now(community.report, scene.office, None, "幸福社区", "2026-03", scene.now)
    assert found.total.cells == (6, 6, 0)


def test_a_conversation_ended_without_a_word_keeps_no_promise_of_a_person(scene, wang):
    silent, answered = (scene.says(sender, "我不想活了，药都准备好了") for sender in ("r1", "r2"))
    for conversation in (silent, answered):
        scene.claim(wang, conversation)
    scene.writes(wang, answered, "我在，您现在在哪里？")
    for conversation in (silent, answered):
        scene.do(ownership.resolve, wang, conversation, "solved", None, scene.now)
    scene.later(minutes=6)
    assert [promises.is_broken(promise_of_a_person(scene, one), scene.now) for one in (silent, answered)] == [
        True,
        False,
    ]


def test_who_takes_it_back_in_time_is_owed_no_person(scene, wang):
    conversation = scene.waits("r1")
    scene.claim(wang, conversation)
    scene.do(ownership.resolve, wang, conversation, "withdrawn", None, scene.now)
    scene.later(days=30)
    assert not promises.is_broken(promise_of_a_person(scene, conversation), scene.now)


def promise_of_a_person(scene, conversation):
    due = scene.ledger.read_now(
        lambda tx: tx.promises.due_between(scene.now - timedelta(days=60), scene.now + timedelta(days=60), None)
    )
    mine = [one for one in due if one["conversation_id"] == conversation]
    return next(one for one in mine if one["text"] == promises.HUMAN_ANSWER)


def test_the_resident_is_not_told_what_the_resident_has_not_said():
    assert "确认" not in notices.resolved(OUTCOMES["solved"], "261125-00013")
