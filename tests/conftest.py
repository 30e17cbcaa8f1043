"""Tests run in three processes side by side (pytest-xdist), since they wait more than they work: each folder in one of them,
for what its tests share. The files of the two folders that start real processes share nothing and go one by one."""

from pathlib import Path

import pytest
from hypothesis import strategies

TESTS = Path(__file__).parent


# What takes longest begins first, so that no process has much left when the others are done.
FIRST = ("fire", "e2e", "browser", "nlu", "integration")
BY_FILE = ("fire", "e2e")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: FIRST.index(folder) if (folder := _folder(item)) in FIRST else len(FIRST))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.name if _folder(item) in BY_FILE else _folder(item)))
    # In a fresh clone this makes Hypothesis' table of Unicode, which takes seconds; the first test would be thought slow.
    strategies.text().validate()


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]
