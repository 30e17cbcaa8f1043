"""A question that names nothing is read with the one that was answered before it; who hears of a name is told at once."""

import pytest

from actions import texts
from actions.talk import SmallTalk
from bot.boundary.context import without_anonymity
from bot.follow_up import Question, kind_of
from bot.in_context import Heard, read
from tests.support.talk import LAMP, Talk, understood

FACTS = {"message_seq": 7}
AID = Question("低保怎么办", [{"seq": 5, "start": 0, "end": 5, "at": 0}], ["dibao-apply"], "C0801")


def reading(known=None, intent="report", **more):
    async def parse(text):
        parse.texts.append(text)
        code = "C0801" if "低保" in text else "C1601"
        hit = {"id": known, "score": 0.1} if known and "低保" in text else None
        told = understood(code, "咨询", knowledge=hit, **more)
        return {"text": text, "intent": {"name": intent}, "understanding": {**told, "disposition": "answer"}}

    parse.texts = []
    return parse


@pytest.mark.parametrize("text", ["那要带什么材料", "多少钱", "要多久？", "在哪办", "需要什么条件", "怎么申请"])
def test_a_question_that_only_asks_on_is_known(text):
    assert kind_of(text) is not None


@pytest.mark.parametrize("text", ["居住证要带什么材料", "路灯坏了怎么办", "谢谢", "什么", "楼上太吵了多久了没人管"])
def test_what_names_something_itself_does_not_ask_on(text):
    assert kind_of(text) is None


async def test_a_question_that_asks_on_is_read_with_what_the_one_before_was_about():
    parse = reading("disabled-card")
    found = await read("那在哪办", Heard(FACTS, question=AID), parse)
    assert parse.texts[-1] == "低保那在哪办"
    assert found["understanding"]["knowledge"]["id"] == "disabled-card"
    assert [piece["seq"] for piece in found["understanding"]["pieces"]] == [5, 7]
    assert found["understanding"]["asks_on"]["answered"] == ["dibao-apply", "disabled-card"]


async def test_an_answer_is_given_only_where_it_tells_what_is_asked():
    told = [
        (await read(text, Heard(FACTS, question=AID), reading("dibao-apply")))["understanding"]["knowledge"]
        for text in ("在哪办", "多少钱")
    ]
    assert [bool(hit) for hit in told] == [True, False]


async def test_what_the_knowledge_does_not_answer_goes_to_a_person_under_the_topic():
    found = await read("多少钱", Heard(FACTS, question=AID), reading())
    talk = await Talk().hears("低保多少钱", **{**found["understanding"], "pieces": None})
    assert talk.named == [("hand_off", "C0801")]


async def test_a_way_to_ask_offline_stays_one_when_the_knowledge_has_nothing_more():
    found = await read("在哪办", Heard(FACTS, question=AID), reading(intent="offline_options"))
    assert found["intent"]["name"] == "offline_options"


async def test_danger_does_not_ask_on():
    call = {"trigger": "self_harm", "priority": "P0"}
    found = await read("多少钱", Heard(FACTS, question=AID), reading("dibao-apply", "needs_person", **call))
    assert found["understanding"]["trigger"] == "self_harm"


# ── who hears of a name ──


@pytest.mark.parametrize(
    "text",
    ["会不会泄露我名字", "能匿名吗", "是谁反映的对方知道吗", "是谁反映的，对方会知道吗？", "可以不留名吗 谢谢", "能匿名嗎", "那物业会知道是我投诉的吗"],
)  # fmt: skip
async def test_who_only_asks_whether_a_name_gets_out_calls_nobody(text):
    found = await read(text, Heard(FACTS), reading(trigger="privacy", priority="P1"))
    assert found["intent"]["name"] == "bot_challenge"
    assert found["understanding"]["trigger"] is None


@pytest.mark.parametrize(
    "text", ["我的信息被泄露了", "是谁举报的我", "心理热线能匿名吗", "别告诉他是我说的", "谢谢", ""]
)
def test_what_only_sounds_like_it_is_no_such_question(text):
    assert without_anonymity(text) is None


async def test_danger_beside_it_stays_danger():
    call = {"trigger": "violence", "priority": "P0"}
    found = await read("能匿名吗", Heard(FACTS), reading(intent="needs_person", **call))
    assert found["intent"]["name"] == "needs_person"


async def test_a_person_asked_for_in_so_many_words_beside_it_comes():
    call = {"trigger": "explicit_human", "priority": "P2", "trigger_rule": "话里点名要人"}
    found = await read("转人工，能匿名吗", Heard(FACTS), reading(intent="needs_person", **call))
    assert found["understanding"]["trigger"] == "explicit_human"


async def test_the_matter_beside_it_is_read_by_itself_and_both_are_answered():
    parse = reading()
    found = await read("楼上装修太吵，能匿名吗", Heard(FACTS), parse)
    assert parse.texts[-1] == "楼上装修太吵"
    assert found["understanding"]["asks"]


async def test_it_is_answered_and_what_was_begun_goes_on():
    talk = Talk()
    talk.slots |= {"heard": [{"text": "坏了", "pieces": []}]}
    await talk.hears("能匿名吗", SmallTalk(), intent="bot_challenge", asks="anonymity")
    assert talk.said == [f"{texts.ANONYMOUS}\n{texts.GO_ON}"]
    assert talk.slots["heard"]


async def test_it_is_answered_alone_when_nothing_was_begun():
    talk = await Talk().hears("能匿名吗", SmallTalk(), intent="bot_challenge", asks="anonymity", subcategory=LAMP)
    assert talk.said == [texts.ANONYMOUS]
