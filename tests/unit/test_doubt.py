"""When it is in doubt the bot asks one question; then a person does."""

import pytest

from actions import texts
from actions.talk import NotUnderstood
from bot.boundary.taxonomy import taxonomy
from bot.in_context import Heard, read
from tests.support.talk import ACCOUNTS, LAMP, LIFT, NOISE, PERMIT, RESIDENCE, Talk, close, understood


@pytest.mark.parametrize("doubt", ["low", "close"])
@pytest.mark.parametrize("disposition", ["answer", "register", "hand_off"])
async def test_a_doubt_is_one_question_with_the_two_likeliest_whatever_the_boundary_says(doubt, disposition):
    reading = {**close(PERMIT, LAMP, kind="咨询", knowledge=RESIDENCE), "doubt": doubt, "disposition": disposition}
    talk = await Talk().hears("居住证还是路灯", **reading)
    assert talk.said == [texts.NOT_SURE_WHICH]
    assert [button["title"] for button in talk.offered] == [
        taxonomy().name(PERMIT),
        taxonomy().name(LAMP),
        texts.NEITHER["title"],
    ]
    assert talk.commands == []


@pytest.mark.parametrize(("text", "intent"), [("灯和梯", "report"), ("就是楼里的灯还有电梯那里的事情", "inform")])
async def test_short_words_are_asked_with_candidates_too_where_two_are_believable(text, intent):
    talk = await Talk().hears(text, intent=intent, **close(LAMP, LIFT))
    assert len(talk.offered) == 3


async def test_what_is_no_matter_is_no_choice():
    candidates = [["C9903", 0.4], [LAMP, 0.25], [LIFT, 0.2]]
    talk = await Talk().hears("楼里的", **understood("C9903", candidates=candidates))
    assert [button["title"] for button in talk.offered][:2] == [taxonomy().name(LAMP), taxonomy().name(LIFT)]


async def test_with_fewer_than_two_believable_readings_the_question_is_open():
    candidates = [[LAMP, 0.4], [LIFT, 0.1], [NOISE, 0.1]]
    talk = await Talk().hears(
        "我想说一下我们楼里那个东西的事情", **understood(LAMP, doubt="low", candidates=candidates)
    )
    assert talk.said == [texts.ASK_WHAT]
    assert talk.offered == []


UNCLEAR = understood(
    "C9903", candidates=[["C9903", 0.9], [LAMP, 0.02]], spans=[{"kind": "place", "start": 0, "end": 2}]
)
ASKED = {
    "with candidates": close(LAMP, LIFT),
    "openly": UNCLEAR,
}


@pytest.mark.parametrize("first", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("second", ASKED.values(), ids=ASKED)
async def test_after_one_question_of_either_kind_a_person_asks(first, second):
    talk = await Talk().hears("那边", intent="inform", **first)
    assert talk.commands == []
    await talk.hears("那边那个", intent="inform", **second)
    assert talk.commands[0]["command"] == "hand_off"
    assert talk.commands[0]["trigger"] == "ambiguous"
    assert talk.said == []


@pytest.mark.parametrize("first", ASKED.values(), ids=ASKED)
async def test_a_no_to_the_one_question_brings_a_person(first):
    talk = await Talk().hears("那边", **first)
    await talk.hears("不对", NotUnderstood(), intent="deny")
    assert talk.commands[0]["command"] == "hand_off"


async def test_what_was_not_understood_is_not_asked_about_once_more():
    talk = await Talk().hears("不对", NotUnderstood(), intent="deny")
    await talk.hears("那边", **UNCLEAR)
    assert talk.commands[0]["command"] == "hand_off"


async def test_what_is_clear_after_the_question_goes_on():
    talk = await Talk().hears("那边", **UNCLEAR)
    await talk.hears("那边，路灯坏了", **understood(LAMP))
    assert talk.slots["next_step"] == "register"
    assert talk.slots["heard"] is None


async def test_a_chosen_question_is_answered_and_not_registered():
    talk = await Talk().hears("居住证", **close(LAMP, PERMIT, kind="咨询", answers={PERMIT: RESIDENCE["id"]}))
    await talk.presses(PERMIT)
    assert talk.named == [("answer", None)]
    assert "来源：" in talk.said[0]
    assert talk.slots["next_step"] == "said"


async def test_a_chosen_question_without_an_approved_answer_goes_to_a_person():
    talk = await Talk().hears("居住证", **close(LAMP, PERMIT, kind="咨询"))
    await talk.presses(PERMIT)
    assert talk.named == [("hand_off", PERMIT)]


async def test_what_is_chosen_and_only_people_decide_goes_to_a_person():
    talk = await Talk().hears("账目", **close(LAMP, ACCOUNTS))
    await talk.presses(ACCOUNTS)
    assert talk.named == [("hand_off", ACCOUNTS)]


async def test_a_chosen_report_is_registered():
    talk = await Talk().hears("灯和梯", **close(LAMP, LIFT))
    await talk.presses(LIFT)
    assert talk.slots["next_step"] == "register"
    assert talk.heard_matters == [LIFT]


async def test_each_reading_that_may_be_chosen_brings_its_answer():
    async def parse(text):
        return {"intent": {"name": "report"}, "understanding": close(LAMP, PERMIT, kind="咨询")}

    found = await read("居住证怎么办", Heard({"message_seq": 1}), parse)
    assert found["understanding"]["answers"] == {PERMIT: "residence-permit"}
