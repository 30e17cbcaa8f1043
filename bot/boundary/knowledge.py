"""The approved answers: nlu_data/knowledge/*.yml, read without Rasa by whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "nlu_data" / "knowledge"


@dataclass(frozen=True)
class Entry:
    """`questions` are ways to ask; `review_by` is the day after which the answer may not be given any more."""

    id: str
    category: str
    unit: str
    questions: tuple[str, ...]
    answer: str
    source: str
    reviewed_on: date
    review_by: date
    adapt: bool


@cache
def entries(folder: Path = FOLDER) -> dict[str, Entry]:
    """All entries by id. Raises KeyError or TypeError for a malformed file; a test reads them all."""
    found = {}
    for path in sorted(folder.glob("*.yml")):
        for raw in yaml.safe_load(path.read_text(encoding="utf-8"))["answers"]:
            entry = Entry(**{**raw, "questions": tuple(raw["questions"]), "adapt": bool(raw.get("adapt"))})
            if entry.id in found:
                raise KeyError(f"duplicate knowledge id {entry.id}")
            found[entry.id] = entry
    return found
