"""What somebody repeats a hundred thousand times is read in a time that grows with its length and no faster: one process
reads for everybody."""

from collections.abc import Callable
from time import process_time

import pytest

from actions import places
from bot import corrections, follow_up

SOON = 1.0  # seconds of the processor's time
MANY = 50_000


def seconds(read: Callable[[str], object], text: str) -> float:
    begun = process_time()
    read(text)
    return process_time() - begun


@pytest.mark.parametrize("text", ["1" * 59 + "？", "1" * 80 + "？", "1" * 100_000, "3栋" * 29 + "x", "东门" * 29 + "x"])
@pytest.mark.parametrize("read", [places.only_the_end_of_one, places._PARTIAL.fullmatch, places.building_in])
def test_the_end_of_a_place(read, text):
    assert seconds(read, text) < SOON


@pytest.mark.parametrize("text", ["请问" * 19 + "x", "请问" * MANY, "都要" * 19 + "x", "要" * 39 + "x", "问一下" * 13])
def test_a_question_that_only_asks_on(text):
    assert seconds(follow_up.kind_of, text) < SOON


@pytest.mark.parametrize(
    "text",
    [
        "不是路灯是井盖" + "." * 700 + "坏",
        "不是路灯是井盖" + "." * 100_000 + "坏",
        "是" + " " * 100_000,
        "是." * MANY,
        "不是" * MANY,
        "不是x" + "，" * 100_000,
        "错了" * MANY,
        "地点" * MANY,
    ],
)
def test_a_correction(text):
    assert seconds(corrections.take_apart, text) < SOON
