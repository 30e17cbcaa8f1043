"""Places, times, names and health in a message: by the encoder's tags and a character CRF over the annotated sentences,
which is quickly learned and stands alone where the encoder cannot be had."""

import tempfile
import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pycrfsuite

from bot.nlu.places import is_one, settle
from bot.nlu.segment import words
from bot.nlu.tags import KINDS, PLACE, TAGS, Span, likeliest, may_follow, spans_of, tags_of

__all__ = ["KINDS", "PLACE", "Span", "SpanTagger", "as_stretches", "settled"]
MODEL_FILE = "spans.crfsuite.z"
# The averaged perceptron learns these tags six times faster than L-BFGS and marks places better (docs/understanding.md).
ALGORITHM = "ap"
SETTINGS = {"max_iterations": 6, "feature.minfreq": 2}
# Of the sentences in which nothing is annotated, one in so many is learned from: enough to know them, and places are
# found more often.
ONE_IN = 6
_TO = ("到", "至")
# What the CRF's chances count beside the encoder's, as logarithms: it is surer of itself than it is right. Chosen on the
# development sets.
SHARE, LEAST = 0.05, 1e-6
# Where the CRF gives no tag this chance anywhere, there is nothing.
NOTHING = 0.001
STEPS = may_follow()


class SpanTagger:
    def __init__(self, model: bytes | None) -> None:
        """`model` as CRFsuite writes it; None finds nothing."""
        self._model, self._tagger = model, None  # the tagger reads in these bytes as long as it lives
        self._lock = threading.Lock()
        if model is not None:
            self._tagger = pycrfsuite.Tagger()
            self._tagger.open_inmemory(model)

    @staticmethod
    def fit(examples: Sequence[tuple[str, Sequence[Span]]], folder: Path) -> None:
        """Trains on (normalised text, spans) and writes the model into the folder. Places are learned with their settled
        edges: those who annotate do not agree on them."""
        trainer = pycrfsuite.Trainer(algorithm=ALGORITHM, verbose=False)
        trainer.set_params(SETTINGS)
        for number, (text, spans) in enumerate(examples):
            if text and (spans or number % ONE_IN == 0):
                trainer.append(_observations(text), tags_of(len(text), [settled(text, span) for span in spans]))
        with tempfile.TemporaryDirectory() as own:
            learned = Path(own) / "model"
            trainer.train(str(learned))
            if learned.exists():  # something was annotated
                # Packed quickly: Rasa packs all with the slowest setting, which leaves alone what is packed.
                (folder / MODEL_FILE).write_bytes(zlib.compress(learned.read_bytes(), 1))

    @classmethod
    def load(cls, folder: Path) -> "SpanTagger":
        """Without a model (nothing was annotated) it finds nothing. Raises ValueError when the file is broken."""
        file = folder / MODEL_FILE
        try:
            return cls(zlib.decompress(file.read_bytes()) if file.exists() else None)
        except zlib.error as error:
            raise ValueError("the tagger's model is broken") from error

    def find(self, text: str, heard: Callable[[], np.ndarray | None] | None = None) -> list[Span]:
        """The spans in normalised text, in order, without overlaps. `heard`: tells the encoder's scores (characters ×
        TAGS) for as much of the text as it has read; asked only where there may be something."""
        if self._tagger is None or not text:
            return []
        found = [settled(text, span) for span in spans_of(self._tags(text, heard))]
        meant = (span for span in found if _means_something(text[span.start : span.end], span.kind))
        return as_stretches(text, _without_overlaps(meant))

    def _tags(self, text: str, heard: Callable[[], np.ndarray | None] | None) -> list[str]:
        with self._lock:  # it remembers the text between the two
            likely = self._tagger.tag(_observations(text))
            chances = self._chances(len(text)) if heard else None
        if heard is None or chances[:, 1:].max() < NOTHING or (scores := heard()) is None:
            return likely
        together = SHARE * np.log(np.maximum(chances, LEAST))
        together[: len(scores)] += scores
        return likeliest(together, STEPS)

    def _chances(self, length: int) -> np.ndarray:
        """The CRF's own chances (characters × TAGS) for the text that it tagged last."""
        known = set(self._tagger.labels())
        return np.array(
            [[self._tagger.marginal(tag, at) if tag in known else 0.0 for tag in TAGS] for at in range(length)]
        )


def as_stretches(text: str, spans: Iterable[Span]) -> list[Span]:
    """The spans, in order; 南浜桥 and 北浜桥 of 南浜桥到北浜桥 are one place, the stretch between them."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.kind == span.kind == PLACE and text[last.end : span.start] in _TO:
            joined[-1] = Span(PLACE, last.start, span.end)
        else:
            joined.append(span)
    return joined


def _means_something(words: str, kind: str) -> bool:
    return any(char.isalpha() for char in words) and (kind != PLACE or is_one(words))


def _without_overlaps(found: Iterable[Span]) -> list[Span]:
    """Settled edges may reach into the next span, which then gives way; or back over the one before (a crossing is
    found at its second street), which then does."""
    kept: list[Span] = []
    for span in found:
        while kept and span.start <= kept[-1].start:
            kept.pop()
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def settled(text: str, span: Span) -> Span:
    return Span(PLACE, *settle(text, span.start, span.end)) if span.kind == PLACE else span


def _observations(text: str) -> list[tuple[str, ...]]:
    """For each character what stands around it: characters, pairs of them, their shapes, and its place in its word."""
    length, padded = len(text), f"^^{text}$$"
    pairs = [padded[i : i + 2] for i in range(length + 3)]
    shapes = [_shape(char) for char in text]
    parts = [f"w={place}{word}" for word in words(text.replace(" ", "　")) for place in _places(len(word))]
    columns = [[f"{k}={char}" for char in padded[k : k + length]] for k in range(5)]
    columns += [[f"{k}:{pair}" for pair in pairs[k : k + length]] for k in range(4)]
    columns.append(["s" + "".join(shapes[max(0, i - 1) : i + 2]) for i in range(length)])
    if len(parts) == length:
        columns.append(parts)
    return list(zip(*columns, strict=True))


def _places(length: int) -> str:
    return "S" if length == 1 else "B" + "M" * (length - 2) + "E"


def _shape(char: str) -> str:
    if char.isdigit():
        return "9"
    if char.isascii():
        return "a" if char.isalpha() else "."
    return "数" if char in "零〇一二三四五六七八九十百两半几" else "中" if char.isalpha() else "，"
