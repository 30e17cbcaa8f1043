"""What only the conversation shows: a child writing, anger that rises, and who decides."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.boundary import context
from bot.boundary.triggers import triggers
from bot.in_context import Heard, read


@pytest.mark.parametrize(
    "text",
    [
        "我今年8岁",
        "我是小学生，学校门口的灯坏了",
        "我上三年级",
        "叔叔我才十岁",
        "我是未成年人",
        "爸爸妈妈都不在家我一个人在家",
    ],
)
def test_a_child_that_says_so_is_heard(text):
    assert context.is_child(text)


@pytest.mark.parametrize(
    "text",
    [
        "我家孩子今年8岁",
        "我儿子上三年级，想问转学",
        "我8岁的时候就住这里",
        "我妈今年80岁",
        "我今年70岁了",
        "我上初中那年修的路",
        "我今年五十岁",
    ],
)
def test_who_speaks_of_a_child_or_of_long_ago_is_no_child(text):
    assert not context.is_child(text)


@pytest.mark.parametrize(
    "text",
    [
        "是人定的还是电脑定的",
        "我的补贴是系统算的还是人审的",
        "凭什么让机器决定",
        "这是不是电脑自动批的？",
        "我不接受机器人来定",
    ],
)
def test_asking_who_decides_is_heard(text):
    assert context.about_machine_decision(text)


@pytest.mark.parametrize("text", ["你是机器人吗", "电脑坏了找谁修", "系统登不上去", "人定胜天"])
def test_a_machine_that_decides_nothing_is_no_such_question(text):
    assert not context.about_machine_decision(text)


@pytest.mark.parametrize(
    "text",
    [
        "停水了，转人工", "转人工，我叫＊＊，电话＊＊＊", "楼下太吵，找工作人员", "路灯坏了，我要人工", "帮我转真人，垃圾没人收",
        "给我换个真人说", "人工！",
    ],
)  # fmt: skip
def test_a_person_asked_for_anywhere_in_a_message_is_heard(text):
    assert context.asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "人工湖的水臭了", "人工费收多少", "不用转人工", "刚才那个工作人员态度很好", "骗子让我按九转人工", "别转人工了",
        "我妈换人工关节能报多少", "转人工要等多久",
    ],
)  # fmt: skip
def test_who_only_speaks_of_people_asks_for_none(text):
    assert context.asks_for_person(text) is None


def test_one_angry_sentence_is_nothing_a_second_one_soon_after_is():
    first, second = "这破路灯快把我气死了", "到底有没有人管！！"
    assert not context.anger_rises(first, [])
    assert not context.anger_rises(second, ["路灯坏了"])
    assert context.anger_rises(second, [first, "3号楼"])
    assert not context.anger_rises(second, [first, "3号楼", "对", "还有一件事"])
    assert not context.anger_rises("谢谢", [first, second])


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text):
    context.is_child(text), context.about_machine_decision(text), context.anger_rises(text, [text])


# ── the message beside the conversation ──


def parsed(intent="report", **understood):
    async def parse(text):
        parse.texts.append(text)
        return {"text": text, "intent": {"name": intent, "confidence": 0.9}, "understanding": dict(understood)}

    parse.texts = []
    return parse


FACTS = {"message_seq": 7}


async def test_a_plain_message_stays_what_it_is_and_knows_where_it_stands():
    found = await read("路灯坏了", Heard(FACTS), parsed(subcategory="C0406"))
    assert found["intent"]["name"] == "report"
    assert found["understanding"]["pieces"] == [{"seq": 7, "start": 0, "end": 4, "at": 0}]


@pytest.mark.parametrize(
    ("text", "earlier", "trigger"),
    [
        ("路灯不亮了我害怕", ["我今年9岁"], "minor"),
        ("我的低保是人定的还是电脑定的", [], "legal_eligibility"),
        ("你们到底管不管！！", ["都没人管，气死我了"], "anger_petition"),
        ("路灯坏了", ["路灯坏了", "路灯坏了"], "bot_failed"),
    ],
)
async def test_the_conversation_calls_a_person_where_the_sentence_does_not(text, earlier, trigger):
    found = await read(text, Heard(FACTS, earlier), parsed(subcategory="C0406", trigger=None, priority=None))
    assert found["intent"]["name"] == "needs_person"
    understood = found["understanding"]
    assert (understood["trigger"], understood["disposition"]) == (trigger, "hand_off")
    assert understood["priority"] == triggers()[trigger].priority
    assert understood["why"]["rule"]


async def test_danger_is_never_made_less():
    found = await read(
        "我不想活了！！", Heard(FACTS, ["没人管我！！"]), parsed("needs_person", trigger="self_harm", priority="P0")
    )
    assert found["understanding"]["trigger"] == "self_harm"


async def test_a_case_number_asks_for_its_progress_unless_more_is_said_of_it():
    facts = {**FACTS, "case_number": "261125-00013"}
    assert (await read("261125-00013", Heard(facts), parsed("inform")))["intent"]["name"] == "ask_progress"
    assert (await read("把261125-00013撤了", Heard(facts), parsed("withdraw_case")))["intent"][
        "name"
    ] == "withdraw_case"


async def test_more_words_beside_a_case_number_are_not_only_a_question_for_it():
    facts = {**FACTS, "case_number": "261125-00013"}
    found = await read("261125-00013地址写错了，是5号楼", Heard(facts), parsed("correct"))
    assert found["intent"]["name"] == "correct"


@pytest.mark.parametrize(
    "told", ["二六一一二五零零零一三", "261125杠00013", "２６１１２５ ０００１３", "二六一一二五－零零零幺三"]
)
async def test_a_case_number_however_it_is_said_asks_for_its_progress(told):
    facts = {**FACTS, "case_number": "261125-00013"}
    assert (await read(f"{told}到哪一步了", Heard(facts), parsed("inform")))["intent"]["name"] == "ask_progress"


async def test_danger_beside_a_case_number_stays_danger_whichever_reading_hears_it():
    number, facts = "261125-00013", {**FACTS, "case_number": "261125-00013"}
    call = {"trigger": "self_harm", "priority": "P0", "disposition": "hand_off"}

    def hears(with_number, alone):
        async def parse(text):
            intent = with_number if number in text else alone
            return {"intent": {"name": intent}, "understanding": call if intent == "needs_person" else {}}

        return parse

    for parse in (hears("needs_person", "report"), hears("ask_progress", "needs_person")):
        found = await read(f"{number} 我不想活了真的", Heard(facts), parse)
        assert found["intent"]["name"] == "needs_person"
        assert found["understanding"]["trigger"] == "self_harm"


@pytest.mark.parametrize(("cases", "intent"), [([], "report"), ([{"number": "261125-00013"}], "not_solved")])
async def test_not_solved_is_said_of_a_case_that_is_there(cases, intent):
    facts = {**FACTS, "open_cases": cases}
    assert (await read("灯不亮了", Heard(facts), parsed("not_solved", subcategory="C0406")))["intent"]["name"] == intent


async def test_one_angry_fragment_is_not_a_second_angry_sentence():
    angry = "到底有没有人管啊！！"
    heard = Heard(FACTS, [angry], [{"text": angry, "pieces": [{"seq": 3, "start": 0, "end": len(angry), "at": 0}]}])
    found = await read("楼道的灯坏了", heard, parsed("report", subcategory="C0406", trigger=None))
    assert found["intent"]["name"] == "report"


async def test_asking_for_progress_three_times_is_no_failure_of_the_bot():
    found = await read("查进度", Heard(FACTS, ["查进度", "查进度"]), parsed("ask_progress"))
    assert found["intent"]["name"] == "ask_progress"


async def test_fragments_are_read_together_and_keep_their_places():
    heard = Heard(FACTS, ["我们小区"], [{"text": "我们小区", "pieces": [{"seq": 3, "start": 0, "end": 4, "at": 0}]}])
    parse = parsed("inform", subcategory="C0406")
    found = await read("路灯坏了", heard, parse)
    assert parse.texts[-1] == "我们小区，路灯坏了"
    assert found["intent"]["name"] == "report"
    assert found["understanding"]["pieces"] == [
        {"seq": 3, "start": 0, "end": 4, "at": 0},
        {"seq": 7, "start": 5, "end": 9, "at": 0},
    ]


async def test_thanks_are_not_read_together_with_a_fragment():
    heard = Heard(FACTS, ["我们小区"], [{"text": "我们小区", "pieces": [{"seq": 3, "start": 0, "end": 4, "at": 0}]}])
    assert (await read("谢谢", heard, parsed("thanks")))["intent"]["name"] == "thanks"


async def test_in_a_form_both_halves_of_a_correction_are_read_by_themselves():
    parse = parsed("correct", subcategory="C0405")
    found = await read("不是路灯,是井盖", Heard(FACTS, in_form=True), parse)
    assert parse.texts == ["不是路灯,是井盖", "井盖", "路灯"]
    correction = found["understanding"]["correction"]
    assert (correction["denied"], correction["asserted"]) == ("路灯", "井盖")
    assert correction["asserted_read"]["subcategory"] == "C0405"


UNKNOWN = {"trigger": "ambiguous", "priority": "P2", "trigger_rule": None, "act": {"otherwise": "inform"}}
FRAGMENT = [{"text": "坏了", "pieces": [{"seq": 3, "start": 0, "end": 2, "at": 0}]}]


async def test_what_says_too_little_is_asked_about_once():
    first = await read("就那个", Heard(FACTS), parsed("needs_person", **UNKNOWN))
    assert first["intent"]["name"] == "inform"
    assert first["understanding"]["trigger"] is None
    assert first["understanding"]["doubt"] == "low"


@pytest.mark.parametrize("text", ["救", "快来人", "出事了", "帮帮我", "🆘", "？？？"])
async def test_what_may_be_a_cry_or_has_no_words_goes_to_a_person_at_once(text):
    found = await read(text, Heard(FACTS), parsed("needs_person", **UNKNOWN))
    assert found["intent"]["name"] == "needs_person"


@pytest.mark.parametrize("heard", [Heard(FACTS, in_form=True), Heard(FACTS, fragments=FRAGMENT)], ids=["form", "asked"])
@pytest.mark.parametrize("text", ["不好了", "求求你们", "快帮忙", "来人", "晕", "疼", "快点来", "救"])
async def test_what_may_be_a_cry_goes_to_a_person_whatever_was_asked(text, heard):
    cries = {**UNKNOWN, "act": {"otherwise": "confirm_solved", "only_moves": True}}
    found = await read(text, heard, parsed("needs_person", **cries))
    assert found["intent"]["name"] == "needs_person"
    assert found["understanding"]["trigger"] == "ambiguous"


@pytest.mark.parametrize("heard", [Heard(FACTS, in_form=True), Heard(FACTS, fragments=FRAGMENT)], ids=["form", "asked"])
async def test_short_words_that_answer_a_question_are_an_answer(heard):
    found = await read("不知道", heard, parsed("needs_person", **UNKNOWN))
    assert found["intent"]["name"] == "inform"
    assert found["understanding"]["trigger"] is None


WHY = {"phrases": ["路灯"], "rule": "触发 ambiguous", "nearest": ["快来人"]}


@pytest.mark.parametrize(
    "heard",
    [Heard(FACTS), Heard(FACTS, in_form=True), Heard({**FACTS, "kind": "location"}, in_form=True)],
    ids=["asked about", "an answer", "a location"],
)
async def test_a_call_that_does_not_stand_is_not_the_reason_given(heard):
    found = await read("就那个", heard, parsed("needs_person", **UNKNOWN, why=WHY))
    assert found["understanding"]["why"]["rule"].startswith("对话规则：")
    assert found["understanding"]["why"]["nearest"] == []
    assert found["understanding"]["why"]["phrases"] == ["路灯"]


async def test_the_reason_of_the_conversation_takes_the_place_of_the_sentence_s_own():
    found = await read("我上三年级", Heard(FACTS), parsed("needs_person", trigger="hardship", priority="P1", why=WHY))
    assert found["understanding"]["trigger"] == "minor"
    assert found["understanding"]["why"] == {"phrases": ["路灯"], "rule": "对话规则：孩子自己在写", "nearest": []}


async def test_a_call_heard_beside_a_case_number_brings_its_own_reasons():
    call = {"trigger": "self_harm", "priority": "P0", "why": {"rule": "触发 self_harm", "nearest": ["不想活了"]}}

    async def parse(text):
        if "261125" in text:
            return {"intent": {"name": "ask_progress"}, "understanding": {"why": {"rule": "边界", "nearest": []}}}
        return {"intent": {"name": "needs_person"}, "understanding": call}

    found = await read("261125-00013 我不想活了真的", Heard({**FACTS, "case_number": "261125-00013"}), parse)
    assert found["understanding"]["why"] == call["why"]


@pytest.mark.parametrize(
    "more",
    [
        {"trigger": "violence", "priority": "P0", "trigger_confidence": 0.95, "act": {"only_moves": True}},
        {"trigger": "violence", "priority": "P0", "trigger_confidence": 0.5, "act": {"only_moves": False}},
        {"trigger": "hardship", "priority": "P1", "trigger_rule": "life.1", "act": {"only_moves": True}},
    ],
)
async def test_in_a_form_danger_stays_danger(more):
    found = await read("他又来了", Heard(FACTS, in_form=True), parsed("needs_person", **more))
    assert found["intent"]["name"] == "needs_person"


async def test_of_several_matters_one_is_dropped_not_the_whole_report():
    found = await read("第二件不要了", Heard(FACTS, in_form=True), parsed("cancel"))
    assert found["intent"]["name"] == "correct"


def test_the_rules_file_is_wellformed():
    with pytest.raises((KeyError, TypeError)):
        context.parse("version: 1")
    assert all(isinstance(sign, re.Pattern) for sign in context.context().anger.any)
