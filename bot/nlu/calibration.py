"""Scores to probabilities that mean something, and the measure of how much they do."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar


@dataclass(frozen=True)
class Softmax:
    """Temperature scaling (Guo et al. 2017), then Platt scaling of the winner's probability; learned on held-out scores."""

    steepness: float
    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def fit(cls, scores: np.ndarray, answers: np.ndarray, easier: float = 0.0) -> "Softmax":
        """`scores` (n × classes) of sentences that were left out, `answers` (n) the true class indices; `easier` is added
        to the log-odds of the winner."""
        rows = np.arange(len(answers))

        def loss(log_steepness: float) -> float:
            return float(-np.log(cls(np.exp(log_steepness))._softmax(scores)[rows, answers] + 1e-12).mean())

        steepness = float(np.exp(minimize_scalar(loss, bounds=(-1.0, 4.0), method="bounded").x))
        odds = _log_odds(cls(steepness)._softmax(scores).max(axis=1))
        right = (scores.argmax(axis=1) == answers).astype(float)

        def platt(line: np.ndarray) -> float:
            return float(np.logaddexp(0, np.where(right, -1, 1) * (line[0] * odds + line[1])).mean())

        slope, offset = minimize(platt, (1.0, 0.0), method="Nelder-Mead").x
        return cls(steepness, max(float(slope), 0.0), float(offset) + easier)

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Probabilities (… × classes). The winner of the scores stays the winner."""
        plain = self._softmax(scores)
        top = plain.max(axis=-1, keepdims=True)
        count = plain.shape[-1]
        wanted = 1 / (1 + np.exp(-(self.slope * _log_odds(top) + self.offset)))
        second = np.sort(plain, axis=-1)[..., -2:-1] if count > 1 else top * 0
        # No lower than where the runner-up would overtake it.
        least = second / (1 - top + second + 1e-12)
        wanted = np.maximum(wanted, least)
        others = plain * (1 - wanted) / np.maximum(1 - top, 1e-12)
        return np.where(plain == top, wanted, others)

    def _softmax(self, scores: np.ndarray) -> np.ndarray:
        raised = np.exp(self.steepness * (scores - scores.max(axis=-1, keepdims=True)))
        return raised / raised.sum(axis=-1, keepdims=True)

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def _log_odds(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))


def expected_calibration_error(confidences: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by their size."""
    places = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [abs(confidences[places == b].sum() - right[places == b].sum()) for b in range(bins)]
    return float(sum(gaps) / max(len(confidences), 1))
