"""What stands beside the reader in the evaluation: a list of keywords, and the life-safety rules alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from bot.boundary.policy import HAND_OFF, REGISTER
from bot.boundary.screen import screen
from bot.boundary.triggers import priority_of
from bot.cli.measures import Pairs

KEYWORDS = Path("tests/nlu/keywords.yml")
Detector = Callable[[str], str | None]


def keywords(file: Path = KEYWORDS) -> Detector:
    """Finds the trigger of the first word of the list that stands in a text."""
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))
    words = [(word, trigger) for trigger, words in listed.items() for word in words]
    return lambda text: next((trigger for word, trigger in words if word in text), None)


def rules(text: str) -> str | None:
    """The trigger that the life-safety rules find by themselves, as when Rasa is down."""
    found = screen(text)
    return found.trigger if found else None


def judged(handoff: Pairs, detector: Detector) -> Pairs:
    """The same rows with what a detector says, in the form in which the reader says it."""
    return [(row, _told(detector(row["text"]))) for row, _ in handoff]


def _told(trigger: str | None) -> dict[str, Any]:
    return {
        "trigger": trigger,
        "priority": priority_of(trigger),
        "disposition": REGISTER if trigger is None else HAND_OFF,
    }
