"""Where it is, as places in the resident's own messages: the dialogue saw them masked, the desk has them whole.

A place is `{"told": True, "text": masked words, "parts": [{"seq", "start", "end", "text"}]}`; the parts, one after the
other, are the place. That way a corrected house number takes the place of the wrong one and the street stays.
"""

from __future__ import annotations

import re
from typing import Any

Place = dict[str, Any]
NOT_TOLD: Place = {"told": False}
LONGEST = 60

_NUMBER = "0-9０-９一二三四五六七八九十百〇零两a-zA-Z＊"
_UNITS = "号楼|号院|号门|栋|幢|座|单元|楼|层|室|号|组|期|区|弄|门|队"
_PART = rf"[{_NUMBER}]{{1,5}}(?:{_UNITS})"
# Only the end of a place, without a name of its own: 5号楼, 2单元502, 东门口. A number is read whole: one that could be
# taken apart in many ways would be, in all of them.
_PARTIAL = re.compile(
    rf"(?:[{_NUMBER}]+(?:{_UNITS})|[东南西北前后左右]{{1,2}}(?:门|侧|边|头|区)口?|[{_NUMBER}]{{3,}}(?![{_NUMBER}]))+"
)
_ONLY_THE_END = re.compile(
    rf"(?:不[是对]?[，, ]+)?(?:应该|其实|就|这[次回])?[是在]?({_PARTIAL.pattern})[的吧啊呀哦嘛]{{0,2}}[。！,，.!]?"
)
_BUILDING = re.compile(rf"(?<![{_NUMBER}])[{_NUMBER}]{{1,5}}(?:号楼|栋|幢|座|号院)")
_UNIT = re.compile(rf"[{_NUMBER}]{{1,5}}({_UNITS})|[东南西北前后左右]{{1,2}}(门|侧|边|头|区)")
# Words that say where, though they name no place on the map.
_LIKE_ONE = re.compile(
    rf"{_PART}|(?:路|街|巷|弄|道|小区|花园|家园|公寓|广场|公园|市场|菜场|超市|学校|小学|中学|医院|车站|地铁|村|组|屯|湾|桥|河|渠|门口|楼下|楼上|楼道|楼顶"
    r"|院里|院子|路口|街口|巷口|村口|对面|旁边|边上|隔壁|附近|后面|前面|里头|那边|那儿|那里|那块|跟前|电梯口|地库|车库|车棚)"
)
_DOES_NOT_KNOW = re.compile(
    r"不知道|不晓得|不清楚|说不清|说不上|不好说|记不得|记不清|不记得|想不起|看不清|不认得|不认识路|没有地址|没地址|没有具体|不方便说|不想说|唔知|弗晓得|晓不得|不告诉|保密"
)
_QUESTION = re.compile(r"[?？]|吗|呢$|怎么|咋|什么|啥|几时|多少|为什么|哪[里个儿]?有")


def at(text: str, start: int, end: int, pieces: list[dict[str, int]]) -> Place:
    """The place `text[start:end]` of what was read, found again in the messages it came from."""
    parts = []
    for piece in pieces:
        first, last = max(start, piece["start"]), min(end, piece["end"])
        if first < last:
            moved = piece["at"] - piece["start"]
            parts.append({"seq": piece["seq"], "start": first + moved, "end": last + moved, "text": text[first:last]})
    return _of(parts)


def _of(parts: list[dict[str, Any]]) -> Place:
    return {"told": True, "text": "".join(part["text"] for part in parts), "parts": parts}


def looks_like_one(text: str) -> bool:
    return bool(_LIKE_ONE.search(text)) and len(text) <= LONGEST and not _QUESTION.search(text)


def only_the_end_of_one(text: str) -> tuple[int, int] | None:
    """Where the end of a place stands in a message that says nothing else (3栋, 应该是3栋): no tagger is sure of so little."""
    said = _ONLY_THE_END.fullmatch(text) if len(text) <= LONGEST else None
    return said.span(1) if said and _UNIT.match(said[1]) else None


def building_in(text: str) -> tuple[int, int] | None:
    """Where a building stands in a message that says more: 还有5号楼的路灯也不亮."""
    found = _BUILDING.search(text)
    return found.span() if found else None


def is_not_known(text: str) -> bool:
    """「不知道具体门牌」"""
    return bool(_DOES_NOT_KNOW.search(text))


def amended(old: Place | None, new: Place, denied: str = "") -> Place:
    """`old` with the denied words replaced; with a new house number where there was one; else the new place."""
    if not old or not old.get("told"):
        return new
    if denied and denied in old["text"]:
        start = old["text"].index(denied)
        rest = _cut(old, start + len(denied), len(old["text"]))
        if _UNIT.search(new["text"]) and _PARTIAL.fullmatch(rest["text"]):
            rest = _of([])  # 不是幸福小区，是阳光花园2号楼: the old building belongs to the old name
        return _joined(_cut(old, 0, start), new, rest)
    if new["text"] in old["text"]:
        return old
    if not _PARTIAL.fullmatch(new["text"]):
        return new
    unit = _UNIT.match(new["text"])
    same = [found for found in _UNIT.finditer(old["text"]) if unit and found.groups() == unit.groups()]
    return _joined(_cut(old, 0, same[0].start()), new) if same else _joined(old, new)


def _cut(place: Place, start: int, end: int) -> Place:
    parts, offset = [], 0
    for part in place["parts"]:
        first, last = max(start - offset, 0), min(end - offset, len(part["text"]))
        if first < last:
            words = part["text"][first:last]
            parts.append({**part, "start": part["start"] + first, "end": part["start"] + last, "text": words})
        offset += len(part["text"])
    return _of(parts)


def _joined(*places: Place) -> Place:
    return _of([part for place in places for part in place["parts"]])


def may_be_the_same(one: str | None, other: str | None) -> bool:
    """Whether two places can be one: nothing said of one of them, or one within the other."""
    if not one or not other:
        return True
    one, other = (re.sub(r"[\s，,。的在]", "", words) for words in (one, other))
    return one in other or other in one
