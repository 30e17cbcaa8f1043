"""What the bot does with what it heard: one question when it is in doubt, no matter lost, a person the third time."""

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import texts
from actions.about_case import NotSolved
from actions.consider import Consider
from actions.form import AskConfirmed
from actions.talk import Aside, GiveUp, HandOff, NotUnderstood
from bot.boundary.taxonomy import taxonomy
from bot.in_context import Heard, read

LAMP, LIFT, PERMIT, ACCOUNTS, NOISE = "C0406", "C0103", "C1602", "C1605", "C0303"
RESIDENCE = {"id": "residence-permit", "score": 0.5}
NUMBER = "261125-00013"


class Talk:
    """The action server's side of a dialogue: slots are kept from one message to the next."""

    def __init__(self, **facts):
        self.facts = {"message_seq": 0, **facts}
        self.slots, self.events, self.messages = {}, [], []

    async def hears(self, text, action=None, *, intent="report", entities=None, **understood):
        self.facts = {**self.facts, "message_seq": self.facts["message_seq"] + 1}
        self.latest = {
            "text": text,
            "intent": {"name": intent},
            "understanding": understood,
            "metadata": self.facts,
            "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
        }
        self.events.append({"event": "user", "metadata": self.facts})
        self.messages = []
        return await self.runs(action or Consider())

    async def runs(self, action):
        dispatcher = CollectingDispatcher()
        tracker = Tracker("1-1", self.slots, self.latest, self.events, False, None, {}, "action_listen")
        for event in await action.run(dispatcher, tracker, {}):
            self.slots[event["name"]] = event["value"]
        self.events += [{"event": "bot", "text": message.get("text")} for message in dispatcher.messages]
        self.messages += dispatcher.messages
        return self

    async def presses(self, code):
        return await self.hears("/choose_category", intent="choose_category", entities={"category": code})

    @property
    def commands(self):
        return [message["custom"] for message in self.messages if message.get("custom")]

    @property
    def named(self):
        return [(command["command"], command.get("category")) for command in self.commands]

    @property
    def said(self):
        return [message["text"] for message in self.messages if message.get("text")]

    @property
    def offered(self):
        """The buttons above the doors."""
        every = [button for message in self.messages for button in message.get("buttons") or []]
        return [button for button in every if button not in texts.DOORS]

    @property
    def heard_matters(self):
        matter = self.slots["matter"]
        return [matter["subcategory"], *(one["subcategory"] for one in matter["also"])]


def understood(code, kind="求助", **more):
    disposition = "answer" if code == PERMIT else "register"
    return {"subcategory": code, "type": kind, "disposition": disposition, "doubt": None, **more}


def close(first, second, **more):
    return understood(first, doubt="close", candidates=[[first, 0.48], [second, 0.42], ["C9903", 0.05]], **more)


def told(*matters):
    return [{"subcategory": code, "type": kind, "confidence": 0.9} for code, kind in matters]


# ── in doubt: one question, then a person ──


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


# ── two matters in one message ──


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


# ── the third complaint about the same case ──


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
