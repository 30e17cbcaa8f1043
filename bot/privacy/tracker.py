"""What of a resident's text may leave the ledger for the dialogue engine.

Names, numbers and the door number are replaced by ＊ of the same length, so that offsets found in the masked text are
true in the original. The street and building stay, because a case needs its place; an illness without a name or a door
belongs to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .pii import MASK, find

KEPT = frozenset({"health"})
LEARNED = frozenset({"name", "address"})  # of these rules alone know only some
LONGEST = 3500  # characters of one message that are read at once
# A leading slash would be read as one of Rasa's own payloads; residents may not speak in those.
_LEADING = re.compile(r"^[/\s]+")
_DOOR = re.compile(r"[0-9０-９一二三四五六七八九零〇]+(?=\s*[室户号房](?:[^0-9]*)$|$)")


def for_dialogue(text: str) -> str:
    """The text with whatever points to one person masked, as far as rules know it; the length stays."""
    chars = list(text)
    for pii in find(text):
        if pii.kind not in KEPT:
            chars[pii.start : pii.end] = _hidden(pii.kind, text[pii.start : pii.end])
    return "".join(chars)


def as_read(text: str) -> tuple[str, int]:
    """The words of a message as the bot reads them, masked, and where in the message they begin; "" when it has none."""
    masked = for_dialogue(text)
    at = len(masked) - len(_LEADING.sub("", masked))
    return masked[at:].rstrip()[:LONGEST], at


def without_names(parsed: dict[str, Any], text: str) -> tuple[dict[str, Any], str]:
    """A message as Rasa may remember it: what was parsed, and its text, with the names and doors masked that only the
    trained reader knows (尹长根家漏水). Offsets stay true."""
    personal = sorted(set(_personal(parsed.get("understanding") or {}, parsed.get("text") or text)), key=_length)
    masks = [(words, hidden) for kind, words in personal if (hidden := _hidden(kind, words)) != words]
    return _masked(parsed, masks), _masked(text, masks)


def _hidden(kind: str, words: str) -> str:
    """All of it, but of an address only the door: a case needs its street."""
    start, end = 0, len(words)
    if kind == "address":
        door = _DOOR.search(words)
        start, end = door.span() if door else (0, 0)
    return words[:start] + MASK * (end - start) + words[end:]


def _personal(understood: dict[str, Any], text: str) -> Iterator[tuple[str, str]]:
    for one in understood.get("pii") or []:
        if one["kind"] in LEARNED:
            yield one["kind"], text[slice(*one["span"])]
    if taken_apart := understood.get("correction"):
        for half in ("asserted", "denied"):
            yield from _personal(taken_apart.get(f"{half}_read") or {}, taken_apart.get(half) or "")


def _length(one: tuple[str, str]) -> int:
    return -len(one[1])  # what holds another goes first


def _masked(value: Any, masks: list[tuple[str, str]]) -> Any:
    if isinstance(value, dict):
        return {key: _masked(one, masks) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, masks) for one in value]
    if isinstance(value, str):
        for words, hidden in masks:
            value = value.replace(words, hidden)
    return value
