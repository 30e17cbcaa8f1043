"""Characters are tagged by the likeliest row of tags, whatever the text holds."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.encoder import ENCODER, FILE
from bot.nlu.tag_network import ALONE, BEGINS, ENDS, INSIDE, TagNetwork, parts
from bot.nlu.tags import TAGS, Span, likeliest, may_follow, spans_of, tags_of


def test_spans_and_tags_say_the_same() -> None:
    spans = [Span("place", 0, 2), Span("place", 2, 3), Span("time", 4, 6)]
    assert tags_of(7, spans) == ["B-place", "I-place", "B-place", "O", "B-time", "I-time", "O"]
    assert spans_of(tags_of(7, spans)) == spans


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_no_other_row_is_likelier_and_nothing_goes_on_that_was_not_begun(length: int, seed: int) -> None:
    scores, steps = np.random.default_rng(seed).normal(0, 3, (length, len(TAGS))), may_follow()

    def total(row: tuple[int, ...]) -> float:
        begun = -1e4 if TAGS[row[0]].startswith("I") else 0.0
        return (
            begun
            + sum(scores[i, tag] for i, tag in enumerate(row))
            + sum(steps[a, b] for a, b in zip(row, row[1:], strict=False))
        )

    found = tuple(TAGS.index(tag) for tag in likeliest(scores, steps))
    assert total(found) == pytest.approx(max(map(total, product(range(len(TAGS)), repeat=length))))
    assert total(found) > -1000


def test_each_character_knows_its_subword_and_where_it_stands_in_it() -> None:
    assert parts([0, 1, 2, 4]) == (
        [2, 3, 3, 4, 4, 4, 4],
        [ALONE, BEGINS, ENDS, BEGINS, INSIDE, INSIDE, ENDS],
    )


@pytest.mark.parametrize(
    "text", ["", "嗯", "𠮷" * 50, "幸福小区3号楼 路灯坏了", "路灯坏了" * 30, "abc" * 100, "\udcff楼"]
)
def test_every_character_that_is_looked_at_has_its_scores(text: str) -> None:
    tags = ENCODER.study(text).tags()
    assert tags.shape == (len(text), len(TAGS))
    assert np.isfinite(tags).all()


def test_of_a_long_text_the_beginning_is_tagged() -> None:
    text = "幸福小区的路灯坏了，" * 500
    assert 0 < len(ENCODER.study(text).tags()) < len(text)


def test_tags_of_another_encoder_are_refused(tmp_path) -> None:
    other = tmp_path / "encoder.onnx"
    other.write_bytes(b"another one")
    with pytest.raises(ValueError, match="another encoder"):
        TagNetwork(FILE.with_name("tags.onnx"), other)
