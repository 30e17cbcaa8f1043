"""Folding keeps the resident's own offsets, whatever was typed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.normalize import MAX_CHARS, normalize, spoken


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ＡＢ１２３", "ab123"),
        ("電梯壞咗，睏咗人", "电梯坏咗，困咗人"),
        ("自 杀", "自杀"),
        ("自\u200b杀\u202e了", "自杀了"),
        ("救\x00命", "救命"),
        ("啊啊啊啊啊啊", "啊啊"),
        ("嗯那个那个路灯坏了", "那个路灯坏了"),
        ("open  the   door", "open the door"),
        ("\ud800坏\udfff了", "坏了"),
    ],
)
def test_what_is_typed_differently_reads_the_same(typed: str, folded: str) -> None:
    assert normalize(typed).text == folded


def test_a_span_refers_to_the_original_words() -> None:
    text = "在　幸 福\u200b小區３號樓 路燈壞了"
    folded = normalize(text)
    start = folded.text.index("幸福小区3号楼")
    begin, end = folded.span(start, start + len("幸福小区3号楼"))
    assert text[begin:end] == "幸 福\u200b小區３號樓"


def test_numerals_are_never_squeezed() -> None:
    assert normalize("13800000000 幺三八零零零零").text == "13800000000幺三八零零零零"


@given(st.text(max_size=300))
def test_every_character_knows_where_it_stood(text: str) -> None:
    folded = normalize(text)
    assert len(folded.at) == len(folded.text)
    assert all(0 <= at < len(text) for at in folded.at)
    assert list(folded.at) == sorted(folded.at)


@given(st.text(alphabet=st.characters(blacklist_categories=()), max_size=200))
def test_any_unicode_is_folded_and_folding_again_changes_nothing_that_matters(text: str) -> None:
    assert "\x00" not in normalize(text).text


@pytest.mark.parametrize("piece", ["路", "\x00", "\u200b", "ﷺ", "嗯", "那个", "e\u0301", "🔥", "<b>", "１"])
def test_a_hundred_thousand_characters_are_bounded_and_quick(piece: str) -> None:
    began = time.thread_time()
    folded = normalize(piece * (100_000 // len(piece)))
    assert time.thread_time() - began < 0.5
    assert folded.truncated
    assert len(folded.text) <= 4 * MAX_CHARS


def test_a_span_that_ends_in_a_masked_number_has_all_of_it() -> None:
    folded = normalize("翠湖苑2栋＊＊＊漏水")
    end = folded.text.index("漏")
    assert folded.span(0, end) == (0, len("翠湖苑2栋＊＊＊"))


@pytest.mark.parametrize("text", ["路灯坏了。", "路灯坏了，", "路灯坏了。。。", "路灯坏了 。"])
def test_what_ends_a_transcript_is_not_learned_from(text: str) -> None:
    assert spoken(text).text == "路灯坏了"


def test_a_full_stop_is_learned_from_as_a_comma_and_spans_stay_where_they_are() -> None:
    said = spoken("喂。我在翠湖苑2栋。路灯坏了。")
    assert said.text == "喂，我在翠湖苑2栋，路灯坏了"
    start = said.text.index("翠")
    assert said.original[slice(*said.span(start, start + 5))] == "翠湖苑2栋"


def test_of_too_long_a_text_both_ends_are_read() -> None:
    folded = normalize("开头。" + "物业不管，" * 600 + "着火了")
    assert folded.truncated and len(folded.text) <= MAX_CHARS + 1
    assert folded.text.startswith("开头") and folded.text.endswith("着火了")
    assert folded.span(len(folded.text) - 3, len(folded.text)) == (3 + 3000, 3 + 3000 + 3)


def test_a_full_stop_alone_is_something_said() -> None:
    assert spoken("。").text == spoken("，").text != ""
