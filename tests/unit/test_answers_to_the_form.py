"""What an answer does to a report: a second spot stands beside the first, and a place said with a no is not lost."""

import pytest

from actions.form import AskConfirmed, RegisterCase
from tests.support.talk import LAMP, LIFT, NUMBER, Talk, understood

FIRST = "翠湖苑3号楼"


def named(text, place):
    start = text.index(place)
    return {"place": {"start": start, "end": start + len(place), "text": place}}


async def lamp(place=FIRST, **facts):
    text = f"{place}的路灯不亮"
    talk = await Talk(**facts).hears(text, **understood(LAMP, **(named(text, place) if place else {})))
    talk.slots |= {"same_case": "another", "place": talk.slots["matter"]["place"]}
    return talk


async def adds(talk, text, place=None, code=LAMP, **heard):
    return await talk.answers("confirmed", text, **understood(code, **(named(text, place) if place else {})), **heard)


def places_of(talk):
    matter = talk.slots["matter"]
    return [matter["place"]["text"], *(one["place"]["text"] for one in matter["also"])]


@pytest.mark.parametrize(
    ("text", "place", "second"),
    [
        ("还有清风小区5号楼的路灯也不亮", "清风小区5号楼", "清风小区5号楼"),
        ("另外5号楼的路灯也不亮", "5号楼", "翠湖苑5号楼"),
        ("还有5号楼的路灯也不亮", None, "翠湖苑5号楼"),
    ],
)
async def test_where_the_same_is_wrong_too_is_a_case_of_its_own_and_the_first_place_stays(text, place, second):
    talk = await lamp()
    await adds(talk, text, place)
    assert places_of(talk) == [FIRST, second]
    await talk.runs(AskConfirmed())
    assert "2 件事" in talk.said[-1]
    talk.messages = []
    await talk.runs(RegisterCase())
    told = [command["place"]["text"] for command in talk.commands if command["command"] == "register_case"]
    assert (talk.named, told) == ([("register_case", LAMP)] * 2, [FIRST, second])


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("还有2单元的路灯也不亮", "2单元", "翠湖苑3号楼2单元"),
        ("还有3号楼的路灯一闪一闪", "3号楼", FIRST),
        ("对了，路灯是清风小区5号楼的", "清风小区5号楼", "清风小区5号楼"),
        ("清风小区5号楼的路灯", "清风小区5号楼", "清风小区5号楼"),
    ],
)
async def test_more_of_the_one_place_or_another_instead_is_no_second_case(text, place, told):
    talk = await lamp()
    await adds(talk, text, place)
    assert places_of(talk) == [told]


async def test_a_building_alone_is_in_the_estate_that_was_named_last():
    talk = await lamp()
    await adds(talk, "还有清风小区5号楼的路灯也不亮", "清风小区5号楼")
    await adds(talk, "还有7号楼的路灯也不亮")
    assert places_of(talk) == [FIRST, "清风小区5号楼", "清风小区7号楼"]


async def test_another_matter_beside_a_full_row_does_not_take_the_place_of_the_first():
    talk = await lamp()
    for number in range(5, 11):
        await adds(talk, f"还有清风小区{number}号楼的路灯也不亮", f"清风小区{number}号楼")
    await adds(talk, "还有阳光花园的电梯停了", "阳光花园", LIFT)
    assert len(places_of(talk)) == 5
    assert places_of(talk)[0] == FIRST


@pytest.mark.parametrize(("text", "place"), [("不是，这次是5号楼", None), ("不是同一件，这回是5号楼那边", "5号楼")])
async def test_a_place_said_with_the_no_to_whether_it_is_the_same_is_kept_with_its_words(text, place):
    case = {"number": NUMBER, "status": "registered", "category": LAMP, "place": FIRST, "complaints": 1}
    talk = await lamp("", open_cases=[case])
    talk.slots |= {"same_case": None, "place": None}
    said = understood(LAMP, **(named(text, place) if place else {}))
    filled = await talk.answers("same_case", text, intent="deny", **said)
    assert (filled["same_case"], filled["place"]["text"], filled["matter"]["seqs"]) == ("another", "5号楼", [1, 2])


@pytest.mark.parametrize(
    ("text", "place", "told"), [("不在小区里，在和平路口", "和平路口", "和平路口"), ("不说", None, None)]
)
async def test_a_no_to_where_it_is_counts_as_not_told_only_without_a_place(text, place, told):
    talk = await lamp("")
    talk.slots["place"] = None
    filled = await talk.answers("place", text, intent="deny", **(named(text, place) if place else {}))
    assert filled["place"].get("text") == told
