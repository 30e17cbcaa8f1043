"""Where a case is, put right by staff in one step: the place in words and the area. What stood there stays in its history."""

from __future__ import annotations

from typing import Any

from ..domain import areas
from ..domain.errors import BadInput
from ..domain.models import Case

CORRECT = "correct_place"
PLACE_LIMIT = 200
LIMITS = {"place": PLACE_LIMIT, "area": areas.LONGEST}


def changes(case: Case, data: dict[str, Any]) -> dict[str, str | None]:
    """What becomes different of `place` and `area`: one that is not in `data` stays, an empty one is taken out."""
    given = {field: _words(data[field], field) for field in LIMITS if field in data}
    different = {field: words for field, words in given.items() if words != getattr(case, field)}
    if not different:
        raise BadInput("place", "地点和社区都没有改。")
    return different


def _words(value: object, field: str) -> str | None:
    if not isinstance(value, str):
        raise BadInput(field, f"{field} 应是文字。")
    words = value.strip()
    if len(words) > LIMITS[field]:
        raise BadInput(field, f"{field} 最长 {LIMITS[field]} 个字。")
    return words or None


def history(case: Case, different: dict[str, str | None]) -> dict[str, str]:
    """The old and the new value of what was changed; empty where there is none."""
    old = {f"{field}_before": getattr(case, field) or "" for field in different}
    return {**{field: words or "" for field, words in different.items()}, **old}
