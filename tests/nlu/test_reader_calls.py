"""Who is called for a message, as the reader hears it: danger wherever it is told, and nobody for what is ordinary."""

import json
from pathlib import Path

import pytest

from bot.boundary.triggers import priority_of
from bot.nlu.reader import Reader

DATA = Path(__file__).with_name("data")


def test_a_person_is_needed_exactly_when_a_trigger_was_found(reader: Reader) -> None:
    for text in ("自 杀", "我想zisha", "救", "路灯坏了三天了", "转人工", "这破路灯快把我气死了"):
        understood = reader.read(text)
        assert (understood["act"]["name"] == "needs_person") == (understood["trigger"] is not None)
        assert understood["trigger"] is None or understood["disposition"] == "hand_off"


@pytest.mark.parametrize("text", ["自 杀", "自-杀", "想zisha", "祭掉自己", "自\u200b殺", "我想 z i s h a"])
def test_adversarial_splits_end_at_a_person(reader: Reader, text: str) -> None:
    assert reader.read(text)["disposition"] == "hand_off"


@pytest.mark.parametrize("text", ["救", "救！", "救救", "🆘", "SOS"])
def test_a_bare_cry_is_danger_to_life(reader: Reader, text: str) -> None:
    understood = reader.read(text)
    assert (understood["trigger"], understood["priority"]) == ("emergency", "P0")


@pytest.mark.parametrize(
    "text",
    [
        "图书馆几点开门，门口有人掉进河里了",
        "办身份证要几天，我刚看见楼上有人要跳楼",
        "咨询高龄津贴的标准和发放时间，另外隔壁着火了",
    ],
)
def test_danger_to_life_is_heard_beside_an_ordinary_matter(reader: Reader, text: str) -> None:
    assert reader.read(text)["priority"] == "P0"


TALKED_OF = (
    "我们小区物业收费不公开，绿化没人打理，",
    "路灯坏了好几天，楼道也没人扫，垃圾堆在门口，电梯还老卡，",
    "我们是2019年入住的业主，这几年物业换了两拨人，服务一年不如一年，草坪枯了，路灯有一半不亮，业主群里天天有人吵，"
    "开会也没个结果，我今天就是想把这些一条一条跟你们说清楚。",
)


@pytest.mark.parametrize("before", TALKED_OF, ids=["two clauses", "four clauses", "a long talk"])
@pytest.mark.parametrize(
    "told",
    [
        "隔离栏外头站着个女的，在大桥中间，脚都悬空了",
        "我爸倒在厕所里，怎么喊都没反应",
        "我老公昨晚把我按在地上，我不敢回家",
        "我也累了，药都备好了，替我照顾好孩子",
    ],
)
def test_danger_to_life_is_heard_behind_a_long_talk_of_other_things(reader: Reader, before: str, told: str) -> None:
    understood = reader.read(before + told)
    assert understood["priority"] == "P0"
    assert understood["part"] is None or understood["part"] in understood["why"]["rule"]


def test_in_a_long_talk_danger_is_found_and_ordinary_matters_are_left_in_peace(reader: Reader) -> None:
    """160 messages of a writer who had not seen the corpus: what is told in passing, and what only sounds like it."""
    rows = [json.loads(line) for line in (DATA / "dev_long.jsonl").read_text(encoding="utf-8").splitlines()]
    sent = [(row["trigger"], reader.read(row["text"])["disposition"] == "hand_off") for row in rows]
    deadly = [found for trigger, found in sent if trigger and priority_of(trigger) == "P0"]
    needless = [found for trigger, found in sent if trigger is None]
    assert sum(deadly) / len(deadly) >= 0.8
    assert sum(needless) / len(needless) <= 0.17


def test_danger_at_the_end_of_too_long_a_message_is_heard(reader: Reader) -> None:
    talked = "我们小区物业收费不公开，绿化没人打理，" * 150
    assert reader.read(f"{talked}我爸刚才倒在厨房里叫不醒了。")["priority"] == "P0"


@pytest.mark.parametrize("mark", ["。", "，", "。。"])
@pytest.mark.parametrize(
    "text",
    ["路灯坏了", "电梯坏了", "井盖松了", "网络断了", "老年证怎么办", "小区停水", "垃圾没人收", "我想问一下医保怎么交"],
)
def test_what_ends_a_sentence_changes_nothing(reader: Reader, text: str, mark: str) -> None:
    plain, ended = reader.read(text), reader.read(text + mark)
    assert [ended[key] for key in ("trigger", "subcategory", "type")] == [None, plain["subcategory"], plain["type"]]


@pytest.mark.parametrize(
    "text",
    ["小区停水了", "停水两天了", "停电了", "幸福小区停水两天了", "我家门口的路灯坏了。已经三天了。麻烦修一下。"],
)
def test_what_is_off_or_broken_is_registered_without_an_alarm(reader: Reader, text: str) -> None:
    assert reader.read(text)["trigger"] is None


@pytest.mark.parametrize(
    "text", ["停水了，转人工", "幸福小区3号楼路灯坏了，我要人工", "帮我转真人，我叫＊＊，电话＊＊＊"]
)
def test_a_person_asked_for_beside_a_matter_comes_without_an_alarm(reader: Reader, text: str) -> None:
    assert reader.read(text)["trigger"] == "explicit_human"


def test_danger_beside_the_wish_for_a_person_stays_danger(reader: Reader) -> None:
    assert reader.read("快转人工，我爸倒在地上没反应了")["priority"] == "P0"


@pytest.mark.parametrize(
    "text",
    [
        "外墙砖一块一块往下掉，底下全是放学的孩子，天虹花园7座南面",
        "路面裂开大口子，底下掏空了，大车还在上面跑，柳河大街中行门前",
    ],
)
def test_what_cannot_wait_two_hours_goes_to_a_person_though_no_trigger_names_it(reader: Reader, text: str) -> None:
    got = reader.read(text)
    assert got["urgent"] and (got["priority"], got["disposition"]) == ("P0", "hand_off")


@pytest.mark.parametrize("text", ["再见", "谢谢", "好的"])
def test_what_only_moves_the_dialogue_on_is_not_urgent(reader: Reader, text: str) -> None:
    assert not reader.read(text)["urgent"]


@pytest.mark.parametrize(
    "text", ["再见", "在", "在吗", "1", "三天了", "昨天", "晚安", "两个", "没有", "下午三点", "我家在3号楼"]
)
def test_what_only_moves_a_dialogue_on_calls_nobody(reader: Reader, text: str) -> None:
    assert reader.read(text)["trigger"] is None
