"""The matter being reported: what was understood, kept between the turns as plain data.

A place is kept as offsets into one of the resident's messages: the dialogue saw the text masked, the desk has it whole.
"""

from __future__ import annotations

from typing import Any

from bot.boundary.taxonomy import taxonomy

Matter = dict[str, Any]

# Where a case cannot be worked on without knowing the place; the other matters concern a person, not a spot.
NEEDS_PLACE = (
    "C01", "C0201", "C0202", "C03", "C04", "C0501", "C0502", "C0503", "C0504", "C06", "C0703", "C0704", "C0806",
    "C1202", "C1204", "C1301", "C1302", "C1303", "C1305", "C1306", "C1307", "C1401", "C1403", "C1504",
)  # fmt: skip
UNKNOWN = "C9903"
PLACE_NOT_TOLD: dict[str, Any] = {"told": False}


def from_understanding(understood: dict[str, Any], seq: int) -> Matter:
    """One matter, or the first of several with the others beside it in `also`."""
    also = [part for part in (understood.get("matters") or [])[1:] if part.get("subcategory")]
    return {
        "subcategory": understood.get("subcategory") or UNKNOWN,
        "type": understood.get("type") or "其他",
        "urgent": bool(understood.get("urgent")),
        "place": place_in(understood, seq),
        "seqs": [seq],
        "also": [{"subcategory": part["subcategory"], "type": part.get("type") or "其他"} for part in also],
        "asked": 0,
    }


def place_in(understood: dict[str, Any], seq: int) -> dict[str, Any] | None:
    found = understood.get("place")
    if not isinstance(found, dict):
        return None
    return {"seq": seq, "start": found["start"], "end": found["end"], "text": found["text"], "told": True}


def whole_text_as_place(text: str, seq: int) -> dict[str, Any]:
    """The answer to "where?" that names no known kind of place: the resident's words are the place."""
    return {"seq": seq, "start": 0, "end": len(text), "text": text[:60], "told": True}


def needs_place(matter: Matter) -> bool:
    return matter["subcategory"].startswith(NEEDS_PLACE)


def corrected(matter: Matter, understood: dict[str, Any], seq: int) -> Matter:
    """The matter after the resident set something right; a new category or place replaces the old one."""
    code = understood.get("subcategory")
    category = code if code and code != UNKNOWN and understood.get("about_category", True) else matter["subcategory"]
    place = place_in(understood, seq) or matter["place"]
    seqs = [*matter["seqs"], seq]
    return {**matter, "subcategory": category, "place": place, "seqs": seqs, "also": []}


def names(matter: Matter) -> list[str]:
    return [taxonomy().name(code) for code in (matter["subcategory"], *(m["subcategory"] for m in matter["also"]))]


def commands(matter: Matter) -> list[dict[str, Any]]:
    """`register_case` for every matter named."""
    place = matter["place"] if matter["place"] and matter["place"].get("told") else None
    shared = {"place": place, "message_seqs": matter["seqs"], "urgent": matter["urgent"]}
    first = {"category": matter["subcategory"], "type": matter["type"], **shared}
    others = [{"category": m["subcategory"], "type": m["type"], **shared, "urgent": False} for m in matter["also"]]
    return [first, *others]
