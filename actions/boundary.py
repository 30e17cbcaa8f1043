"""The boundary, asked once more for every matter before anything is registered: what it gives to people goes to people."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.boundary.policy import HAND_OFF, POLICY_FILE, Policy


def for_a_person(commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the `register_case` commands, those whose matter only a person may take up."""
    policy = _policy()
    return [
        each for each in commands if policy.decide(each["category"], each["type"], None, 1.0).disposition == HAND_OFF
    ]


def _policy() -> Policy:
    file = Path(os.environ.get("BOUNDARY_FILE") or POLICY_FILE)
    return _loaded(file, file.stat().st_mtime_ns if file.exists() else 0)


@lru_cache(maxsize=2)
def _loaded(file: Path, changed: int) -> Policy:
    return Policy.load(file)
