"""Of two matters in one message none is lost."""

import pytest

from actions import texts
from actions.form import AskConfirmed, RegisterCase
from actions.talk import Aside, GiveUp, HandOff
from bot.boundary.taxonomy import taxonomy
from bot.in_context import Heard, read
from tests.support.talk import ACCOUNTS, LAMP, LIFT, NOISE, PERMIT, RESIDENCE, Talk, close, told, understood

BOTH = "居住证怎么办？另外我们楼下路灯坏了"


@pytest.mark.parametrize("order", [1, -1], ids=["question first", "report first"])
@pytest.mark.parametrize("doubt", [None, "low", "close"])
async def test_a_question_is_answered_and_the_matter_beside_it_offered_for_registration(order, doubt):
    matters = told((PERMIT, "咨询"), (LAMP, "求助"))[::order]
    talk = await Talk().hears(BOTH, **understood(PERMIT, "咨询", knowledge=RESIDENCE, matters=matters, doubt=doubt))
    assert talk.named == [("answer", None)]
    assert talk.slots["next_step"] == "register"
    assert talk.heard_matters == [LAMP]
    await talk.runs(AskConfirmed())
    assert taxonomy().name(LAMP) in talk.said[-1]
    assert texts.RIGHT in talk.offered


async def test_the_first_answer_of_two_actions_greets_once():
    talk = Talk(first_contact=True)
    matters = told((PERMIT, "咨询"), (LAMP, "求助"))
    await talk.hears(BOTH, **understood(PERMIT, "咨询", knowledge=RESIDENCE, matters=matters))
    await talk.runs(AskConfirmed())
    assert [("机器人" in text) for text in talk.said] == [True, False]


async def test_the_clause_that_asks_finds_its_answer_beside_one_that_tells():
    async def parse(text):
        matters = told((PERMIT, "咨询"), (LAMP, "求助"))
        return {"intent": {"name": "report"}, "understanding": understood(LAMP, matters=matters)}

    found = await read(f"{BOTH}，晚上黑灯瞎火的，老人小孩走路都看不清", Heard({"message_seq": 1}), parse)
    assert found["understanding"]["answers"] == {PERMIT: "residence-permit"}


async def test_a_question_without_an_answer_brings_a_person_and_the_other_matter_is_filed():
    matters = told((PERMIT, "咨询"), (LAMP, "求助"))
    talk = await Talk().hears(BOTH, **understood(PERMIT, "咨询", matters=matters))
    assert sorted(talk.named) == [("hand_off", PERMIT), ("register_case", LAMP)]


async def test_one_answer_is_not_given_to_two_questions():
    matters = told((PERMIT, "咨询"), ("C1601", "咨询"))
    answers = {PERMIT: RESIDENCE["id"], "C1601": RESIDENCE["id"]}
    talk = await Talk().hears("居住证和窗口", **understood(PERMIT, "咨询", matters=matters, answers=answers))
    assert {name for name, _ in talk.named} == {"hand_off", "register_case"}


@pytest.mark.parametrize(("disposition", "whole"), [("hand_off", ACCOUNTS), ("register", LAMP), ("answer", PERMIT)])
async def test_of_two_matters_a_person_takes_the_one_for_people_and_the_other_is_filed_too(disposition, whole):
    reading = {**understood(whole, matters=told((LAMP, "求助"), (ACCOUNTS, "其他"))), "disposition": disposition}
    talk = await Talk().hears("路灯坏了，另外我要看账目", **reading)
    assert talk.named == [("register_case", LAMP), ("hand_off", ACCOUNTS)]


async def test_of_two_matters_for_people_both_are_named():
    reading = understood(ACCOUNTS, matters=told((ACCOUNTS, "其他"), ("C0701", "投诉")))
    talk = await Talk().hears("我要看账目，另外楼上和我吵", **{**reading, "disposition": "hand_off"})
    assert {code for _, code in talk.named} == {ACCOUNTS, "C0701"}
    assert talk.commands[-1]["command"] == "hand_off"


async def test_two_clear_matters_are_confirmed_together_and_not_asked_about():
    talk = await Talk().hears(
        "路灯坏了，另外电梯停了", **close(LAMP, LIFT, matters=told((LAMP, "求助"), (LIFT, "求助")))
    )
    assert talk.slots["next_step"] == "register"
    assert talk.heard_matters == [LAMP, LIFT]


@pytest.mark.parametrize("picked", [LAMP, LIFT])
async def test_of_two_unsure_matters_the_one_that_is_not_picked_stays_beside_the_other(picked):
    matters = [{**one, "confidence": 0.3} for one in told((LAMP, "求助"), (LIFT, "求助"))]
    talk = await Talk().hears("灯坏了，另外梯停了", **close(NOISE, LIFT, matters=matters))
    assert [button["title"] for button in talk.offered][:2] == [taxonomy().name(LAMP), taxonomy().name(LIFT)]
    await talk.presses(picked)
    assert talk.heard_matters[0] == picked
    assert sorted(talk.heard_matters) == sorted([LAMP, LIFT])


async def test_small_talk_beside_a_matter_is_none():
    matters = told(("C9902", "表扬"), (LAMP, "求助"))
    talk = await Talk().hears("你们辛苦了，另外路灯坏了", **understood(LAMP, "表扬", matters=matters))
    assert talk.heard_matters == [LAMP]
    assert talk.slots["matter"]["type"] == "求助"


TWO = {"matters": told((LAMP, "求助"), (LIFT, "求助"))}


@pytest.mark.parametrize("action", [HandOff(), GiveUp()], ids=["asked for", "called wrong twice"])
async def test_a_person_called_in_the_middle_of_a_report_of_two_matters_gets_both(action):
    talk = await Talk().hears("路灯坏了，另外电梯停了", **understood(LAMP, **TWO))
    await talk.hears("转人工", action, intent="needs_person", trigger="explicit_human")
    assert talk.named == [("register_case", LIFT), ("hand_off", LAMP)]


async def test_a_matter_told_beside_a_question_in_the_middle_of_a_report_joins_it():
    talk = await Talk().hears("路灯坏了", **understood(LAMP))
    beside = told((PERMIT, "咨询"), (LIFT, "求助"), (LAMP, "求助"))
    await talk.hears(
        "居住证怎么办？另外电梯停了", Aside(), **understood(PERMIT, "咨询", knowledge=RESIDENCE, matters=beside)
    )
    assert talk.named == [("answer", None)]
    assert talk.heard_matters == [LAMP, LIFT]


async def test_three_matters_are_confirmed_together_and_each_becomes_a_case():
    matters = told((LAMP, "求助"), (LIFT, "求助"), (NOISE, "投诉"))
    talk = await Talk().hears("路灯坏了，另外电梯停了，还有楼上太吵", **close(LAMP, LIFT, matters=matters))
    assert talk.heard_matters == [LAMP, LIFT, NOISE]
    await talk.runs(AskConfirmed())
    assert "3 件事" in talk.said[-1]
    talk.messages = []
    await talk.runs(RegisterCase())
    assert talk.named == [("register_case", LAMP), ("register_case", LIFT), ("register_case", NOISE)]
