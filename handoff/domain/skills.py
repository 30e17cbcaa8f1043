"""What a colleague can do that not everybody can, and what a matter asks for. Operators may add names of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable

SEALED = "sealed"  # trusted with reports (举报); it opens what is closed to everybody else
NAMES = {"dialect": "方言", "law": "法律", "minor": "未成年人", SEALED: "举报密件"}
LONGEST = 32
# `minor` is life and safety, which waits for nobody's skill (domain/sight.py): there it only says who suits best.
FOR_TRIGGER = {"minor": ("minor",), "legal_eligibility": ("law",), "mediation": ("law",)}
_IDS = {**{name: id_ for id_, name in NAMES.items()}, "举报": SEALED, "密件": SEALED, "未成年": "minor"}
# Characters and words that written Mandarin does not use: Cantonese, Sichuanese, Shanghainese.
_DIALECT = re.compile("[唔嘅冇咗喺佢啲嚟嘢搵]|啥子|咋个|莫得|晓不得|阿拉|侬")


def known(names: Iterable[str]) -> list[str]:
    """The ids of skills, without repeats; Chinese names are understood. Raises ValueError for what cannot be a name."""
    found: list[str] = []
    for name in (part.strip() for text in names for part in re.split("[,，、]", text)):
        if len(name) > LONGEST:
            raise ValueError(name[:LONGEST])
        skill = _IDS.get(name, name)
        if skill and skill not in found:
            found.append(skill)
    return found


def wanted(trigger: str | None, text: str) -> list[str]:
    """What whoever takes this over should know; it orders the queue and is never a condition for ever."""
    return [*FOR_TRIGGER.get(trigger or "", ()), *(["dialect"] if _DIALECT.search(text) else [])]


def in_words(skills: Iterable[str]) -> str:
    return "、".join(NAMES.get(skill, skill) for skill in skills)
