"""A kernel machine: one linear system answers all questions about a text, with exact leave-one-out predictions.

Kernel ridge regression onto ±1 targets (also called a least-squares SVM). Because every question shares the kernel, the
matrix is factorised once; its inverse gives what each training sentence would have been called had it been left out,
so that thresholds and probabilities are learned without a second training and without test sets.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_matrix

RIDGE = 0.3
# The embedding's share in the kernel and its width: chosen in docs/understanding.md.
MEANING_SHARE = 2.0
MEANING_WIDTH = 0.7


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


def solve(
    memory: Memory, with_meaning: bool, targets: np.ndarray, ridge: float = RIDGE
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (sentences × targets) and the leave-one-out predictions of the same shape. Targets are ±1."""
    gram = memory.kernel(memory.rows, memory.meanings if with_meaning else None)
    gram[np.diag_indices_from(gram)] += ridge
    gram = np.asfortranarray(gram)
    factor, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    if not failed:
        inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise ValueError("the kernel matrix is not positive definite")
    inverse += np.tril(inverse, -1).T
    weights = inverse @ targets.astype(np.float32)
    left_out = targets - weights / np.diag(inverse)[:, None]
    return weights, left_out
