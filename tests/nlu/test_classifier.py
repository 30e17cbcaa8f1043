"""What a trained classifier keeps in its files answers as it did before."""

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.calibration import Softmax
from bot.nlu.classifier import TextClassifier
from bot.nlu.svm import Machine

TEXTS = [
    f"{thing}{what}" for thing in ("路灯", "井盖", "电梯", "垃圾") for what in ("坏了", "没人管", "怎么办", "谢谢")
]
LABELS = [text[:2] for text in TEXTS]


def test_weights_in_a_byte_are_finest_near_nothing() -> None:
    weights = np.array([[1.0, -4.0], [0.01, 0.02], [0.0, 4.0]], np.float32)
    machine = Machine(["a", "b"], weights, np.zeros(2, np.float32), Softmax(1.0), 0.3)
    parts = machine.as_arrays()
    assert parts["weights"].dtype == np.int8
    again = Machine.stored(machine.as_dict(), parts["weights"], parts["scales"], parts["bias"])
    assert again.weights == pytest.approx(weights, abs=0.04, rel=0.1)
    assert abs(again.weights[1, 0] - 0.01) < 0.001


def test_a_saved_classifier_answers_the_same(tmp_path: Path) -> None:
    trained = TextClassifier().fit(TEXTS, LABELS)
    trained.save(tmp_path)
    again = TextClassifier.load(tmp_path)
    for text in TEXTS:
        one, other = trained.read(text), again.read(text)
        assert one.best()[0] == other.best()[0]
        assert one.best()[1] == pytest.approx(other.best()[1], abs=0.02)
