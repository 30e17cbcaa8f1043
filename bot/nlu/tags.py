"""The tags of characters: which of them begin or go on with a place, a time, a name, an illness; and the likeliest row of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

PLACE = "place"
KINDS = (PLACE, "time", "name", "health")
OUTSIDE = "O"
TAGS = (OUTSIDE, *(f"{part}-{kind}" for kind in KINDS for part in "BI"))
NEVER = -1e4


@dataclass(frozen=True)
class Span:
    """`text[start:end]` of the text that was read."""

    kind: str
    start: int
    end: int


def tags_of(length: int, spans: Iterable[Span]) -> list[str]:
    """One tag for each character: B-kind where a span begins, I-kind inside it, else O."""
    tags = [OUTSIDE] * length
    for span in spans:
        tags[span.start : span.end] = [f"I-{span.kind}"] * (span.end - span.start)
        tags[span.start] = f"B-{span.kind}"
    return tags


def spans_of(tags: Sequence[str]) -> list[Span]:
    found: list[Span] = []
    start = 0
    for i, tag in enumerate([*tags, OUTSIDE]):
        before = tags[i - 1] if i else OUTSIDE
        if before != OUTSIDE and tag != f"I-{before[2:]}":
            found.append(Span(before[2:], start, i))
        if tag.startswith("B") or (tag != OUTSIDE and (before == OUTSIDE or before[2:] != tag[2:])):
            start = i
    return found


def may_follow() -> np.ndarray:
    """Scores (before × after) that leave every step alone but those into the inside of what was not begun."""
    inside = [tag.startswith("I") for tag in TAGS]
    begun = [[before[2:] == after[2:] for after in TAGS] for before in TAGS]
    return np.where(np.array(inside) & ~np.array(begun), NEVER, 0.0)


def likeliest(scores: np.ndarray, steps: np.ndarray) -> list[str]:
    """The row of tags with the highest sum of `scores` (characters × tags) and `steps` (before × after); Viterbi."""
    if not len(scores):
        return []
    best = scores[0] + np.array([NEVER if tag.startswith("I") else 0.0 for tag in TAGS])
    came_from = []
    for row in scores[1:]:
        ways = best[:, None] + steps
        came_from.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    tag = int(best.argmax())
    row = [tag]
    for before in reversed(came_from):
        tag = int(before[tag])
        row.append(tag)
    return [TAGS[tag] for tag in reversed(row)]
