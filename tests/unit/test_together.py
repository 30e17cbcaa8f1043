"""Short messages in a row are read as one, and every character is found again in the message it came from."""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy.tracker import for_dialogue
from handoff.domain.models import Message
from handoff.service import together

AT = datetime(2026, 3, 2, tzinfo=timezone.utc)


def message(seq, text, kind="text"):
    return Message(1, seq, "resident", kind, text, "received", AT)


def words(one):
    if one.kind == "image":
        return "/send_picture"
    return together.door(one.text) or together.as_one([one])[0]


def test_fragments_are_one_text_with_the_place_of_each():
    text, pieces = together.as_one([message(3, "我们小区"), message(4, "3号楼。"), message(5, "路灯坏了")])
    assert text == "我们小区，3号楼。路灯坏了"
    assert [text[p["start"] : p["end"]] for p in pieces] == ["我们小区", "3号楼。", "路灯坏了"]
    assert [p["seq"] for p in pieces] == [3, 4, 5]


def test_what_was_sent_twice_is_read_once():
    assert together.as_one([message(1, "路灯坏了"), message(2, "路灯坏了")])[0] == "路灯坏了"


def test_a_choice_or_a_picture_is_a_turn_of_its_own():
    said = [message(1, "路灯坏了"), message(2, "3号楼"), message(3, "转人工"), message(4, "谢谢")]
    assert [one.seq for one in together.first_of(said, words)] == [1, 2]
    assert [one.seq for one in together.first_of(said[2:], words)] == [3]
    assert [one.seq for one in together.first_of([message(1, "", "image"), message(2, "路灯")], words)] == [1]
    assert [one.seq for one in together.first_of([message(1, "路灯"), message(2, "", "image")], words)] == [1]


@pytest.mark.parametrize("said", ["人工", "转人工", "转人工！", " 电话与线下 ", "线下", "代办", "上门"])
def test_each_door_opens_by_its_word(said):
    assert together.door(said).startswith("/")


def test_a_sentence_with_the_word_in_it_is_no_door():
    assert together.door("电话亭的灯坏了") is None


@pytest.mark.parametrize("said", ["/restart", "//session_start", " / needs_person"])
def test_a_resident_cannot_speak_in_payloads(said):
    assert not together.as_one([message(1, said)])[0].startswith("/")


@given(st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_every_piece_is_found_again_in_its_message(texts):
    group = [message(n, text) for n, text in enumerate(texts, 1)]
    text, pieces = together.as_one(group)
    assert text and len(text) <= together.MOST * (together.LONGEST + 1)
    for piece in pieces:
        masked = for_dialogue(group[piece["seq"] - 1].text)
        length = piece["end"] - piece["start"]
        if text != "？":
            assert text[piece["start"] : piece["end"]] == masked[piece["at"] : piece["at"] + length]
