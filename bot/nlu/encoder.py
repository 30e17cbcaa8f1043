"""The project's own encoder: reads a message subword by subword and gives its meaning, and how likely each character
belongs to a place, a time, a name or an illness. A small transformer that was taught on the corpus beforehand
(`python -m bot.teaching`), reckoned in small whole numbers, twice as fast as in floating point and alike on every kind of
processor (bot/teaching/whole_numbers.py). For the tags its upper half branches off: bot/nlu/tag_network.py."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.nlu.opened import Opened
from bot.nlu.subwords import BEGIN, Subwords
from bot.nlu.tag_network import TagNetwork
from bot.nlu.tags import TAGS
from bot.sources import ROOT

FILE = ROOT / "nlu_data" / "encoder" / "encoder.onnx"
BESIDE = "tags.onnx"
NO_TAGS = np.zeros((0, len(TAGS)), np.float32)
DIMENSIONS = 128
# A longer text is read in pieces of so many characters that the network takes at once, and its end, past so many pieces,
# not at all: what somebody wants is said by then, and no message may hold up the others.
MOST_PIECES = 6
_BREAK = re.compile(r"[，。！？；：、\s](?=[^，。！？；：、\s]*$)")
# What the network's file says of itself: its vocabulary, and how many characters it takes at once.
VOCABULARY, LONGEST = "vocabulary", "longest"
# What it tells: the meaning of the text, and what its lower half makes of each subword.
VECTOR, MIDDLE = "vector", "middle"


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


@dataclass(frozen=True)
class Reading:
    """What was read of normalised text. `vector`: DIMENSIONS float32, of length one."""

    vector: np.ndarray
    _pieces: Sequence[tuple[str, list[int], np.ndarray]]
    _tag: Callable[[str, list[int], np.ndarray], np.ndarray]

    def tags(self) -> np.ndarray:
        """Scores (characters × TAGS) for as much of the text as is looked at; a third of the work of reading it. Raises
        Unavailable."""
        return np.concatenate([self._tag(*piece) for piece in self._pieces])


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

    def cut(self, piece: str) -> list[tuple[int, int]]:
        """Its subwords, as `Subwords.cut` gives them."""
        return self._subwords.cut(piece)

    def run(self, cut: Sequence[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
        """The vector (DIMENSIONS) of a piece, and the middle states (its subwords and one more × HIDDEN)."""
        ids = np.array([[BEGIN, *(number for number, _ in cut)]], np.int64)
        vector, middle = self._session.run([VECTOR, MIDDLE], {"ids": ids})
        return vector[0], middle[0]


class Encoder(Opened[tuple[Network, TagNetwork]]):
    """Once it has failed the wording carries on. Threads may read at once: a network keeps nothing between or during runs."""

    name = "encoder"

    def __init__(self, file: Path = FILE) -> None:
        super().__init__()
        self._file = file

    def read(self, text: str) -> np.ndarray:
        """What normalised text means: a vector (DIMENSIONS float32) of length one. Raises Unavailable."""
        return self.study(text).vector

    def study(self, text: str) -> Reading:
        """What normalised text means, and on demand its tags. Raises Unavailable."""
        network, _ = self._opened()
        vector, read = np.zeros(DIMENSIONS, np.float32), []
        try:
            for piece in pieces(text, network.longest):
                cut = network.cut(piece)
                meaning, middle = network.run(cut)
                vector = vector + len(piece) * meaning
                read.append((piece, [length for _, length in cut], middle))
        except Exception as error:  # whatever the library raises, the message is read without it
            self._fail(error)
        length = np.linalg.norm(vector)
        if not np.isfinite(length):
            self._fail(ValueError("not finite"))
        return Reading(vector / max(length, 1e-6), read, self._tag)

    def _tag(self, piece: str, lengths: list[int], middle: np.ndarray) -> np.ndarray:
        _, tagger = self._opened()
        try:
            return tagger.run(piece, lengths, middle) if piece else NO_TAGS
        except Exception as error:
            self._fail(error)

    def read_many(self, texts: Sequence[str]) -> Iterator[np.ndarray]:
        """In order, on all cores. Raises Unavailable."""
        with ThreadPoolExecutor() as pool:
            yield from pool.map(self.read, texts)

    def _open(self) -> tuple[Network, TagNetwork]:
        return Network(self._file), TagNetwork(self._file.with_name(BESIDE), self._file)


ENCODER = Encoder()
