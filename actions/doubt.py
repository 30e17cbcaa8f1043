"""Doubt about what is meant: when it is asked, which readings are offered, and which of them the resident chose."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker

from . import matter as matters
from .boundary import is_sure
from .proposal import entity, intent, understanding

WORTH_NAMING = 0.15  # a candidate less likely than this is no choice to offer
ORDINALS = ("一1头前上左首", "二2后下右")


def is_unclear(tracker: Tracker, matter: matters.Matter) -> bool:
    """Whether it has to be asked: no matter at all, told in passing, read with low confidence or a close runner-up."""
    # What is told like a matter and is none (阿巴阿巴) was not understood; kind words were.
    nothing = (matters.UNKNOWN,) if matter["type"] == "表扬" else matters.NOTHING
    if matter["subcategory"] in nothing:
        return True
    understood = understanding(tracker)
    if parts := matters.told_apart(understood):  # each was read by itself; two of them make the whole look doubtful
        return not all(map(_is_sure, parts))
    return intent(tracker) == "inform" or understood.get("doubt") is not None


def _is_sure(part: dict[str, Any]) -> bool:
    return is_sure(part["subcategory"], part.get("type") or "其他", part.get("confidence", 1.0))


def believable(tracker: Tracker, matter: matters.Matter) -> list[str]:
    """The two readings worth offering: of several matters these, else the likeliest categories of the whole."""
    if matter["also"]:
        return [one["subcategory"] for one in matters.each(matter)][:2]
    candidates = understanding(tracker).get("candidates") or []
    return [code for code, chance in candidates if chance >= WORTH_NAMING and code not in matters.NOTHING][:2]


def chosen(tracker: Tracker, before: matters.Matter | None) -> str | None:
    """The category chosen by button, or by saying which of the two that were offered."""
    if not before or not before.get("choices"):
        return None
    if pressed := entity(tracker, "category"):
        return pressed
    if intent(tracker) != "choose_category":
        return None
    text = tracker.latest_message.get("text") or ""
    found = (code for code, marks in zip(before["choices"], ORDINALS, strict=False) if set(marks) & set(text))
    return next(found, None)
