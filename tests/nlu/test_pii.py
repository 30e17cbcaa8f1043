"""Personal data is found in any spelling, and masked without moving anything."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy.pii import find, mask
from bot.privacy.words import is_illness, name_within


def kinds(text: str) -> list[tuple[str, str]]:
    return [(pii.kind, text[pii.start : pii.end]) for pii in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("打13800001234找我", "phone", "13800001234"),
        ("打１３８００００１２３４找我", "phone", "１３８００００１２３４"),
        ("电话 138 0000 1234", "phone", "138 0000 1234"),
        ("138-0000-1234", "phone", "138-0000-1234"),
        ("幺三八零零零零幺二三四打这个", "phone", "幺三八零零零零幺二三四"),
        ("身份证99010119900307123X", "id_card", "99010119900307123X"),
        ("证件号 990101 19900307 1234", "id_card", "990101 19900307 1234"),
        ("卡号6222 0000 1234 5678 901", "bank_card", "6222 0000 1234 5678 901"),
        ("苏A·12345占了车位", "plate", "苏A·12345"),
        ("沪AD12345天天违停", "plate", "沪AD12345"),
        ("加微信 abc_12345", "wechat", "abc_12345"),
        ("邮箱 someone@example.com", "email", "someone@example.com"),
        ("护照E12345678丢了", "passport", "E12345678"),
        ("1952年3月6日出生", "birth", "1952年3月6日"),
        ("三楼的王大爷摔了", "name", "王大爷"),
        ("我叫张建国", "name", "张建国"),
        ("我妈有糖尿病", "health", "糖尿病"),
    ],
)
def test_personal_data_is_found(text: str, kind: str, value: str) -> None:
    assert (kind, value) in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "订单号202311150000123456还没到",
        "水费138.5元",
        "2023年11月6日停的水",
        "工单20240101000012",
        "12345打不通",
        "3号楼2单元停电",
        "每月1500块",
    ],
)
def test_an_ordinary_number_is_not_personal(text: str) -> None:
    hard = {"phone", "id_card", "bank_card", "passport", "birth", "plate"}
    assert not hard & {kind for kind, _ in kinds(text)}


def test_a_mask_keeps_length_and_the_rest() -> None:
    text = "我叫张建国，电话13800001234，路灯坏了"
    masked = mask(text)
    assert len(masked) == len(text)
    assert "张建国" not in masked and "1380" not in masked and masked.endswith("路灯坏了")


def test_only_the_kinds_asked_for_are_masked() -> None:
    assert mask("王大爷13800001234", kinds={"phone"}) == "王大爷" + "＊" * 11


@given(st.text(alphabet=st.characters(blacklist_categories=()), max_size=300))
def test_any_text_can_be_masked(text: str) -> None:
    assert len(mask(text)) == len(text)


@given(st.text(alphabet="0123456789零幺 -号楼路x省苏A京·@.在我叫张王", max_size=200))
def test_spans_are_in_order_and_apart(text: str) -> None:
    found = find(text)
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))


@pytest.mark.parametrize("piece", ["1 ", "幸福小区3号楼", "在", "住路", "a@", "京A", "一二三", "王", "微信"])
def test_a_long_text_is_searched_to_its_end_in_time(piece: str) -> None:
    text = piece * (100_000 // len(piece)) + "，电话13800001234"
    began = time.perf_counter()
    masked = mask(text)
    assert time.perf_counter() - began < 5
    assert not masked.endswith("1234")


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        ("董师傅大半夜", "董师傅"),
        ("欧阳兰”", "欧阳兰"),
        ("“李会计”", "李会计"),
        ("小秦姑娘", "小秦姑娘"),
        ("赵桂芳", "赵桂芳"),
        ("”", ""),
    ],
)
def test_a_name_ends_with_its_title_and_without_quotes(marked: str, name: str) -> None:
    start, end = name_within(marked)
    assert marked[start:end] == name


@pytest.mark.parametrize("words", ["两周了同学", "限两张我妈", "唱完钱归队长", "谢谢老师", "收的钱总是不够"])
def test_words_that_run_into_a_title_are_no_name(words: str) -> None:
    assert [kind for kind, _ in kinds(words) if kind == "name"] == []


def test_a_passing_ailment_points_to_nobody() -> None:
    assert not is_illness("心脏不好")
    assert is_illness("尿毒症")
