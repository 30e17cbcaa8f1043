"""A kernel machine: one linear system answers all questions about a text, with exact leave-one-out predictions.

Kernel ridge regression onto ±1 targets, relaxed step by step to a squared-hinge SVM. Because every question shares the
kernel, the matrix is inverted once; its inverse gives what each training sentence would have been called had it been left out,
so that thresholds and probabilities are learned without a second training and without test sets.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_matrix

# Chosen in docs/understanding.md: the embedding's share in the kernel and its width, the ridge, steps of relaxation.
MEANING_SHARE = 2.0
MEANING_WIDTH = 0.4
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


def solve(memory: Memory, with_meaning: bool, targets: np.ndarray, slack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (sentences × targets) and the leave-one-out scores of the same shape.

    `targets` are ±1; `slack` (sentences) is the ridge of each sentence: less for the rare labels.
    """
    inverse = _inverse(memory.kernel(memory.rows, memory.meanings if with_meaning else None), slack)
    targets = targets.astype(np.float32)
    relaxed = before = targets
    for step in range(RELAXATIONS):
        scores = relaxed - slack[:, None] * (inverse @ relaxed)
        after = _relax(targets, scores)
        relaxed = _relax(targets, after + step / (step + 3) * (after - before))  # Nesterov's momentum
        before = after
    weights = inverse @ relaxed
    return weights, relaxed - weights / np.diag(inverse)[:, None]


def _relax(targets: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A sentence already beyond its target is not pulled back to it: that turns ridge regression into a squared-hinge SVM."""
    return np.where(targets * scores > 1, scores, targets)


def _inverse(gram: np.ndarray, slack: np.ndarray) -> np.ndarray:
    gram[np.diag_indices_from(gram)] += slack
    factor, failed = lapack.spotrf(np.asfortranarray(gram), lower=1, overwrite_a=1)
    if not failed:
        factor, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise ValueError("the kernel matrix is not positive definite")
    lower = np.tril(factor, -1)
    return lower + lower.T + np.diag(np.diag(factor))
