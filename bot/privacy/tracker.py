"""What of a resident's text may leave the ledger for the dialogue engine.

Names, numbers and the door number are replaced by ＊ of the same length, so that offsets found in the masked text are
true in the original. The street and building stay, because a case needs its place; an illness without a name or a door
belongs to nobody.
"""

from __future__ import annotations

import re

from .pii import MASK, find

KEPT = frozenset({"health"})
_DOOR = re.compile(r"[0-9０-９一二三四五六七八九零〇]+(?=\s*[室户号房](?:[^0-9]*)$|$)")


def for_dialogue(text: str) -> str:
    """The text with whatever points to one person masked; the length stays."""
    chars = list(text)
    for pii in find(text):
        if pii.kind in KEPT:
            continue
        start, end = pii.start, pii.end
        if pii.kind == "address":
            door = _DOOR.search(text[start:end])
            if not door:
                continue
            start, end = start + door.start(), start + door.end()
        chars[start:end] = MASK * (end - start)
    return "".join(chars)
