"""What is published names no small number and lets none be reckoned."""

from itertools import pairwise

import numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.domain.small_numbers import FEWEST, FOLDED, publishable

TABLES = st.dictionaries(
    st.sampled_from([f"C{number:02}" for number in range(1, 19)]), st.tuples(*[st.integers(0, 14)] * 3), max_size=18
)


def test_a_category_under_five_is_folded_with_the_others_like_it():
    lines, whole = publishable({"C04": (9, 5, 6), "C01": (2, 0, 1), "C03": (0, 3, 0)})
    assert [(line.key, line.total) for line in lines] == [("C04", 20), (FOLDED, 6)]
    assert whole.total == 26


def test_the_folded_row_is_never_small_itself():
    lines, _ = publishable({"C04": (9, 5, 6), "C05": (7, 0, 0), "C01": (1, 0, 0)})
    assert [(line.key, line.total) for line in lines] == [("C04", 20), (FOLDED, 8)]


def test_a_month_with_hardly_anything_shows_nothing():
    assert publishable({"C04": (1, 2, 1)}) == ([], None)
    assert publishable({}) == ([], None)


def test_a_small_cell_is_hidden_and_with_it_what_would_give_it_away():
    ((line,), whole) = publishable({"C04": (10, 3, 20)})
    assert line.cells == whole.cells == (None, None, 20)


def test_what_is_nowhere_small_is_shown_as_it_is():
    lines, whole = publishable({"C04": (10, 5, 0), "C01": (6, 0, 7)})
    assert [line.cells for line in lines] == [(10, 5, 0), (6, 0, 7)]
    assert whole.cells == (16, 5, 7)


@given(TABLES)
@settings(max_examples=300, deadline=None)
def test_no_shown_number_is_small_and_no_hidden_one_can_be_reckoned_from_the_sums(table):
    lines, whole = publishable(table)
    if whole is None:
        assert sum(map(sum, table.values())) < FEWEST
        return
    assert whole.total == sum(map(sum, table.values()))
    assert all(before.total >= after.total for before, after in pairwise(lines) if after.key != FOLDED)
    for line in [*lines, whole]:
        assert line.total >= FEWEST
        assert all(cell is None or cell == 0 or cell >= FEWEST for cell in line.cells)
    assert not reckoned([line.cells for line in [*lines, whole]])


def reckoned(grid):
    """Which hidden cells follow from the rows' totals and from the last row being the sum of the others."""
    places = [(y, x) for y, row in enumerate(grid) for x, cell in enumerate(row) if cell is None]
    if not places:
        return []
    sums = [[float(place[0] == y) for place in places] for y in range(len(grid))]
    sums += [
        [(1.0 if y < len(grid) - 1 else -1.0) * (x == column) for y, x in places] for column in range(len(grid[0]))
    ]
    rank = numpy.linalg.matrix_rank(numpy.array(sums))
    alone = numpy.eye(len(places))
    return [places[n] for n in range(len(places)) if numpy.linalg.matrix_rank(numpy.vstack([sums, alone[n]])) == rank]
