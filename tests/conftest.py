"""Tests run in four processes side by side (pytest-xdist), since they wait more than they work: each file in one of them,
and in one also all that share what is slow to make: the desks lived in for a month, the corpus as training reads it."""

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import strategies

from handoff.service import accounts

TESTS = Path(__file__).parent
# What takes longest begins first, so that no process has much left when the others are done.
FIRST = ("nlu", "browser", "fire", "e2e", "integration")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: FIRST.index(folder) if (folder := _folder(item)) in FIRST else len(FIRST))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_shares(item) or str(item.path)))
    # In a fresh clone this makes Hypothesis' table of Unicode, which takes seconds; the first test would be thought slow.
    strategies.text().validate()


@pytest.fixture(scope="session", autouse=True)
def _passwords_that_are_quick_to_check():
    """As slow as they must be in use, they would take half of the processor time of all tests."""
    slow, accounts._hasher = accounts._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    accounts._hasher = slow


def _shares(item: pytest.Item) -> str | None:
    if _folder(item) == "browser":
        return "browser"
    return "corpus" if "corpus" in item.fixturenames else None


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]
