"""What the resident's answer does to the report while the form is open. Pure functions: matter and answer in, slots out.

An empty answer means that the words were none for the form; the rules answer them and the form goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.boundary.taxonomy import taxonomy
from bot.corrections import drops_one, which_one

from . import matter as matters
from . import places

MATTER, SAME, PLACE, CONFIRMED = "matter", "same_case", "place", "confirmed"
QUESTIONS = 2  # at most, for what is missing
MOST_BESIDE = 4  # matters beside the first, which may be named by their number
ANOTHER = "another"  # of `same_case`: not one that is known already
TELLS = ("report", "inform", "correct", "choose_category")
AGREES = ("affirm", "thanks")
SURE_ENOUGH = 0.3  # a word said instead of another need not be as clear as a sentence
Slots = dict[str, Any]

_JOINT = re.compile(r"^(?:对[，, ]*)?(?:还有(?!没)|另外|顺便|再一个|再有|再就是|对了|第二[件个]?)")
# 「对了，…」 alone may as well begin a correction.
_ANOTHER_SPOT = re.compile(r"^(?:对了?[，, ]*)?(?:还有(?!没)|另外|顺便|再一个|再有|再就是|第二[件个]?)")
_SAME = re.compile(r"同一|就是(?:那|上次|之前|原来)|是那|一回事|还是(?:那|上次)")


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
    changed = _corrected(told, answer) if answer.correction else _more(told, answer)
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


def _corrected(matter: matters.Matter, answer: Answer) -> matters.Matter:
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
