"""One question about a text: a linear machine over its wording, or over wording and meaning, with calibrated answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from bot.nlu.calibration import Softmax
from bot.nlu.features import LARGE

# Looser than scikit-learn's default, several times faster, and as many right answers on sentences left out; a small corpus
# feels it, and is learned in no time anyway.
TOLERANCE, EXACT = 0.3, 0.003


@dataclass(frozen=True)
class Question:
    """How one head learns; the values of the project's own heads were chosen in docs/understanding.md.

    `meaning` is the length of the embedding beside the wording (length one), `cost` the C of the machine, `balanced`
    whether a rare label counts as much as a frequent one. `easier` (log-odds) is added to the confidence: the corpus seeks
    the unusual, so that sentences left out of it are harder than what residents write.
    """

    meaning: float = 0.6
    cost: float = 0.3
    balanced: bool = True
    easier: float = 0.0


@dataclass(frozen=True)
class Machine:
    """`weights` (features × classes), `bias` (classes), the calibration of the scores they give, and how long the
    embedding stands beside the wording in a row (0: rows hold the wording alone)."""

    classes: list[str]
    weights: np.ndarray
    bias: np.ndarray
    softmax: Softmax
    meaning: float

    def probabilities(self, rows: csr_matrix) -> np.ndarray:
        """Calibrated probabilities (rows × classes)."""
        return self.softmax(rows @ self.weights + self.bias)

    def as_dict(self) -> dict:
        """All but the arrays, for JSON."""
        return {"classes": self.classes, "softmax": self.softmax.as_dict(), "meaning": self.meaning}

    def as_arrays(self) -> dict[str, np.ndarray]:
        """The arrays in a byte a weight, finer near nothing, where most weights are; answers stay the same but for one
        in some hundred that was a toss-up (docs/understanding.md)."""
        scales = np.maximum(np.abs(self.weights).max(axis=0), 1e-12).astype(np.float32)
        roots = np.sign(self.weights) * np.sqrt(np.abs(self.weights) / scales)
        return {"weights": np.round(127 * roots).astype(np.int8), "scales": scales, "bias": self.bias}

    @classmethod
    def stored(cls, described: dict, weights: np.ndarray, scales: np.ndarray, bias: np.ndarray) -> "Machine":
        """What `as_dict` and `as_arrays` say."""
        roots = weights.astype(np.float32) / 127
        restored = np.ascontiguousarray(roots * np.abs(roots) * scales, np.float32)
        return cls(described["classes"], restored, bias, Softmax(**described["softmax"]), described["meaning"])


def learn(rows: csr_matrix, answers: Sequence[str], question: Question) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The classes, weights (features × classes) and bias that these labelled rows teach."""
    classes = sorted(set(answers))
    if len(classes) == 1:
        return classes, np.zeros((rows.shape[1], 1), np.float32), np.zeros(1, np.float32)
    weighed = "balanced" if question.balanced else None
    tolerance = TOLERANCE if len(answers) > LARGE else EXACT
    machine = LinearSVC(C=question.cost, class_weight=weighed, tol=tolerance, random_state=0).fit(rows, list(answers))
    weights, bias = machine.coef_.T, machine.intercept_
    if len(classes) == 2:  # scikit-learn keeps one column for two classes
        weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    return classes, np.ascontiguousarray(weights, np.float32), bias.astype(np.float32)
