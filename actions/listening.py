"""What the resident's answer does to the report while the form is open. Pure functions: matter and answer in, slots out.

An empty answer means that the words were none for the form; the rules answer them and the form goes on.
"""

from __future__ import annotations

import re
from typing import Any

from bot.boundary.taxonomy import taxonomy
from bot.corrections import drops_one, which_one

from . import matter as matters
from . import places
from .heard import Answer
from .said_instead import corrected

MATTER, SAME, PLACE, CONFIRMED = "matter", "same_case", "place", "confirmed"
QUESTIONS = 2  # at most, for what is missing
MOST_BESIDE = 4  # matters beside the first, which may be named by their number
ANOTHER = "another"  # of `same_case`: not one that is known already
TELLS = ("report", "inform", "correct", "choose_category")
AGREES = ("affirm", "thanks")
Slots = dict[str, Any]

_JOINT = re.compile(r"^(?:对[，, ]*)?(?:还有(?!没)|另外|顺便|再一个|再有|再就是|对了|第二[件个]?)")
# 「对了，…」 alone may as well begin a correction.
_ANOTHER_SPOT = re.compile(r"^(?:对了?[，, ]*)?(?:还有(?!没)|另外|顺便|再一个|再有|再就是|第二[件个]?)")
_SAME = re.compile(r"同一|就是(?:那|上次|之前|原来)|是那|一回事|还是(?:那|上次)")


def automatic(matter: matters.Matter, slots: Slots, cases: list[dict[str, Any]]) -> Slots:
    """What need not be asked: because it was said, is not needed, or has been asked for often enough."""
    filled: Slots = {}
    same = slots.get(SAME)
    asked_enough = matter["asked"] >= QUESTIONS
    if same is None and (asked_enough or matters.known_case(matter, cases) is None):
        filled[SAME] = same = ANOTHER
    joined = same not in (None, ANOTHER)
    if slots.get(PLACE) is None and same is not None:
        if matter["place"]:
            filled[PLACE] = matter["place"]
        elif joined or asked_enough or not matters.needs_place(matter):
            filled[PLACE] = places.NOT_TOLD
    if joined:
        filled[CONFIRMED] = True
    return filled


def is_aside(answer: Answer, matter: matters.Matter) -> bool:
    """A question about something else, to be answered now; the report goes on afterwards."""
    understood = answer.understood
    if answer.act != "report" or understood.get("disposition") != "answer" or _JOINT.match(answer.text):
        return False
    if understood.get("subcategory") == matters.UNKNOWN:
        return False
    known = bool(understood.get("knowledge")) or understood.get("subcategory") in (matters.PROGRESS, matters.SMALL_TALK)
    other = taxonomy().parent(understood.get("subcategory") or "") != taxonomy().parent(matter["subcategory"])
    return known or (other and understood.get("type") == "咨询" and not answer.correction)


# ── the three questions of the form ──


def about_same(matter: matters.Matter, answer: Answer) -> Slots:
    case = matters.known_case(matter, answer.cases)
    if case is None:
        return {SAME: ANOTHER}
    told = matters.with_words(matter, answer.pieces)
    if answer.act == "deny":
        return {SAME: ANOTHER, MATTER: _placed(told, answer)} if answer.place else {SAME: ANOTHER}
    if answer.act in (*AGREES, "not_solved", "ask_progress") or _SAME.search(answer.text):
        return {MATTER: told, SAME: case["number"]}
    if answer.act in TELLS and not is_aside(answer, matter):
        return {MATTER: _placed(told, answer), SAME: ANOTHER}
    return {}


def _placed(matter: matters.Matter, answer: Answer) -> matters.Matter:
    return {**matter, "place": places.amended(matter["place"], answer.place)} if answer.place else matter


def about_place(matter: matters.Matter, answer: Answer) -> Slots:
    told = matters.with_words(matter, answer.pieces)
    if (answer.act == "deny" or places.is_not_known(answer.text)) and not answer.place:
        return {MATTER: told, PLACE: places.NOT_TOLD}
    if is_aside(answer, matter):
        return {}
    if answer.act in (*TELLS, "chitchat", "affirm", "greet", "deny") and (
        answer.place or places.looks_like_one(answer.text)
    ):
        place = answer.place or answer.whole
        return {MATTER: {**told, "place": place}, PLACE: place}
    if answer.act in ("report", "correct"):
        return {MATTER: _more(told, answer)}
    if answer.act == "inform" and len(answer.text) <= places.LONGEST:
        return {MATTER: {**told, "place": answer.whole}, PLACE: answer.whole}
    return {}


def about_confirmed(matter: matters.Matter, answer: Answer) -> Slots:
    told = {**matters.with_words(matter, answer.pieces), "change": False}
    if answer.text == matter.get("first_text"):
        return {MATTER: {**matter, "again": True}}
    if answer.act in AGREES and not answer.correction and not answer.place:
        return {MATTER: told, CONFIRMED: True}
    if dropped := _without_one(told, answer.text):
        return {MATTER: dropped}
    if answer.act == "deny" and not answer.correction and not answer.place:
        return _denied(matter)
    if answer.act not in (*TELLS, *AGREES, "deny", "not_solved") or is_aside(answer, matter):
        return {}
    changed = corrected(told, answer) if answer.correction else _more(told, answer)
    return {MATTER: changed, PLACE: _place_slot(changed, answer)}


def _denied(matter: matters.Matter) -> Slots:
    """Once: what is wrong? Twice in a row the rules give it to a person."""
    return {} if matter.get("change") else {MATTER: {**matter, "change": True}}


def _place_slot(matter: matters.Matter, answer: Answer) -> places.Place | None:
    """None asks for it again: only when the resident has called it wrong without saying what is right."""
    if matter["place"]:
        return matter["place"]
    asks = answer.correction.get("field") == "place" and matters.needs_place(matter)
    return None if asks else places.NOT_TOLD


def _without_one(matter: matters.Matter, text: str) -> matters.Matter | None:
    """「第二件不要了」, 「只报第一件」"""
    if not matter["also"] or not drops_one(text):
        return None
    every, number = matters.each(matter), which_one(text)
    if number >= len(every):
        return None
    kept = [every[number]] if "只" in text else [one for n, one in enumerate(every) if n != number]
    return matters.of(matter, kept)


def _more(matter: matters.Matter, answer: Answer) -> matters.Matter:
    """New facts: something beside the first matter, another matter in its place, or more about the same one."""
    if beside := _beside(matter, answer):
        return {**matter, "also": [*matter["also"], beside][:MOST_BESIDE]}
    matter = _placed(matter, answer)
    if _is_another(matter, answer) and not matter["also"]:
        code, kind = answer.chosen or answer.code, answer.understood.get("type") or matter["type"]
        return {**matter, "subcategory": code, "type": kind}
    return matter


def _is_another(matter: matters.Matter, answer: Answer) -> bool:
    code = answer.chosen or answer.code
    return code not in (None, matter["subcategory"]) and answer.act in ("report", "correct", "choose_category")


def _beside(matter: matters.Matter, answer: Answer) -> dict[str, Any] | None:
    """A second matter, or where the same is wrong too; what follows no joint is neither."""
    if _is_another(matter, answer) and _JOINT.match(answer.text):
        kind = answer.understood.get("type") or "其他"
        return {"subcategory": answer.chosen or answer.code, "type": kind, "place": answer.place}
    spot = _another_spot(matter, answer)
    return {"subcategory": matter["subcategory"], "type": matter["type"], "place": spot} if spot else None


def _another_spot(matter: matters.Matter, answer: Answer) -> places.Place | None:
    """「还有5号楼的路灯也不亮」, in the estate that was named last; more of a place that was told is none."""
    told = [place for place in matters.told_places(matter) if place]
    same = answer.act == "report" and answer.code == matter["subcategory"] and _ANOTHER_SPOT.match(answer.text)
    place = (answer.place or answer.building) if same and told else None
    if not place:
        return None
    spot = places.amended(told[-1], place)
    return None if any(places.may_be_the_same(spot["text"], one["text"]) for one in told) else spot
