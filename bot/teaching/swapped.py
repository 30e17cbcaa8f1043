"""Sentences with the names, illnesses and places of other sentences, so that their tags are learned from what stands around
them too, not from them alone."""

import random
from collections import defaultdict
from collections.abc import Sequence

from bot.nlu.tags import Span

# Of the sentences, and of the pieces in such a sentence.
SENTENCES, PIECES = 0.5, 0.7
SWAPPED = ("name", "health", "place")
Tagged = tuple[str, list[Span]]


class Swapped:
    """`read`: where the pieces are from. One is swapped for another of its kind and length, which most often is of its shape:
    老王 for 小秦, 赵大爷 for 田秀英."""

    def __init__(self, read: Sequence[Tagged]) -> None:
        self._pieces: dict[tuple[str, int], list[str]] = defaultdict(list)
        for text, spans in read:
            for span in spans:
                self._pieces[span.kind, span.end - span.start].append(text[span.start : span.end])

    def one(self, text: str, spans: Sequence[Span]) -> Tagged:
        """Sometimes with other pieces. `spans`: in order, without overlaps."""
        if random.random() >= SENTENCES:
            return text, list(spans)
        written, moved, at = "", [], 0
        for span in spans:
            piece = text[span.start : span.end]
            if span.kind in SWAPPED and random.random() < PIECES:
                piece = random.choice(self._pieces[span.kind, len(piece)])
            written += text[at : span.start] + piece
            moved.append(Span(span.kind, len(written) - len(piece), len(written)))
            at = span.end
        return written + text[at:], moved
