"""What the bot may do about a resident's own earlier cases: tell how they are, add words, open again, pass on a wish.

Never for a case of somebody else; and what ends a case is done by people.
"""

from __future__ import annotations

from datetime import datetime

from bot.boundary.taxonomy import taxonomy

from ..domain import case_number, sealing
from ..domain.models import Case, Conversation
from . import belonging, cases, notices, placing, promises, reaching
from .office import Office
from .ports import Transaction

LATEST = "latest"
# What a resident says about a case, the task it makes for staff, and what the resident is told.
WISHES = {
    "solved": (
        "resident_confirms",
        "居民说 {number} 已经解决，请核实后办结。",
        "太好了。编号 {number} 我记下“已解决”。\n工作人员核实后办结。",
    ),
    "withdraw": (
        "resident_withdraws",
        "居民想撤回 {number}，请核实后办理。",
        "记下了，您想撤回编号 {number}。\n工作人员核实后办理，办之前还能改主意。",
    ),
}
CONFIRMED = "太好了。编号 {number} 记下了：您说已解决。"
NONE_SOLVED, NONE_WITHDRAWN = "那就好。以后有事随时说。", "没有查到您正在办的事。\n报上编号，或说“转人工”帮您查。"
TASK = "resident_wish"
CORRECTED = "居民更正了 {number}：{before} → {after}。"


def find(tx: Transaction, conversation: Conversation, text: str, wanted: str | None = None) -> Case | None:
    """The resident's own case: by `wanted` (a number or `latest`), by a number in the words, else the latest open one."""
    number = wanted if wanted not in (None, LATEST) else case_number.find(text)
    if number:
        return tx.cases.own(conversation.resident_id, number)
    own = tx.cases.of_resident(conversation.resident_id)
    opened = [case for case in own if case.status != "closed"]
    if wanted == LATEST:  # the one that was last worked on or ended: that is what people speak of
        return max(own, key=lambda case: case.closed_at or case.created_at, default=None)
    waiting = [case for case in opened if case.status == "awaiting_confirmation"]
    return next(iter([*waiting, *opened]), None)


def progress(tx: Transaction, conversation: Conversation, text: str, number: str | None, now: datetime) -> str:
    number = number or case_number.find(text)
    if number is None and case_number.looks_like_one(text):
        return "这个编号好像有一位不对。\n请再看一眼，或者直接说“查进度”。"
    return notices.progress(cases.of_resident(tx, conversation, number), now)


def add(tx: Transaction, case: Case, words: str, again: bool, now: datetime) -> None:
    """More words about a case; `again` when the resident reports the same once more."""
    tx.cases.add_event(case.number, now, "resident", "again" if again else "added", words[:1000])
    tx.emit("case", case.conversation_id, number=case.number)


def correct(
    tx: Transaction, case: Case, words: str, now: datetime, *, place: str | None = None, category: str | None = None
) -> None:
    """What the resident sets right. What was there before stays in the history; who has begun to work on it is told."""
    changed = {"place": (case.place, place and place[: placing.PLACE_LIMIT])} if place else {}
    changed |= {"category": (case.category, category)} if category else {}
    for name, (before, after) in changed.items():
        if before == after:
            continue
        tx.cases.set(case.number, **{name: after})
        shown = _shown(name, before), _shown(name, after)
        tx.cases.add_event(case.number, now, "resident", f"corrected_{name}", f"{' → '.join(shown)}（{words[:800]}）")
        if case.status != "registered":
            _tell_staff(tx, case, *shown, now)
    if category and case.conversation_id is not None:
        tx.conversations.set(case.conversation_id, category=category)
    if category in sealing.REPORT_CATEGORIES and not case.sealed:
        _confide(tx, case, now)
    tx.emit("case", case.conversation_id, number=case.number)


def _confide(tx: Transaction, case: Case, now: datetime) -> None:
    """A report is sealed with its conversation, however it came to be one."""
    if case.conversation_id is None:
        tx.cases.set(case.number, sealed=True)
        tx.cases.add_event(case.number, now, "resident", belonging.SEALED)
    else:
        belonging.confide(tx, tx.conversations.get(case.conversation_id), None, "resident", now)


def _shown(name: str, value: str | None) -> str:
    return taxonomy().name(value) if name == "category" and value else value or "没有说"


def _tell_staff(tx: Transaction, case: Case, before: str, after: str, now: datetime) -> None:
    task = CORRECTED.format(number=case.number, before=before, after=after)[:400]
    reaching.once_in_these_words(tx, case.conversation_id, TASK, task, now)


def reopen(tx: Transaction, office: Office, case: Case, words: str, now: datetime) -> Case:
    """Not content: a closed case is open again with a new date; an open one keeps its own."""
    if case.status == "closed":
        due = office.deadlines.for_case(case.type, case.urgent, now)
        if tx.cases.move(case.number, "closed", "in_progress", outcome=None, closed_at=None, due_at=due):
            tx.cases.add_event(case.number, now, "resident", "reopen", words[:1000])
            promises.of_case(tx, tx.cases.get(case.number), "bot", now)
    add(tx, case, words, True, now)
    return tx.cases.get(case.number)


def wish(tx: Transaction, conversation: Conversation, text: str, what: str, now: datetime) -> str:
    """Records what the resident says of a case, gives it to staff as a task; returns what the resident is told."""
    kind, task, told = WISHES[what]
    case = find(tx, conversation, text)
    if what == "solved":
        case = case or find(tx, conversation, text, LATEST)
        if case and case.status == "closed":  # the only word that counts it as confirmed: nothing is left to check
            cases.record_event(tx, case.number, "resident", kind, text.strip() or "解决了", {}, now)
            return CONFIRMED.format(number=case.number)
    if case is None or case.status == "closed":
        return NONE_SOLVED if what == "solved" else NONE_WITHDRAWN
    tx.cases.add_event(case.number, now, "resident", kind, text[:1000])
    reaching.once_in_these_words(tx, conversation.id, TASK, task.format(number=case.number), now)
    return told.format(number=case.number)
