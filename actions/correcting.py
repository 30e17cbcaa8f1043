"""「不是3号楼，是5号楼」 after the number was given: what of the resident's own open case it sets right, if that is plain.

What is not plain is added to the case as it was said, for people to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.boundary.taxonomy import taxonomy

from . import matter as matters
from . import places
from .heard import Answer
from .said_instead import set_right

SURE = 0.6  # of another category: nobody is asked once more before the case is changed
_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
Case = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One field of one case, as the resident says it is."""

    case: Case
    place: places.Place | None = None
    category: str | None = None


def changes(cases: list[Case], answer: Answer, just_registered: bool) -> list[Change]:
    """What is set right, in each of the cases that were registered last (several are, after one confirmation). Without
    words that name what was wrong it is plain only just after, and of one case."""
    last = [case for case in cases[:1] if case.get("status") != "closed"]
    together = [case for case in cases if last and case.get("made") == last[0].get("made")]
    found = [change for case in together if (change := _change(case, answer))]
    if answer.correction.get("denied"):
        return found
    return found if just_registered and len(together) == 1 else []


def _change(case: Case, answer: Answer) -> Change | None:
    correction, before = answer.correction, _as_matter(case)
    if not correction.get("asserted"):
        return None
    after, denied = set_right(before, correction, answer), correction.get("denied") or ""
    if after["place"] != before["place"]:
        plain = not denied or _names(denied, case.get("place"))
        return Change(case, place=after["place"]) if plain else None
    if after["subcategory"] != before["subcategory"] and _is_clear(correction):
        return Change(case, category=after["subcategory"]) if _means(case, correction) else None
    return None


def _as_matter(case: Case) -> dict[str, Any]:
    """The case as the form holds a matter; its place is found again in the case, because the dialogue saw it masked."""
    words = case.get("place")
    part = {"case": case["number"], "start": 0, "end": len(words or ""), "text": words}
    place = {"told": True, "text": words, "parts": [part]} if words else None
    return {"subcategory": case["category"], "type": case.get("type") or "其他", "place": place}


def _names(denied: str, place: str | None) -> bool:
    return bool(place) and denied.translate(_DIGITS) in place.translate(_DIGITS)


def _is_clear(correction: dict[str, Any]) -> bool:
    return ((correction.get("asserted_read") or {}).get("confidence") or 0) >= SURE


def _means(case: Case, correction: dict[str, Any]) -> bool:
    """Whether what is denied is what the case is filed as."""
    denied = correction.get("denied") or ""
    read = (correction.get("denied_read") or {}).get("subcategory")
    named = read not in (None, *matters.NOTHING) and read == case["category"]
    return bool(denied) and (named or denied in taxonomy().name(case["category"]))
