"""Fitting words into a message."""

from __future__ import annotations

import pytest

from bot.channels.message import Button
from bot.channels.text import byte_length, numbered, split_text


def test_a_text_that_fits_stays_whole():
    assert split_text("路灯坏了。" * 10, 2047) == ["路灯坏了。" * 10]
    assert split_text("好" * 682, 2047) == ["好" * 682]  # 2,046 bytes
    assert split_text("  \n ", 2047) == []


def test_a_text_is_split_at_the_end_of_a_sentence():
    assert split_text("路灯坏了。请来修一下，谢谢。明天也行。", 45) == ["路灯坏了。请来修一下，谢谢。", "明天也行。"]


def test_a_paragraph_is_a_better_place_than_a_sentence():
    assert split_text("第一段。第一段。\n第二段。第二段。", 40) == ["第一段。第一段。", "第二段。第二段。"]


def test_an_early_pause_leaves_no_stub():
    first, *_ = split_text("好。" + "很长的一句话没有标点" * 10, 90)
    assert byte_length(first) > 80


@pytest.mark.parametrize(
    "character",
    ["😀", "👨‍👩‍👧", "👍🏽", "e\u0301", "❤\ufe0f"],
    ids=["emoji", "family", "skin tone", "accent", "variation"],
)
def test_what_a_reader_sees_as_one_character_is_not_cut(character: str):
    for padding in range(1, 40):
        text = "a" * padding + character + "b" * 40
        pieces = split_text(text, 48)
        assert "".join(pieces) == text
        assert any(character in piece for piece in pieces)


def test_choices_are_numbered_for_a_client_without_buttons():
    assert numbered("请选择", (Button("a", "登记"),)) == "请选择\n1. 登记\n请回复数字或文字。"
    assert numbered("您好", ()) == "您好"
