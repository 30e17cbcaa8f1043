"""Where what is read stands in the ledger: of a text, `text[start:end]` is message `seq` from its character `at` on."""

from __future__ import annotations

from collections.abc import Iterable

Pieces = list[dict[str, int]]
JOINT = "，"


def cut(pieces: Pieces, start: int, end: int) -> Pieces:
    """The pieces of `text[start:end]`."""
    return [_cut(piece, start, end) for piece in pieces if piece["start"] < end and start < piece["end"]]


def _cut(piece: dict[str, int], start: int, end: int) -> dict[str, int]:
    first, last = max(piece["start"], start), min(piece["end"], end)
    return {**piece, "start": first - start, "end": last - start, "at": piece["at"] + first - piece["start"]}


def joined(parts: Iterable[tuple[str, Pieces]], joint: str = JOINT) -> tuple[str, Pieces]:
    """One text of several, with the pieces of all."""
    whole, found = "", []
    for text, pieces in parts:
        whole += joint if whole else ""
        moved = len(whole)
        found += [{**piece, "start": piece["start"] + moved, "end": piece["end"] + moved} for piece in pieces]
        whole += text
    return whole, found
