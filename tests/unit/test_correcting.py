"""What a resident says is wrong right after a registration sets the case right where it is plain; else it is a note."""

import pytest

from bot.corrections import take_apart
from tests.support.talk import ACCOUNTS, LAMP, LIFT, NUMBER, Talk, understood

COVER, PLACE = "C0405", "清河家园3号楼"
READ = {"路灯": LAMP, "井盖": COVER, "账目": ACCOUNTS, "电梯": LIFT}


def case(number=NUMBER, category=LAMP, place=PLACE, status="registered", made="2026-11-25T10:00"):
    return {"number": number, "category": category, "type": "求助", "place": place, "status": status, "made": made}


def correction(text, sure=0.9):
    taken = take_apart(text)
    halves = {
        f"{name}_read": {"subcategory": READ.get(said, "C9903"), "confidence": sure, "place": whole(said)}
        for name, said in (("denied", taken.denied), ("asserted", taken.asserted))
    }
    said = {"denied": taken.denied, "asserted": taken.asserted, "start": taken.start, "field": taken.field}
    return {"correction": {**said, **halves}}


def whole(said):
    return {"start": 0, "end": len(said), "text": said} if "楼" in said or "栋" in said else None


async def hears(text, *cases, registered=None, sure=0.9):
    talk = Talk(open_cases=list(cases))
    talk.slots["registered_at"] = registered
    await talk.hears(text, intent="correct", **understood("C9903", doubt="low", **correction(text, sure)))
    return talk


def places(talk):
    return [(c["number"], c["place"]["text"]) for c in talk.commands if c["command"] == "correct_case"]


async def test_a_building_denied_is_set_right_and_the_estate_stays():
    assert places(await hears("不是3号楼，是5号楼", case())) == [(NUMBER, "清河家园5号楼")]


async def test_a_building_said_in_words_is_the_one_in_digits():
    assert places(await hears("不是三号楼，是五号楼", case())) == [(NUMBER, "清河家园五号楼")]


async def test_what_stays_of_the_place_is_taken_from_the_case_and_not_from_the_masked_words():
    talk = await hears("不是3号楼，是5号楼", case(place="＊＊＊家3号楼门口"))
    assert [part.get("case") for part in talk.commands[0]["place"]["parts"]] == [NUMBER, None, NUMBER]


async def test_a_category_denied_is_set_right():
    talk = await hears("不是路灯，是井盖", case())
    assert [(c["command"], c["number"], c["category"]) for c in talk.commands] == [("correct_case", NUMBER, COVER)]


async def test_a_place_called_wrong_just_after_the_number_is_set_right():
    assert places(await hears("楼号写错了，应该是5号楼", case(), registered=1)) == [(NUMBER, "清河家园5号楼")]


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("不是7号楼，是5号楼", {}),
        ("不是电梯，是井盖", {}),
        ("不是路灯，是井盖", {"sure": 0.4}),
        ("楼号写错了", {}),
    ],
    ids=["another building", "another matter", "not sure", "only called wrong"],
)
async def test_what_is_not_plain_is_added_as_it_was_said(text, more):
    talk = await hears(text, case(), registered=1, **more)
    assert [c["command"] for c in talk.commands] == ["add_to_case"]


async def test_a_closed_case_is_never_changed():
    talk = await hears("不是3号楼，是5号楼", case(status="closed"))
    assert "correct_case" not in [c["command"] for c in talk.commands]


async def test_the_place_of_matters_told_together_is_set_right_in_each_and_not_in_an_older_one():
    cases = (case("261125-00021"), case(), case("261101-00013", made="2026-11-01T10:00"))
    assert [number for number, _ in places(await hears("不是3号楼，是5号楼", *cases))] == ["261125-00021", NUMBER]


async def test_of_matters_told_together_the_denied_one_is_set_right():
    talk = await hears("不是路灯，是井盖", case("261125-00021", LIFT), case())
    assert [c["number"] for c in talk.commands] == [NUMBER]


async def test_a_case_that_turns_into_what_only_people_take_up_goes_to_them():
    talk = await hears("不是路灯，是账目", case())
    assert talk.named == [("add_to_case", None), ("hand_off", ACCOUNTS)]


async def test_in_the_middle_of_another_matter_no_case_is_changed():
    talk = Talk(open_cases=[case()])
    talk.slots["heard"] = [{"text": "坏了", "pieces": [{"seq": 0, "start": 0, "end": 2, "at": 0}]}]
    text = "不是路灯，是井盖"
    await talk.hears(text, intent="correct", **understood("C9903", doubt="low", **correction(text)))
    assert "correct_case" not in [c["command"] for c in talk.commands]
