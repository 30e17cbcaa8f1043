"""The encoder reads any text in bounded time, and fails once and for all when it cannot be had."""

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import vectors
from bot.nlu.encoder import DIMENSIONS, ENCODER, MOST_PIECES, Encoder, pieces
from bot.nlu.opened import Unavailable
from bot.normalize import spoken


def test_what_is_said_alike_means_alike() -> None:
    lamp, dark, card = (ENCODER.read(text) for text in ("路灯坏了", "楼下的灯不亮了，黑得很", "社保卡怎么补办"))
    assert lamp @ dark > lamp @ card
    assert lamp.shape == (DIMENSIONS,)
    assert np.linalg.norm(lamp) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("text", ["", "嗯", "\u200b\x00", "𠮷" * 50, "路灯坏了" * 30, "abc" * 1000])
def test_any_text_is_read(text: str) -> None:
    assert np.isfinite(ENCODER.read(text)).all()


def test_a_long_text_is_cut_after_a_mark_and_read_up_to_a_bound() -> None:
    assert pieces("", 96) == [""]
    assert pieces("路灯坏了。" * 3, 12) == ["路灯坏了。路灯坏了。", "路灯坏了。"]
    assert pieces("路" * 25, 10) == ["路" * 10, "路" * 10, "路" * 5]
    assert len(pieces("路灯，" * 9000, 96)) == MOST_PIECES
    assert all(len(piece) <= 96 for piece in pieces("路灯坏了，" * 900, 96))


def test_a_missing_or_broken_network_fails_for_good(tmp_path) -> None:
    for content in (None, b"nothing of the kind"):
        file = tmp_path / "encoder.onnx"
        if content:
            file.write_bytes(content)
        encoder = Encoder(file)
        for _ in range(2):
            with pytest.raises(Unavailable):
                encoder.read("路灯坏了")
        assert encoder.failure


def test_the_shipped_meanings_are_those_of_the_corpus_and_the_encoder(corpus: list[Message]) -> None:
    """Otherwise a fresh clone would read the whole corpus again: run `python -m bot ship-vectors`."""
    texts = [spoken(message.get("text")).text for message in corpus]
    known = vectors.SENTENCES.shipped()
    assert [text for key, text in zip(vectors.SENTENCES.keys(texts), texts, strict=True) if key not in known] == []
    some = texts[:: len(texts) // 20]
    for text, vector in zip(some, vectors.SENTENCES.of_all(some), strict=True):
        assert vector @ ENCODER.read(text) > 0.99
