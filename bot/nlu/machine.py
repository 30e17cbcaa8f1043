"""The linear machine that answers all questions about a text at once, from its wording and its meaning."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from bot.nlu.calibration import Softmax

WORDING, WHOLE = "wording", "whole"  # what a text is read by: its wording alone, or its meaning as well


@dataclass(frozen=True)
class Question:
    """How one head learns; the values of the project's own heads were chosen in docs/understanding.md.

    `meaning` is the length of the vector beside the wording (length one), `pace` how far a sentence moves the weights,
    `balance` how much a rare label counts (0: each sentence as much as any other, 1: each label). `easier` (log-odds) is
    added to the confidence: the corpus seeks the unusual, so that sentences left out of it are harder than what residents
    write.
    """

    meaning: float = 2.0
    pace: float = 0.07
    balance: float = 0.5
    easier: float = 0.0


@dataclass(frozen=True)
class Machine:
    """`classes` of each head, in the order of the columns of `weights` (wording × labels), `meant` (meaning × labels)
    and `bias` (labels); `softmax` is the calibration of each head for each reading."""

    classes: dict[str, list[str]]
    weights: np.ndarray
    meant: np.ndarray
    bias: np.ndarray
    softmax: dict[str, dict[str, Softmax]]

    def columns(self) -> dict[str, slice]:
        """Where each head's labels stand."""
        return columns_of(self.classes)

    def scores(self, rows: csr_matrix, meanings: np.ndarray | None) -> np.ndarray:
        """Scores (rows × labels of all heads); `meanings` (rows × meaning) is None when they are read by wording alone."""
        plain = rows @ self.weights + self.bias
        return plain if meanings is None else plain + meanings @ self.meant

    def probabilities(
        self, row: csr_matrix, meaning: np.ndarray | None, only: Collection[str] = ()
    ) -> dict[str, dict[str, float]]:
        """For each head (or `only` these) the labels of one text with their calibrated probabilities, most likely first."""
        scores = self.scores(row, meaning)[0]
        softmax = self.softmax[WORDING if meaning is None else WHOLE]
        return {
            head: _ranked(self.classes[head], softmax[head](scores[None, place])[0])
            for head, place in self.columns().items()
            if not only or head in only
        }

    def as_dict(self) -> dict:
        """All but the arrays, for JSON."""
        softmax = {name: {head: one.as_dict() for head, one in heads.items()} for name, heads in self.softmax.items()}
        return {"classes": self.classes, "softmax": softmax}

    def as_arrays(self) -> dict[str, np.ndarray]:
        """The arrays, those of the wording in a byte a weight, finer near nothing, where most weights are; answers stay
        the same but for one in some hundred that was a toss-up (docs/understanding.md)."""
        scales = np.maximum(np.abs(self.weights).max(axis=0), 1e-12).astype(np.float32)
        roots = np.sign(self.weights) * np.sqrt(np.abs(self.weights) / scales)
        return {
            "weights": np.round(127 * roots).astype(np.int8),
            "scales": scales,
            "meant": self.meant,
            "bias": self.bias,
        }

    @classmethod
    def stored(cls, described: dict, arrays: Mapping[str, np.ndarray]) -> "Machine":
        """What `as_dict` and `as_arrays` say."""
        roots = arrays["weights"].astype(np.float32) / 127
        weights = np.ascontiguousarray(roots * np.abs(roots) * arrays["scales"], np.float32)
        softmax = {
            name: {head: Softmax(**one) for head, one in heads.items()} for name, heads in described["softmax"].items()
        }
        return cls(described["classes"], weights, arrays["meant"], arrays["bias"], softmax)


def columns_of(classes: Mapping[str, list[str]]) -> dict[str, slice]:
    """Where the labels of each head stand, one head after another."""
    places, start = {}, 0
    for head, labels in classes.items():
        places[head] = slice(start, start := start + len(labels))
    return places


def _ranked(classes: list[str], values: np.ndarray) -> dict[str, float]:
    return {classes[i]: float(values[i]) for i in np.argsort(-values, kind="stable")}
