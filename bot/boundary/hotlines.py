"""Which telephone numbers may be shown to a resident."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOTLINES_FILE = Path(__file__).with_name("hotlines.json")
# The same everywhere in China; every other number must first be dialled and verified by the operator.
NATIONAL = frozenset({"110", "119", "120", "122", "12345", "12356"})


@dataclass(frozen=True)
class Hotlines:
    shown: dict[str, str]
    retired: frozenset[str]

    def may_show(self, number: str) -> bool:
        return number in self.shown


def load(path: Path) -> Hotlines:
    """Reads an operator's list: `shown` maps each showable number to its service. Raises ValueError when malformed."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        retired = frozenset(raw["retired"]["numbers"])
        shown = {
            entry["number"]: entry["service"]
            for entry in raw["numbers"]
            if entry["number"] not in retired and (entry["number"] in NATIONAL or _verified(entry))
        }
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"电话表读不懂：{path.name}（{type(error).__name__}）") from error
    return Hotlines(shown, retired)


def _verified(entry: dict) -> bool:
    return entry["status"] == "verified" and bool(entry["verified_on"])


@cache
def hotlines() -> Hotlines:
    """The project's list, read once."""
    return load(HOTLINES_FILE)
