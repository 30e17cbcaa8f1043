"""One message of the resident, as the open form hears it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import matter as matters
from . import places


@dataclass(frozen=True)
class Answer:
    """One message as the form hears it."""

    act: str | None
    text: str
    understood: dict[str, Any]
    pieces: list[dict[str, int]]
    chosen: str | None = None
    cases: list[dict[str, Any]] = field(default_factory=list)

    @property
    def place(self) -> places.Place | None:
        if found := matters.place_in(self.understood, self.text, self.pieces):
            return found
        end = places.only_the_end_of_one(self.text)
        return places.at(self.text, *end, self.pieces) if end else None

    @property
    def building(self) -> places.Place | None:
        """One without a name of its own, among other words."""
        found = places.building_in(self.text)
        return places.at(self.text, *found, self.pieces) if found else None

    @property
    def whole(self) -> places.Place:
        return places.at(self.text, 0, len(self.text), self.pieces)

    @property
    def correction(self) -> dict[str, Any]:
        return self.understood.get("correction") or {}

    @property
    def code(self) -> str | None:
        """The category it names, if it names one clearly enough."""
        code = self.understood.get("subcategory")
        clear = code not in (None, matters.UNKNOWN, matters.SMALL_TALK) and self.understood.get("doubt") != "low"
        return code if clear else None
