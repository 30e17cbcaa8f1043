"""Who asks whether a name gets out is answered, wherever the matter stands; whoever may be in danger gets a person."""

import pytest

from actions import texts
from actions.form import AskPlace
from bot.boundary import context
from bot.in_context import Heard, read
from tests.support.talk import NOISE, Talk, understood

FACTS = {"message_seq": 7, "open_cases": []}
LOUD, FOUND_OUT = "楼上太吵", "他会知道是我吗"
VIOLENCE = {"trigger": "violence", "priority": "P0", "disposition": "hand_off"}


def parse_of(**told):
    """A parse that reads every text as the same ordinary matter, but those of `told`."""

    async def parse(text):
        parse.texts.append(text)
        reading = {**understood(NOISE, "投诉", trigger=None), **told.get(text, {})}
        intent = "needs_person" if reading["trigger"] else "report"
        return {"text": text, "intent": {"name": intent}, "understanding": reading}

    parse.texts = []
    return parse


async def asks_after(*earlier, question=FOUND_OUT, facts=FACTS, **readings):
    """What becomes of the question, which by itself sounds like violence."""
    parse = parse_of(**{question: VIOLENCE}, **readings)
    return (await read(question, Heard(facts, list(earlier)), parse))["understanding"]


@pytest.mark.parametrize(
    "text", ["能匿名吗，楼上太吵", "能匿名吗？楼上太吵", "你好，能匿名吗 楼上太吵", "楼上太吵，能匿名吗，谢谢"]
)
async def test_the_matter_is_read_by_itself_on_whichever_side_of_the_question(text):
    parse = parse_of()
    found = await read(text, Heard(FACTS), parse)
    assert (found["text"], found["intent"]["name"]) == (LOUD, "report")
    assert found["understanding"]["asks"] == "anonymity"


async def test_what_is_told_behind_the_question_is_found_again_in_the_messages():
    pieces = [{"seq": 6, "start": 0, "end": 4, "at": 0}, {"seq": 7, "start": 5, "end": 9, "at": 0}]
    found = await read("能匿名吗\n楼上太吵", Heard({**FACTS, "pieces": pieces}), parse_of())
    assert found["understanding"]["pieces"] == [{"seq": 7, "start": 0, "end": 4, "at": 0}]


async def test_what_is_told_on_both_sides_of_the_question_is_one_text():
    found = await read("楼上太吵，能匿名吗，天天半夜装修", Heard(FACTS), parse_of())
    assert found["text"] == "楼上太吵，天天半夜装修"
    assert [(one["start"], one["at"]) for one in found["understanding"]["pieces"]] == [(0, 0), (5, 10)]


@pytest.mark.parametrize("text", ["会不会泄露我名字，比如给物业", "能匿名吗，我怕得罪人", "能匿名吗，担心邻居知道"])
def test_what_only_goes_on_with_the_question_is_no_matter(text):
    assert context.without_anonymity(text) == []


async def test_the_answer_comes_first_and_the_matter_is_taken_on():
    talk = await Talk().hears(LOUD, **understood(NOISE, "投诉", asks="anonymity"))
    assert talk.slots["next_step"] == "register"
    await talk.runs(AskPlace())
    assert talk.said == [f"{texts.ANONYMOUS}\n{texts.ASK_PLACE}"]


@pytest.mark.parametrize("earlier", [[LOUD], [LOUD, "/affirm"], ["清风小区3号楼垃圾没人收", "对，就这样", "谢谢"]])
async def test_in_talk_of_an_ordinary_matter_it_is_no_more_than_that_question(earlier):
    found = await asks_after(*earlier)
    assert (found["asks"], found["trigger"]) == ("anonymity", None)


async def test_beside_an_ordinary_matter_it_is_no_more_than_that_either():
    text = f"{LOUD}，{FOUND_OUT}"
    found = await read(text, Heard(FACTS), parse_of(**{text: VIOLENCE}))
    assert (found["text"], found["understanding"]["asks"]) == (LOUD, "anonymity")


@pytest.mark.parametrize(
    "earlier",
    [
        [],
        ["/affirm"],
        ["楼上太吵，他说要弄死我"],
        [LOUD, "他说再投诉就找人"],
        [LOUD, "我老公脾气大"],
        ["楼上半夜砸东西"],
        [LOUD, "我有点怕"],
    ],
)
async def test_alone_or_where_there_may_be_somebody_to_fear_it_goes_to_a_person(earlier):
    assert (await asks_after(*earlier))["trigger"] == "violence"


async def test_danger_read_in_what_was_said_before_goes_to_a_person():
    assert (await asks_after(LOUD, "我先走了", **{"我先走了": VIOLENCE}))["trigger"] == "violence"


async def test_a_matter_that_is_for_people_is_no_ordinary_one():
    family = {"我和家里的事": {"subcategory": "C0702", "disposition": "hand_off"}}
    assert (await asks_after("我和家里的事", **family))["trigger"] == "violence"


async def test_an_own_case_in_which_somebody_may_be_feared_is_thought_of():
    facts = {**FACTS, "open_cases": [{"number": "1", "category": "C0702", "status": "registered"}]}
    assert (await asks_after(LOUD, facts=facts))["trigger"] == "violence"


async def test_what_a_rule_has_found_is_danger_whatever_was_said_before():
    parse = parse_of(**{FOUND_OUT: {**VIOLENCE, "trigger_rule": "violence.said"}})
    assert (await read(FOUND_OUT, Heard(FACTS, [LOUD]), parse))["understanding"]["trigger"] == "violence"


@pytest.mark.parametrize("trigger", ["self_harm", "minor", "emergency", "scam"])
async def test_another_danger_is_never_taken_for_the_question(trigger):
    parse = parse_of(**{FOUND_OUT: {**VIOLENCE, "trigger": trigger}})
    assert (await read(FOUND_OUT, Heard(FACTS, [LOUD]), parse))["understanding"]["trigger"] == trigger


@pytest.mark.parametrize("reading", [{}, {"trigger": "ambiguous", "priority": "P2"}])
async def test_who_was_threatened_gets_a_person_though_the_question_sounds_harmless(reading):
    parse = parse_of(**{FOUND_OUT: reading})
    found = await read(FOUND_OUT, Heard(FACTS, [LOUD, "他说再投诉就找人收拾我"]), parse)
    assert (found["intent"]["name"], found["understanding"]["priority"]) == ("needs_person", "P0")
    assert found["understanding"]["pieces"]


async def test_who_speaks_of_a_threat_and_asks_whether_it_can_be_anonymous_is_answered():
    found = await read("能匿名吗", Heard(FACTS, ["物业威胁要停水"]), parse_of())
    assert found["understanding"]["asks"] == "anonymity"
