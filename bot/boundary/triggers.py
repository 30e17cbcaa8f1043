"""The 18 situations in which a person takes over, with their priority."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TRIGGERS_FILE = Path(__file__).with_name("handoff_triggers.json")


@dataclass(frozen=True)
class Trigger:
    """`priority` is P0 (life and safety), P1 or P2."""

    id: str
    priority: str
    definition: str
    bot_action: str
    basis: str


@cache
def triggers() -> dict[str, Trigger]:
    """All triggers by id, most pressing first."""
    return {entry["id"]: Trigger(**entry) for entry in json.loads(TRIGGERS_FILE.read_text(encoding="utf-8"))}


def priority_of(trigger: str | None) -> str | None:
    """P0, P1, P2, or None for no trigger. An unknown id counts as P1: a person looks at it."""
    if trigger is None:
        return None
    known = triggers().get(trigger)
    return known.priority if known else "P1"
