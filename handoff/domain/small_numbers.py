"""Figures that may be published: no cell under five, and none that can be reckoned from the others.

A row whose count is small is folded into one row with the others like it. A small cell is hidden, and with it the next
smallest of its row and of its column, so that the sums beside do not give it away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEWEST = 5
FOLDED = "others"


@dataclass(frozen=True)
class Line:
    """`total` is the sum of `cells`; a cell that is None is not published."""

    key: str
    total: int
    cells: tuple[int | None, ...]


def is_small(count: int | None) -> bool:
    return count is not None and 0 < count < FEWEST


def publishable(counted: Mapping[str, Sequence[int]]) -> tuple[list[Line], Line | None]:
    """(rows by size, the folded ones last under `FOLDED`; their sum). `counted` is cells by key. No sum when there are too few."""
    rows = sorted(((key, tuple(cells)) for key, cells in counted.items() if sum(cells)), key=lambda row: -sum(row[1]))
    kept = [row for row in rows if not is_small(sum(row[1]))]
    folded = [row for row in rows if is_small(sum(row[1]))]
    while kept and is_small(sum(sum(cells) for _, cells in folded)):
        folded.append(kept.pop())  # the smallest that could stand alone hides what the rest would tell
    if folded:
        kept.append((FOLDED, _sums([cells for _, cells in folded])))
    whole = _sums([cells for _, cells in kept])
    if sum(whole) < FEWEST:
        return [], None
    grid = _hidden([*(cells for _, cells in kept), whole])
    lines = [Line(key, sum(cells), shown) for (key, cells), shown in zip(kept, grid[:-1], strict=True)]
    return lines, Line("", sum(whole), grid[-1])


def _sums(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True))) if rows else ()


def _hidden(grid: Sequence[Sequence[int]]) -> list[tuple[int | None, ...]]:
    """The grid, whose last row is the sum of the others, with small cells hidden so that no sum gives them away."""
    hidden = {(y, x) for y, row in enumerate(grid) for x, cell in enumerate(row) if is_small(cell)}
    lines = [[(y, x) for x in range(len(row))] for y, row in enumerate(grid)]
    lines += [[(y, x) for y in range(len(grid))] for x in range(len(grid[0]))]
    lone = True
    while lone:
        lone = False
        for line in lines:
            open_ones = [place for place in line if place not in hidden]
            if len(line) - len(open_ones) == 1 and open_ones:
                hidden.add(min(open_ones, key=lambda place: (place[0] == len(grid) - 1, grid[place[0]][place[1]])))
                lone = True
    return [tuple(None if (y, x) in hidden else cell for x, cell in enumerate(row)) for y, row in enumerate(grid)]
