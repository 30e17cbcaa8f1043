"""Finds and masks personal data in residents' text. A leaf: usable by the desk without Rasa."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.normalize import PARTING_BLANK, normalize
from bot.privacy import addresses, illnesses, names, numbers

# In the order of precedence when two readings overlap.
KINDS = ("id_card", "bank_card", "phone", "passport", "email", "plate", "wechat", "birth", "address", "name", "health")
PEOPLE = frozenset(KINDS) - {"address", "health"}
MASK = "＊"


@dataclass(frozen=True)
class Pii:
    """One piece of personal data: `text[start:end]` of the original text."""

    kind: str
    start: int
    end: int


def find(text: str) -> list[Pii]:
    """All personal data in the whole text, in order, without overlaps."""
    folded = normalize(text, fillers=True, limit=None)
    found = [*numbers.find(folded.text)]
    for kind, of_words in (("name", names), ("health", illnesses), ("address", addresses)):
        found += [(kind, *span) for span in of_words.find(folded.text)]
    placed = [Pii(kind, *folded.span(start, end)) for kind, start, end in found]
    placed = [behind_a_blank(text, one) if one.kind == "address" else one for one in placed]
    return without_overlaps([*placed, *(Pii("name", *one) for one in names.find_signature(text))])


def behind_a_blank(text: str, one: Pii) -> Pii:
    """停了三天 丰泽园6-2-301: what stands before a blank is no part of an address, unless the blank is before its number."""
    blanks = [gap.end() for gap in PARTING_BLANK.finditer(text, one.start, one.end)]
    return replace(one, start=blanks[-1]) if blanks and one.end - blanks[-1] > 1 else one


def before_anybody(text: str, start: int, end: int) -> int:
    """Where a place at `text[start:end]` ends: a name or a number of somebody behind it is no part of it, though masked they
    look like its door (榆荫里19号楼＊＊＊＊＊＊: 302聂小姐)."""
    begun = [one.start for one in find(text) if one.kind in PEOPLE and start < one.start < end]
    return start + len(text[start : min(begun)].rstrip(" 　，,、")) if begun else end


def phone(text: str) -> Pii | None:
    """The first telephone number in the text. Asked of every message at the door, so it looks only where digits are."""
    if sum(char.isnumeric() or char in "幺洞" for char in text) < numbers.FEWEST_DIGITS:
        return None
    folded = normalize(text, fillers=True, limit=None)
    spans = (folded.span(start, end) for kind, start, end in numbers.find_runs(folded.text) if kind == "phone")
    return next((Pii("phone", *span) for span in spans), None)


def without_overlaps(found: list[Pii]) -> list[Pii]:
    """Keeps the kind with precedence, then the longer one; sorted by place."""
    kept: list[Pii] = []
    taken = bytearray(max((pii.end for pii in found), default=0))
    for pii in sorted(found, key=lambda pii: (KINDS.index(pii.kind), pii.start - pii.end)):
        if not any(taken[pii.start : pii.end]):
            taken[pii.start : pii.end] = b"\1" * (pii.end - pii.start)
            kept.append(pii)
    return sorted(kept, key=lambda pii: pii.start)


def mask(text: str, kinds: Collection[str] = KINDS) -> str:
    """The text with every character of such data replaced by ＊; the length stays, so offsets remain true."""
    chars = list(text)
    for pii in find(text):
        if pii.kind in kinds:
            chars[pii.start : pii.end] = MASK * (pii.end - pii.start)
    return "".join(chars)
