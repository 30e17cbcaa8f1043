"""What a resident is told when a person takes over: the sentences of notices.yml, by trigger."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("notices.yml")


@dataclass(frozen=True)
class Notice:
    reason: str
    first_line: str | None = None
    care: str | None = None
    care_on_page: str | None = None
    care_to_child: str | None = None

    def care_for(self, *, child: bool, on_page: bool) -> str | None:
        """What is said to whoever is writing, where they are writing."""
        return (child and self.care_to_child) or (on_page and self.care_on_page) or self.care


@lru_cache(maxsize=1)
def load() -> dict[str, Notice]:
    with FILE.open(encoding="utf-8") as file:
        return {trigger: Notice(**parts) for trigger, parts in yaml.safe_load(file)["triggers"].items()}


def for_trigger(trigger: str) -> Notice:
    """The notice of a trigger id, or of a reason the desk has itself (`boundary`, `bot_unavailable`)."""
    notices = load()
    return notices.get(trigger, notices["boundary"])
