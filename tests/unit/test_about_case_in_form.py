"""What is said of a case that is there, while another matter is being told: neither gets lost."""

import pytest

from actions import texts
from actions.about_case import NotSolved
from tests.support.talk import LAMP, LIFT, NUMBER, Talk, understood

OTHER = "261125-00021"


def case(number=NUMBER, status="awaiting_confirmation", category=LIFT, complaints=1):
    told = {"state": "等您确认", "type": "求助", "place": None, "made": number}
    return {"number": number, "status": status, "category": category, "complaints": complaints, **told}


async def telling(*cases, **facts):
    return await Talk(open_cases=list(cases), **facts).hears("楼下的灯不亮", **understood(LAMP))


@pytest.mark.parametrize("asked", ["same_case", "place", "confirmed"])
async def test_solved_as_the_desk_had_asked_is_told_to_staff_and_the_report_goes_on(asked):
    talk = await telling(case())
    matter = talk.slots["matter"]
    assert await talk.answers(asked, "解决了", intent="confirm_solved") == {"matter": matter}
    assert talk.commands == [{"command": "resident_says", "what": "solved"}]
    assert talk.said == [texts.TOLD]


async def test_a_case_that_is_named_is_withdrawn_and_the_report_goes_on():
    talk = await telling(case(status="registered"))
    talk.facts["case_number"] = NUMBER
    assert await talk.answers("place", f"把{NUMBER}撤掉", intent="withdraw_case")
    assert talk.commands == [{"command": "resident_says", "what": "withdraw"}]


@pytest.mark.parametrize(
    ("intent", "cases"),
    [
        ("confirm_solved", []),
        ("confirm_solved", [case(status="registered")]),
        ("withdraw_case", [case()]),  # nobody was asked whether to withdraw one
        ("cancel", [case()]),
        ("needs_person", [case()]),
    ],
)
async def test_else_such_words_are_about_the_report_itself_and_end_it(intent, cases):
    talk = await telling(*cases)
    assert await talk.answers("place", "撤回", intent=intent) == {}
    assert talk.commands == []


async def test_not_solved_as_the_desk_had_asked_is_no_answer_to_what_was_repeated():
    talk = await telling(case())
    assert await talk.answers("confirmed", "没解决", intent="not_solved") == {}


async def test_not_solved_says_more_of_the_report_when_no_case_waits_for_it():
    talk = await telling(case(status="registered"))
    assert (await talk.answers("confirmed", "还没修好", intent="not_solved"))["matter"]["seqs"] == [1, 2]


async def test_not_solved_still_answers_whether_it_is_the_same():
    talk = await telling(case(category=LAMP))
    assert (await talk.answers("same_case", "还没修好", intent="not_solved"))["same_case"] == NUMBER


async def test_with_not_solved_a_person_gets_that_case_and_what_was_being_told_as_one_of_its_own():
    talk = await telling(case(OTHER, "registered"), case())
    await talk.hears("没解决", NotSolved(), intent="not_solved")
    assert talk.named == [("register_case", LAMP), ("hand_off", None)]
    assert talk.commands[0]["message_seqs"] == [1]
    assert (talk.commands[1]["about"], talk.commands[1]["message_seqs"]) == (NUMBER, [2])
    assert talk.slots["matter"] is None


@pytest.mark.parametrize(
    ("cases", "about"), [([case(OTHER, "registered"), case()], NUMBER), ([case(status="closed")], "latest")]
)
async def test_not_solved_is_about_the_case_that_waits_for_it_and_else_about_the_latest(cases, about):
    talk = await Talk(open_cases=cases).hears("没解决", NotSolved(), intent="not_solved")
    assert talk.commands[0]["about"] == about
