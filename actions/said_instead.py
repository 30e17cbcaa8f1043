"""「不是路灯，是井盖」: what of a matter is set right by what was said instead. Pure functions."""

from __future__ import annotations

from typing import Any

from bot.boundary.taxonomy import taxonomy
from bot.corrections import which_one

from . import matter as matters
from . import places
from .heard import Answer

SURE_ENOUGH = 0.3  # a word said instead of another need not be as clear as a sentence


def corrected(matter: matters.Matter, answer: Answer) -> matters.Matter:
    """The one of the matters that is meant, set right by what was said instead."""
    correction, every = answer.correction, matters.each(matter)
    index = _which(every, answer)
    every[index] = set_right(every[index], correction, answer)
    if index and correction.get("field") is None and every[index] == matters.each(matter)[index]:
        every[0] = set_right(every[0], correction, answer)
    changed = matters.of(matter, every)
    cleared = index == 0 and every[0].get("place") is None
    return {**changed, "place": None} if cleared else changed


def _which(every: list[dict[str, Any]], answer: Answer) -> int:
    number = which_one(answer.text)
    if number is not None and number < len(every):
        return number
    denied = (answer.correction.get("denied_read") or {}).get("subcategory")
    return next((n for n, one in enumerate(every) if one["subcategory"] == denied), 0)


def set_right(one: dict[str, Any], correction: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """One matter with what was said instead: its place, its type or its category."""
    said, read = correction.get("asserted") or "", correction.get("asserted_read") or {}
    about, denied = correction.get("field"), correction.get("denied") or ""
    if not said:
        return {**one, "place": None} if about == "place" else one
    if said.strip() in taxonomy().types:
        return {**one, "type": said.strip()}
    if about == "time":
        return one
    if place := _asserted_place(correction, answer, about):
        return {**one, "place": places.amended(one.get("place"), place, denied)}
    code = read.get("subcategory")
    clear = code not in (None, matters.UNKNOWN, matters.SMALL_TALK) and (read.get("confidence") or 0) >= SURE_ENOUGH
    only_time = bool(read.get("time")) and len(said) - len(read["time"]["text"]) <= 2
    return {**one, "subcategory": code} if clear and not only_time else one


def _asserted_place(correction: dict[str, Any], answer: Answer, about: str | None) -> places.Place | None:
    """The place in the second half: the whole of it when the field was named or it is little else."""
    said, read, start = correction["asserted"], correction.get("asserted_read") or {}, correction["start"]
    found = read.get("place")
    mostly = found and found["end"] - found["start"] >= len(said) - 3
    if mostly:
        return places.at(answer.text, start + found["start"], start + found["end"], answer.pieces)
    if about == "place" or (places.looks_like_one(said) and places.looks_like_one(correction.get("denied") or said)):
        return places.at(answer.text, start, start + len(said), answer.pieces)
    return None
