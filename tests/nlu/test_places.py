"""Where a place begins and ends, by the labelling rules; and how often that is so on sentences nobody trained on."""

import json
from pathlib import Path

import pytest

from bot.cli.measures import place_of, span_f1
from bot.nlu.places import is_one, settle
from bot.nlu.spans import Span, as_stretches

SENTENCES = Path(__file__).parent / "data" / "dev_places.jsonl"
LEAST = 0.6  # of exact spans; the writer of these marks longer places than the writers of the other sets


@pytest.mark.parametrize(
    ("text", "found", "settled"),
    [
        ("就是那个银桂路口红灯不亮", "就是那个银桂路口", "银桂路口"),
        ("翠湖苑2栋301漏水", "翠湖苑2栋", "翠湖苑2栋301"),
        ("龙腾物流园三号库半夜卸货", "龙腾物流园", "龙腾物流园三号库"),
        ("明珠大厦地下一层锁死", "明珠大厦", "明珠大厦地下一层"),
        ("文昌街邮局斜对面那家", "文昌街邮局", "文昌街邮局斜对面"),
        ("12栋楼顶漏水", "12栋楼", "12栋"),
        ("老粮站楼上住着三户", "老粮站楼", "老粮站楼上"),
        ("碧云小区南门快递柜满了", "碧云小区南门快", "碧云小区南门"),
        ("碧云小区南门门禁坏了", "碧云小区南门门", "碧云小区南门"),
        ("安民街十二号楼前头积水", "安民街十二号楼", "安民街十二号楼前头"),
        ("农贸城D区14号门面漏电", "农贸城D区14号门", "农贸城D区14号门面"),
        ("翠湖苑那个7栋302嗯门禁坏了", "7栋302嗯", "7栋302"),
        ("登记 13800000773 5锦绣里7栋", "5锦绣里7栋", "5锦绣里7栋"),
        ("电话13800000773锦绣里7栋", "3锦绣里7栋", "锦绣里7栋"),
        ("长者食堂(荷塘店)太咸", "长者食堂(荷塘店", "长者食堂(荷塘店)"),
        ("凤尾渠上游有人洗车", "凤尾渠", "凤尾渠上游"),
        ("百合里那条路坏了", "百合里那条路", "百合里"),
        ("豆腐坊后头那条沟发白", "豆腐坊后头那", "豆腐坊后头那条沟"),
        ("富民花园西侧那个工地打桩", "富民花园西侧", "富民花园西侧那个工地"),
        ("富民花园西侧那个店员骂人", "富民花园西侧", "富民花园西侧"),
        ("云栖苑东门那个大坑", "云栖苑东门", "云栖苑东门"),
        ("双孝桥往下走五十米有水", "双孝桥", "双孝桥往下走五十米"),
        ("竹器巷口子上漏了一地", "竹器巷", "竹器巷口子"),
        ("学院南路天桥底下有摊", "学院南路天桥", "学院南路天桥底下"),
        ("枣园北里8号楼门厅停着车", "枣园北里8号楼", "枣园北里8号楼门厅"),
        ("只剩四十分钟枣园里3座604", "钟枣园里3座604", "枣园里3座604"),
        ("菱塘二组9号13900000102", "菱塘二组9号1", "菱塘二组9号"),
        ("榆树村三四十号人闹肚子", "榆树村", "榆树村"),
        ("榆树村村支书管不管", "榆树村村", "榆树村"),
    ],
)
def test_a_place_reaches_from_its_name_to_what_still_says_where(text: str, found: str, settled: str) -> None:
    start = text.index(found)
    start, end = settle(text, start, start + len(found))
    assert text[start:end] == settled


@pytest.mark.parametrize("words", ["11楼跟12楼", "七楼", "八点半", "那个车牌", "35路"])
def test_floors_hours_and_bus_lines_are_no_place(words: str) -> None:
    assert not is_one(words)


@pytest.mark.parametrize(
    ("text", "found", "joined"),
    [
        ("从青石桥到石佛沟全淤了", ["青石桥", "石佛沟"], ["青石桥到石佛沟"]),
        ("柏树村至马家坪那条机耕路断了", ["柏树村", "马家坪那条机耕路"], ["柏树村至马家坪那条机耕路"]),
        ("柏树村跟马家坪都停水", ["柏树村", "马家坪"], ["柏树村", "马家坪"]),
        ("青石桥到了，石佛沟没到", ["青石桥", "石佛沟"], ["青石桥", "石佛沟"]),
    ],
)
def test_a_stretch_from_one_place_to_another_is_one(text: str, found: list[str], joined: list[str]) -> None:
    spans = [Span("place", text.index(one), text.index(one) + len(one)) for one in found]
    assert [text[span.start : span.end] for span in as_stretches(text, spans)] == joined


def test_places_are_found_in_sentences_of_another_writer(reader) -> None:
    rows = [json.loads(line) for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    assert span_f1([(row["location"], place_of(reader.read(row["text"]))) for row in rows]) >= LEAST
