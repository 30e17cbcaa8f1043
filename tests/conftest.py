"""Each folder of tests runs in one process, several folders side by side (pytest-xdist): they wait more than they work."""

from pathlib import Path

import pytest
from hypothesis import strategies

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.relative_to(TESTS).parts[0]))
    # In a fresh clone this makes Hypothesis' table of Unicode, which takes seconds; the first test would be thought slow.
    strategies.text().validate()
