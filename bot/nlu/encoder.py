"""The project's own encoder: reads a message subword by subword and gives its meaning. A small transformer that was
taught on the corpus beforehand (`python -m bot.teaching`), reckoned in small whole numbers, twice as fast as in floating
point and alike on every kind of processor (bot/teaching/whole_numbers.py)."""

import hashlib
import json
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import numpy as np

from bot.nlu.subwords import Subwords
from bot.sources import ROOT

logger = logging.getLogger(__name__)
FILE = ROOT / "nlu_data" / "encoder" / "encoder.onnx"
DIMENSIONS = 128
# A longer text is read in pieces of so many characters that the network takes at once, and its end, past so many pieces,
# not at all: what somebody wants is said by then, and no message may hold up the others.
MOST_PIECES = 6
_BREAK = re.compile(r"[，。！？；：、\s](?=[^，。！？；：、\s]*$)")
# What the network's file says of itself: its vocabulary, and how many characters it takes at once.
VOCABULARY, LONGEST = "vocabulary", "longest"


class Unavailable(RuntimeError):
    """The encoder cannot be loaded or failed; the message says how."""


def unseen(text: str) -> bool:
    """Whether this normalised text is one of the tenth that the encoder is never taught, so that doubt can be measured."""
    return hashlib.sha256(text.encode()).digest()[0] % 10 == 0


def pieces(text: str, longest: int) -> list[str]:
    """The text cut into pieces of at most `longest` characters, after a punctuation mark where there is one; one piece at
    least, `MOST_PIECES` at most."""
    cut: list[str] = []
    while len(cut) < MOST_PIECES and (text or not cut):
        piece = text[:longest]
        if len(text) > longest and (mark := _BREAK.search(piece)) and mark.end() > longest // 2:
            piece = piece[: mark.end()]
        cut.append(piece)
        text = text[len(piece) :]
    return cut


class Network:
    """The network's file, opened. It also holds the vocabulary, and how many characters are read at once."""

    def __init__(self, file: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # More threads for one sentence only wait for each other; several messages are read side by side instead.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        about = self._session.get_modelmeta().custom_metadata_map
        self.longest = int(about[LONGEST])
        self._subwords = Subwords(json.loads(about[VOCABULARY]))

    def run(self, piece: str) -> np.ndarray:
        """The vector (DIMENSIONS) of a piece."""
        ids = np.array([self._subwords.numbers(piece)], np.int64)
        return self._session.run(["vector"], {"ids": ids})[0][0]


class Encoder:
    """Opens the network on first use. Any failure is final for the process: the wording carries on, and /readyz says so.

    Threads may read at once: a network keeps nothing between or during runs.
    """

    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._network: Network | None = None
        self.failure: str | None = None

    def read(self, text: str) -> np.ndarray:
        """What normalised text means: a vector (DIMENSIONS float32) of length one. Raises Unavailable."""
        network = self._opened()
        try:
            vector = sum(len(piece) * network.run(piece) for piece in pieces(text, network.longest))
        except Exception as error:  # whatever the library raises, the message is read without it
            self._fail(error)
        length = np.linalg.norm(vector)
        if not np.isfinite(length):
            self._fail(ValueError("not finite"))
        return vector / max(length, 1e-6)

    def read_many(self, texts: Sequence[str]) -> Iterator[np.ndarray]:
        """In order, on all cores. Raises Unavailable."""
        with ThreadPoolExecutor() as pool:
            yield from pool.map(self.read, texts)

    def _opened(self) -> Network:
        if self.failure:
            raise Unavailable(self.failure)
        with self._lock:
            if self._network is None:
                try:
                    self._network = Network(self._file)
                except Exception as error:  # a missing file, a broken one, a library that does not fit
                    self._fail(error)
            return self._network

    def _fail(self, error: Exception) -> NoReturn:
        self.failure = type(error).__name__
        logger.error("encoder.failed reason=%s", self.failure)
        raise Unavailable(self.failure) from error


ENCODER = Encoder()
