"""A kernel machine: one linear system answers all questions about a text, with exact leave-one-out predictions.

Kernel ridge regression onto ±1 targets, relaxed step by step to a squared-hinge SVM. Because every question shares the
kernel, the matrix is inverted once; its inverse gives what each training sentence would have been called had it been left out,
so that thresholds and probabilities are learned without a second training and without test sets.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix

# Chosen in docs/understanding.md: the embedding's share in the kernel and its width, the ridge, steps of relaxation.
MEANING_SHARE = 2.0
MEANING_WIDTH = 0.5
RIDGE = 0.3
RELAXATIONS = 30


@dataclass
class Memory:
    """What the machine remembers of its training sentences: sparse rows, and unit embeddings or None."""

    rows: csr_matrix
    meanings: np.ndarray | None = None

    def kernel(self, rows: csr_matrix, meanings: np.ndarray | None) -> np.ndarray:
        """Likeness (queries × sentences, float32). Without embeddings on either side, by wording alone."""
        likeness = np.asarray((rows @ self._columns()).todense(), dtype=np.float32)
        if meanings is not None and self.meanings is not None:
            cosine = np.ascontiguousarray(meanings, np.float32) @ self.meanings.T
            cosine -= 1
            cosine *= 2 * MEANING_WIDTH
            likeness += MEANING_SHARE * np.exp(cosine, out=cosine)
        return likeness

    def _columns(self) -> csr_matrix:
        if not hasattr(self, "_transposed"):
            self._transposed = self.rows.T.tocsr()
        return self._transposed


class System:
    """The linear system of a memory: its kernel matrix and the ridge ("slack") of each sentence."""

    def __init__(self, memory: Memory, with_meaning: bool, slack: np.ndarray) -> None:
        self._gram = memory.kernel(memory.rows, memory.meanings if with_meaning else None)
        self._slack = slack.astype(np.float32)

    def solve(self, targets: np.ndarray, among: np.ndarray, relaxations: int = 0) -> np.ndarray:
        """Weights (len(among) × targets) that learn from these sentences only. Targets are ±1, between for doubtful labels."""
        slack = self._slack[among]
        gram = self._gram[np.ix_(among, among)]
        gram[np.diag_indices_from(gram)] += slack
        # float32: the ridge keeps the matrix far from singular.
        factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        wanted = relaxed = before = targets[among].astype(np.float32)
        weights = cho_solve(factor, relaxed, check_finite=False)
        for step in range(relaxations):
            after = _relax(wanted, relaxed - slack[:, None] * weights)
            relaxed = _relax(wanted, after + step / (step + 3) * (after - before))  # Nesterov's momentum
            before = after
            weights = cho_solve(factor, relaxed, check_finite=False)
        return weights

    def scores(self, weights: np.ndarray, among: np.ndarray, of: np.ndarray) -> np.ndarray:
        """What weights learned from `among` say of the sentences `of`."""
        return self._gram[np.ix_(of, among)] @ weights


def _relax(targets: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A sentence already beyond its target is not pulled back to it: that turns ridge regression into a squared-hinge SVM."""
    return np.where(targets * scores > 1, scores, targets)
