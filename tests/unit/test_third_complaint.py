"""The third complaint about the same case goes to a person."""

import pytest

from actions.about_case import NotSolved
from actions.talk import HandOff
from tests.support.talk import LAMP, LIFT, NUMBER, Talk, understood


def case(complaints, status="open"):
    return {"number": NUMBER, "status": status, "state": "", "category": LAMP, "place": None, "complaints": complaints}


COMPLAINT = f"{NUMBER}这个路灯还是没人来修，已经是第六次跟你们说了"


@pytest.mark.parametrize("complaints", [2, 5])
@pytest.mark.parametrize("number", [NUMBER, None], ids=["named", "not named"])
async def test_the_third_complaint_about_a_case_goes_to_a_person(complaints, number):
    talk = Talk(
        open_cases=[{**case(1), "number": "261125-00021", "category": LIFT}, case(complaints)], case_number=number
    )
    await talk.hears(COMPLAINT, **understood(LAMP, "投诉"))
    assert [(c["command"], c["trigger"], c["about"]) for c in talk.commands] == [("hand_off", "anger_petition", NUMBER)]


async def test_a_complaint_that_names_its_case_is_counted():
    talk = await Talk(open_cases=[case(1)], case_number=NUMBER).hears(COMPLAINT, **understood(LAMP, "投诉"))
    assert [(c["command"], c["number"], c["again"]) for c in talk.commands] == [("add_to_case", NUMBER, True)]


@pytest.mark.parametrize(
    ("intent", "kind"), [("inform", "求助"), ("correct", "投诉"), ("report", "建议"), ("report", "表扬")]
)
async def test_what_is_only_added_to_a_case_is_no_complaint(intent, kind):
    talk = Talk(open_cases=[case(5)], case_number=NUMBER)
    await talk.hears(f"{NUMBER}是5号楼", intent=intent, **understood(LAMP, kind))
    assert [(c["command"], c["again"]) for c in talk.commands] == [("add_to_case", False)]


async def test_more_about_a_named_case_is_added_to_that_one_though_another_was_just_registered():
    talk = Talk(open_cases=[{**case(1), "number": "261125-00021"}, case(1)], case_number=NUMBER)
    talk.slots["registered_at"] = 1
    await talk.hears(f"{NUMBER}是5号楼", intent="inform", **understood(LAMP))
    assert talk.commands[0]["number"] == NUMBER


async def test_anger_about_a_named_case_is_about_that_case():
    talk = Talk(open_cases=[case(1)], case_number=NUMBER)
    await talk.hears(COMPLAINT, HandOff(), intent="needs_person", trigger="anger_petition", subcategory=LAMP)
    assert talk.commands[0]["about"] == NUMBER


@pytest.mark.parametrize(("number", "trigger"), [(NUMBER, "anger_petition"), (None, "not_solved")])
async def test_not_solved_counts_the_complaints_about_the_case_that_is_named(number, trigger):
    talk = Talk(open_cases=[{**case(1), "number": "261125-00021"}, case(2)], case_number=number)
    await talk.hears("还没修好", NotSolved(), intent="not_solved")
    assert talk.commands[0]["trigger"] == trigger
