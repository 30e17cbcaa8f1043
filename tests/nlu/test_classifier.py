"""What a trained classifier keeps in its files answers as it did before."""

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.classifier import ONLY, TextClassifier
from bot.nlu.features import Wording
from bot.nlu.machine import WHOLE, WORDING, Machine, Question
from bot.normalize import normalize

TEXTS = [
    f"{thing}{what}" for thing in ("路灯", "井盖", "电梯", "垃圾") for what in ("坏了", "没人管", "怎么办", "谢谢")
]
LABELS = [text[:2] for text in TEXTS]


def test_weights_in_a_byte_are_finest_near_nothing() -> None:
    weights = np.array([[1.0, -4.0], [0.01, 0.02], [0.0, 4.0]], np.float32)
    machine = Machine({"a": ["x", "y"]}, weights, np.zeros((1, 2)), np.zeros(2), {})
    parts = machine.as_arrays()
    assert parts["weights"].dtype == np.int8
    again = Machine.stored(machine.as_dict(), parts)
    assert again.weights == pytest.approx(weights, abs=0.04, rel=0.1)
    assert abs(again.weights[1, 0] - 0.01) < 0.001


def test_a_message_is_taken_apart_as_the_corpus_was(tmp_path: Path) -> None:
    corpus = [normalize(text).text for text in (*TEXTS, "路灯 坏了，路灯又坏了！", "", "！！", "a b  c")]
    wording, rows = Wording.fit(corpus)
    wording.save(tmp_path)
    again = Wording.load(tmp_path)
    for text, row in zip(corpus, rows.toarray(), strict=True):
        assert wording.row(text).toarray()[0] == pytest.approx(row, abs=1e-6)
        assert again.row(text).toarray()[0] == pytest.approx(row, abs=1e-6)


def test_a_saved_classifier_answers_the_same(tmp_path: Path) -> None:
    trained = TextClassifier().fit(TEXTS, LABELS)
    trained.save(tmp_path)
    again = TextClassifier.load(tmp_path)
    for text in TEXTS:
        one, other = trained.read(text), again.read(text)
        assert one.best()[0] == other.best()[0]
        assert one.best()[1] == pytest.approx(other.best()[1], abs=0.02)


def test_without_the_encoder_the_wording_answers_alone() -> None:
    trained = TextClassifier().fit(TEXTS, LABELS)
    assert set(trained.machine.softmax) == {WORDING, WHOLE}
    for text, label in zip(TEXTS, LABELS, strict=True):
        verdict = trained.judge(text, None)
        assert verdict.degraded
        assert verdict.best(ONLY)[0] == label


def test_each_head_learns_only_from_the_sentences_that_say_something_on_it() -> None:
    tone = [None if "怎么办" in text else "谢" if "谢谢" in text else "怨" for text in TEXTS]
    trained = TextClassifier({"thing": Question(), "tone": Question()}).fit(TEXTS, {"thing": LABELS, "tone": tone})
    verdict = trained.read("路灯谢谢")
    assert (verdict.best("thing")[0], verdict.best("tone")[0]) == ("路灯", "谢")
    assert set(verdict.probabilities["tone"]) == {"谢", "怨"}
    assert sum(verdict.probabilities["thing"].values()) == pytest.approx(1)
