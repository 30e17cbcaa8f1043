"""What the packet is headed with: the matter in hand, as it was read, with its category.

A conversation's `understanding` is the last reading that tells of that matter, with `seq`, the message it is of, and:
`registered`, the case it was filed as, after which the next thing told begins another; `apart`, the cases of this
conversation that are of other matters and so are neither relabelled nor closed with this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..domain.models import Case, Conversation
from .ports import Transaction

Reading = dict[str, Any]
NO_MATTER = ("C9902", "C9903")  # small talk; too little said
PROGRESS = "C1604"  # asks how what is registered goes on
TELLS = ("report", "inform")  # what is said to tell something, however little of it is understood


def hear(tx: Transaction, before: Conversation, reading: Reading) -> None:
    """Keeps the reading of a message that tells more of the matter in hand, or begins another."""
    another = _begins_another(before, reading)
    if another or _tells_more(before, reading):
        _keep(tx, before, reading, another)


def overhear(tx: Transaction, before: Conversation, reading: Reading) -> None:
    """Keeps what is said while waiting only where nothing is known yet of what the person was called for; half a sentence
    is then more likely impatience than another matter."""
    known = before.understanding or {}
    if "registered" in known:
        if category(reading) and _begins_another(before, reading):
            _keep(tx, before, reading, another=True)
    elif not tells_matter(known) and _tells_more(before, reading):
        _keep(tx, before, reading, another=False)


def registered(tx: Transaction, before: Conversation, heard: Reading, cases: list[Case]) -> None:
    """The matter is filed, or added to a case that is there. Of several told at once one is the matter in hand."""
    told = heard if tells_matter(heard) else before.understanding or {}
    case = next((one for one in cases if one.category == told.get("subcategory")), cases[0])
    known = _known(before, case)
    reading = _speaks_of(case, heard, known) or known
    _head(tx, before, {**reading, "registered": case.number}, case, cases)


def handed_over(tx: Transaction, before: Conversation, heard: Reading, case: Case, cases: Iterable[Case] = ()) -> None:
    """A person is called for this case; `cases` are those filed beside it."""
    known = _known(before, case)
    reading = _speaks_of(case, heard, known) or (heard if tells_matter(heard) else known)
    _head(tx, before, {key: value for key, value in reading.items() if key != "registered"}, case, cases)


def begun_by(tx: Transaction, before: Conversation, case: Case) -> None:
    """What this case tells is told in words that nobody has read yet."""
    _head(tx, before, {}, case, ())


def is_apart(conversation: Conversation, case: Case) -> bool:
    """Whether a case of this conversation is of another matter than the one in hand."""
    return case.number in (conversation.understanding or {}).get("apart", ())


def tells_matter(reading: Reading) -> bool:
    called = reading.get("trigger") not in (None, "explicit_human")
    return called or category(reading) is not None


def category(reading: Reading) -> str | None:
    """What a reading is about: thanks and half a sentence are about nothing."""
    code = reading.get("subcategory")
    clear = isinstance(code, str) and not code.startswith(NO_MATTER) and reading.get("doubt") != "low"
    return code if clear else None


def certainty(reading: Reading, code: str | None) -> float | None:
    """How sure the reading is of this category; None when it speaks of another matter."""
    if code is not None and reading.get("subcategory") == code:
        return reading.get("confidence")
    parts = [(part.get("subcategory"), part.get("confidence")) for part in reading.get("matters") or []]
    return dict([*parts, *(reading.get("candidates") or [])]).get(code)


def _begins_another(before: Conversation, reading: Reading) -> bool:
    """Whether it tells something else once the matter before it is registered: 对, 谢谢 and 转人工 do not."""
    code = reading.get("subcategory")
    if "registered" not in (before.understanding or {}) or code in (PROGRESS, before.category):
        return False
    act = reading.get("act") or {}
    tells = (act.get("otherwise") or act.get("name")) in TELLS and reading.get("trigger") != "explicit_human"
    return tells or tells_matter(reading)


def _tells_more(before: Conversation, reading: Reading) -> bool:
    """Of the matter in hand: 对 and 转人工 say nothing of what whoever takes over has to know."""
    known = before.understanding or {}
    if "registered" in known:
        return category(reading) is not None and category(reading) == before.category
    return bool(reading) and (tells_matter(reading) or known.keys() <= {"apart"})


def _keep(tx: Transaction, before: Conversation, reading: Reading, another: bool) -> None:
    known, code = before.understanding or {}, category(reading)
    marks = {key: known[key] for key in ("registered", "apart") if key in known}
    if another:
        marks = {"apart": [*marks.get("apart", ()), marks["registered"]]}
    tx.conversations.set(
        before.id, understanding={**reading, **marks}, category=code if another else code or before.category
    )


def _known(before: Conversation, case: Case) -> Reading:
    """What is known already, unless it is of a matter in another case."""
    known = before.understanding or {}
    return known if known.get("registered") in (None, case.number) else {}


def _speaks_of(case: Case, heard: Reading, known: Reading) -> Reading:
    """The one of the two that speaks of what the case was filed as."""
    if case.category.startswith(NO_MATTER):
        return {}
    told = (heard if tells_matter(heard) else {}, known)
    return next((one for one in told if certainty(one, case.category) is not None), {})


def _head(tx: Transaction, before: Conversation, reading: Reading, case: Case, cases: Iterable[Case]) -> None:
    known = before.understanding or {}
    others = {*known.get("apart", ()), *(one.number for one in cases)}
    others |= {known["registered"]} if "registered" in known else set()
    code = case.category if not case.category.startswith(NO_MATTER) else category(reading)
    tx.conversations.set(before.id, understanding={**reading, "apart": sorted(others - {case.number})}, category=code)
