"""Tests run in three processes side by side (pytest-xdist), since they wait more than they work: each file in one of them,
and the two folders that share what is slow to make (a desk lived in for a month, a trained reader) as a whole."""

from pathlib import Path

import pytest
from hypothesis import strategies

TESTS = Path(__file__).parent
# What takes longest begins first, so that no process has much left when the others are done.
FIRST = ("nlu", "browser", "fire", "e2e", "integration")
AS_A_WHOLE = ("browser", "nlu")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: FIRST.index(folder) if (folder := _folder(item)) in FIRST else len(FIRST))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(folder if (folder := _folder(item)) in AS_A_WHOLE else str(item.path)))
    # In a fresh clone this makes Hypothesis' table of Unicode, which takes seconds; the first test would be thought slow.
    strategies.text().validate()


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]
