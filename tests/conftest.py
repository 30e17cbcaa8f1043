"""Each folder of tests runs in one process, several folders side by side (pytest-xdist): they wait more than they work."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How fast values are found says something about the machine, not about the program.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.relative_to(TESTS).parts[0]))
