"""The matter being reported: what was understood, kept between the turns as plain data."""

from __future__ import annotations

import re
from typing import Any

from bot.boundary.taxonomy import taxonomy

from . import places

Matter = dict[str, Any]

# Where a case cannot be worked on without knowing the place; the other matters concern a person, not a spot.
NEEDS_PLACE = (
    "C01", "C0201", "C0202", "C03", "C04", "C0501", "C0502", "C0503", "C0504", "C06", "C0703", "C0704", "C0806",
    "C1202", "C1204", "C1301", "C1302", "C1303", "C1305", "C1306", "C1307", "C1401", "C1403", "C1504",
)  # fmt: skip
UNKNOWN, SMALL_TALK, PROGRESS, PRAISE = "C9903", "C9902", "C1604", "C1701"
NOTHING = (UNKNOWN, SMALL_TALK)  # what is no matter at all
CONTENT = ("表扬", "建议")  # who says it complains of nothing
# Nothing is to be mended there: a place may be said, it is not asked for.
WITHOUT_PLACE = ("咨询", *CONTENT)
# The case types for people who cannot or would rather not do it themselves, and the category they are filed under.
AGENT, VISIT, HELP = "代办", "上门", "C1606"
_VISIT = re.compile(r"上门|(?:来|到|上)(?:我|咱|俺|阿拉)?(?:们)?家(?:里|来)?")
_AGENT = re.compile(
    r"代办|代为|代我|代替我|(?:帮|替|给)(?:我|俺|咱|阿拉|老人|我妈|我爸)(?:去|来)?(?:代)?(?:办|跑|交|领|填|弄)"
)


def from_understanding(understood: dict[str, Any], text: str, pieces: list[dict[str, int]], asked: int = 0) -> Matter:
    """One matter, or the first of several with the others beside it in `also`. `text` is what was read, in `pieces`;
    `answers` names the approved answer to each reading that has one."""
    parts = understood.get("matters") or []
    found = [places.at(text, span["start"], span["end"], pieces) for span in place_spans(understood)]
    own = found if len(found) == len(parts) else [None] * len(parts)
    every = [_one(part, place) for part, place in zip(parts, own, strict=True)]
    first, *also = [one for one in every if one["subcategory"] not in NOTHING] or [_one(understood, None)]
    return {
        **first,
        "urgent": bool(understood.get("urgent")),
        "place": first["place"] or place_in(understood, text, pieces),
        "seqs": sorted({piece["seq"] for piece in pieces}),
        "also": also,
        "asked": asked,
        "answers": _answers(understood),
    }


def _answers(understood: dict[str, Any]) -> dict[str, str]:
    own = {understood.get("subcategory"): understood["knowledge"]["id"]} if understood.get("knowledge") else {}
    return {**own, **(understood.get("answers") or {})}


def told_apart(understood: dict[str, Any]) -> list[dict[str, Any]]:
    """Where a message tells several things, those of them that are matters, in its order."""
    return [part for part in understood.get("matters") or [] if part.get("subcategory") not in (None, *NOTHING)]


def _one(part: dict[str, Any], place: places.Place | None) -> dict[str, Any]:
    return {"subcategory": part.get("subcategory") or UNKNOWN, "type": part.get("type") or "其他", "place": place}


def each(matter: Matter) -> list[dict[str, Any]]:
    return [{name: matter[name] for name in ("subcategory", "type", "place")}, *matter["also"]]


def of(matter: Matter, every: list[dict[str, Any]]) -> Matter:
    """The matter with these in the place of what it was."""
    first, *also = every
    return {**matter, **first, "place": first.get("place") or matter["place"], "also": also}


def chosen(matter: Matter, code: str) -> Matter:
    """The matter as the category that was chosen; what was told beside it stays beside it."""
    every = each(matter)
    at = next((n for n, one in enumerate(every) if one["subcategory"] == code), 0)
    picked = {**every.pop(at), "subcategory": code}
    return of(matter, [picked, *every])


def with_those_beside(matter: Matter, understood: dict[str, Any]) -> Matter:
    """The matter with what was told beside a question about something else."""
    known = {understood.get("subcategory"), *(one["subcategory"] for one in each(matter))}
    others = [_one(part, None) for part in told_apart(understood) if part["subcategory"] not in known]
    return {**matter, "also": [*matter["also"], *others]}


def place_spans(understood: dict[str, Any]) -> list[dict[str, Any]]:
    return [span for span in understood.get("spans") or [] if span.get("kind") == "place"]


def place_in(understood: dict[str, Any], text: str, pieces: list[dict[str, int]]) -> places.Place | None:
    found = understood.get("place")
    return places.at(text, found["start"], found["end"], pieces) if isinstance(found, dict) else None


def needs_place(matter: Matter) -> bool:
    return matter["type"] not in WITHOUT_PLACE and matter["subcategory"].startswith(NEEDS_PLACE)


def with_words(matter: Matter, pieces: list[dict[str, int]]) -> Matter:
    """The matter with these messages among those that tell it."""
    return {**matter, "seqs": sorted({*matter["seqs"], *(piece["seq"] for piece in pieces)})}


def service_in(text: str) -> str | None:
    """代办 or 上门, when that is what somebody asks for."""
    return VISIT if _VISIT.search(text) else AGENT if _AGENT.search(text) else None


def names(matter: Matter) -> list[str]:
    return [taxonomy().name(code) for code in (matter["subcategory"], *(m["subcategory"] for m in matter["also"]))]


def told_places(matter: Matter) -> list[places.Place | None]:
    """The place of each matter; one that has none of its own is where the first is."""
    first = matter["place"] if matter["place"] and matter["place"].get("told") else None
    return [first, *(m.get("place") or first for m in matter["also"])]


def commands(matter: Matter) -> list[dict[str, Any]]:
    """`register_case` for every matter named."""
    where = told_places(matter)
    shared = {"message_seqs": matter["seqs"]}
    first = {"category": matter["subcategory"], "type": matter["type"], "urgent": matter["urgent"], "place": where[0]}
    others = [
        {"category": m["subcategory"], "type": m["type"], "urgent": False, "place": place}
        for m, place in zip(matter["also"], where[1:], strict=True)
    ]
    return [{**each, **shared} for each in (first, *others)]


def known_case(matter: Matter, cases: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The resident's own open case that may be this matter: the same category, and no other place."""
    if matter["also"]:
        return None
    place = (matter["place"] or {}).get("text")
    for case in cases:
        same = case.get("category") == matter["subcategory"] and case.get("status") != "closed"
        if same and places.may_be_the_same(case.get("place"), place):
            return case
    return None
