"""Scores to probabilities that mean something, and the measure of how much they do."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import minimize_scalar


@dataclass(frozen=True)
class Softmax:
    """Temperature scaling (Guo et al. 2017): one number, learned on held-out scores."""

    steepness: float

    @classmethod
    def fit(cls, scores: np.ndarray, answers: np.ndarray) -> "Softmax":
        """`scores` (n × classes) of sentences that were left out, `answers` (n) the true class indices."""
        rows = np.arange(len(answers))

        def loss(log_steepness: float) -> float:
            return float(-np.log(cls(np.exp(log_steepness))(scores)[rows, answers] + 1e-12).mean())

        best = minimize_scalar(loss, bounds=(-1.0, 4.0), method="bounded")
        return cls(float(np.exp(best.x)))

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        raised = np.exp(self.steepness * (scores - scores.max(axis=-1, keepdims=True)))
        return raised / raised.sum(axis=-1, keepdims=True)

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def expected_calibration_error(confidences: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by their size."""
    places = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [abs(confidences[places == b].sum() - right[places == b].sum()) for b in range(bins)]
    return float(sum(gaps) / max(len(confidences), 1))
