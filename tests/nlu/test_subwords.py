"""A text is cut into the likeliest subwords, whatever it holds, in bounded time."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.subwords import BEGIN, FIRST, MARK, STRANGE, UNKNOWN, Subwords

VOCABULARY = [
    (MARK, -3.9), (f"{MARK}我", -7.0), ("小", -8.1), ("区", -8.4), ("小区", -9.2), ("电", -8.0), ("梯", -11.3),
    ("电梯", -11.9), ("梯坏", -12.5), ("坏", -9.6), ("了", -5.1), ("坏了", -10.4), ("我", -6.0), ("a", -6.2),
]  # fmt: skip
SUBWORDS = Subwords(VOCABULARY)


def read(text: str) -> list[str]:
    """The subwords behind the numbers."""
    begin, *numbers = SUBWORDS.numbers(text)
    assert begin == BEGIN
    return ["?" if number == UNKNOWN else VOCABULARY[number - FIRST][0] for number in numbers]


def test_words_stay_whole_and_the_first_one_carries_its_mark() -> None:
    assert read("我小区电梯坏了") == [f"{MARK}我", "小区", "电梯", "坏了"]
    assert read("a 小区") == [MARK, "a", MARK, "小区"]
    assert read("") == [MARK]


def test_what_is_not_in_the_vocabulary_is_read_as_strange_and_takes_nothing_along() -> None:
    assert read("小区𠮷坏了") == [MARK, "小区", "?", "坏了"]


def likelihood(pieces: list[str]) -> float:
    known = dict(VOCABULARY)
    return sum(known.get(piece, min(known.values()) - STRANGE) for piece in pieces)


@given(st.text(alphabet="我小区电梯坏了a𠮷", max_size=7))
def test_no_other_way_to_cut_is_likelier(text: str) -> None:
    marked, known = MARK + text, dict(VOCABULARY)
    ways = []
    for count in range(len(marked)):
        for inner in combinations(range(1, len(marked)), count):
            edges = (0, *inner, len(marked))
            pieces = [marked[a:b] for a, b in zip(edges, edges[1:], strict=False)]
            if all(piece in known or len(piece) == 1 for piece in pieces):
                ways.append(likelihood(pieces))
    assert likelihood(read(text)) == pytest.approx(max(ways))


@given(st.text(max_size=300))
def test_any_text_is_read_in_no_more_subwords_than_it_has_characters(text: str) -> None:
    assert len(SUBWORDS.numbers(text)) <= len(text) + 2
