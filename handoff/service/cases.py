"""The register of cases: made by the bot's command or by staff, corrected by staff, closed only by people."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from bot.boundary.taxonomy import taxonomy

from ..domain import sealing
from ..domain.calendar import CHINA, Calendar
from ..domain.deadlines import moment
from ..domain.errors import BadInput, IllegalMove, NotFound
from ..domain.models import CASE_STATES, OPEN_CASE_STATES, OUTCOMES, UNCONFIRMED, Case, Conversation, User
from ..domain.sight import may_see_case
from . import access, belonging, heading, placing, promises
from .office import Office
from .ports import Transaction

UNKNOWN_CATEGORY = "C9903"
DESCRIPTION_LIMIT = 2000
# What staff may do with a case, and the state it is in afterwards. The bot may do none of these.
EVENTS = {
    "accept": "accepted",
    "start": "in_progress",
    "pass": "in_progress",
    "propose_done": "awaiting_confirmation",
    "close": "closed",
    "reopen": "in_progress",
    "note": None,
    "extend": None,
    "resident_confirms": None,
    placing.CORRECT: None,
}

AFTER_THE_END = ("reopen", "note", "resident_confirms", placing.CORRECT)


def known_category(code: str) -> str:
    if code not in taxonomy().categories:
        raise BadInput("category", f"没有这个类别：{code[:16]}")
    return code


def known_type(name: str) -> str:
    if name not in taxonomy().case_types:
        raise BadInput("type", f"没有这个诉求类型：{name[:16]}")
    return name


def register(
    tx: Transaction,
    office: Office,
    conversation: Conversation | None,
    now: datetime,
    *,
    created_by: str,
    request_type: str,
    category: str,
    description: str,
    place: str | None = None,
    urgent: bool = False,
    sealed: bool = False,
    area: str | None = None,
) -> Case:
    """A new case with its number, first event and the promise of an answer by its deadline. A report, or what is `sealed`
    for its own sake, seals the conversation, where its words are; any other case is as the conversation is."""
    known_category(category), known_type(request_type)
    if not description.strip():
        raise BadInput("description", "请写明是什么事。")
    sealed = sealed or sealing.is_report(request_type, category)
    case = Case(
        number=tx.cases.new_number(now.astimezone(CHINA).date()),
        conversation_id=conversation.id if conversation else None,
        resident_id=conversation.resident_id if conversation else None,
        type=request_type,
        category=category,
        bot_category=category if created_by == "bot" else None,
        place=place[: placing.PLACE_LIMIT] if place else None,
        description=description[:DESCRIPTION_LIMIT],
        status="registered",
        urgent=urgent,
        sealed=sealed or bool(conversation and conversation.sealed),
        area=area or (conversation.area if conversation else None),
        created_at=now,
        due_at=office.deadlines.for_case(request_type, urgent, now),
        created_by=created_by,
    )
    tx.cases.add(case)
    tx.cases.add_event(case.number, now, created_by, "registered")
    if conversation and sealed:
        belonging.confide(tx, conversation, None, created_by, now)
    elif case.sealed and conversation:
        tx.cases.add_event(case.number, now, created_by, belonging.SEALED)
    promises.of_case(tx, case, created_by)
    tx.emit("case", case.conversation_id, number=case.number)
    return case


def record_event(
    tx: Transaction,
    number: str,
    actor: str,
    kind: str,
    text: str,
    data: dict[str, Any],
    now: datetime,
    closes: time = Calendar.closes,
) -> Case:
    """One step of the process by a person. `close` needs an outcome; `pass` the unit; `extend` a reason and a date;
    `resident_confirms` the words in which the resident said that it is solved; `correct_place` a place or an area."""
    if kind not in EVENTS:
        raise BadInput("kind", "没有这种操作。")
    case = tx.cases.get(number)
    values = _changes(case, kind, text, data, now, closes)
    if case.status == "closed" and kind not in AFTER_THE_END:
        raise IllegalMove("工单已经办结。")
    status = EVENTS[kind] or case.status
    if not tx.cases.move(number, case.status, status, **values):
        raise IllegalMove("工单刚被别人改动过，请刷新后再试。")
    told = placing.history(case, values) if kind == placing.CORRECT else data
    tx.cases.add_event(number, now, actor, kind, text[:1000], told)
    if kind == "close":
        tx.promises.keep_case(number, now)
    elif kind == "extend":
        promises.postpone(tx, case, actor, values["due_at"], now)
    tx.emit("case", case.conversation_id, number=number)
    return tx.cases.get(number)


def _changes(case: Case, kind: str, text: str, data: dict[str, Any], now: datetime, closes: time) -> dict[str, Any]:
    """The columns that a step changes besides the status."""
    if kind == "close":
        return _closing(data.get("outcome"), now)
    if kind == "reopen":
        if case.status != "closed":
            raise IllegalMove("工单没有办结，不用重新打开。")
        return {"outcome": None, "closed_at": None}
    if kind == "pass":
        return {"unit": _text(data, "unit", 80)}
    if kind == placing.CORRECT:
        return placing.changes(case, data)
    if kind == "resident_confirms":
        if not text.strip():
            raise BadInput("text", "请写明居民是怎么说的。")
        return {"outcome": "solved"} if case.outcome in UNCONFIRMED else {}
    if kind == "extend":
        if not text.strip():
            raise BadInput("text", "延期要写明原因，会告诉居民。")
        return {"due_at": _later(data, case, closes)}
    return {}


def _closing(outcome: object, now: datetime) -> dict[str, Any]:
    if outcome not in OUTCOMES:
        raise BadInput("outcome", "请选择处理结果。")
    return {"outcome": outcome, "closed_at": now}


def _text(data: dict[str, Any], field: str, limit: int) -> str:
    value = data.get(field)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(field, "这一项要填写。")
    return value.strip()[:limit]


def _later(data: dict[str, Any], case: Case, closes: time) -> datetime:
    try:
        due = moment(str(data.get("due_at")), closes)
    except ValueError:
        raise BadInput("due_at", "请写明新的期限，如 2026-12-01 或 2026-12-01T17:30:00+08:00。") from None
    if due <= case.due_at:
        raise BadInput("due_at", "新的期限要晚于原来的期限。")
    return due


def correct_category(tx: Transaction, by: str, conversation: Conversation, category: str, now: datetime) -> None:
    """One click of the caseworker; what the bot had thought stays on record beside it."""
    known_category(category)
    if conversation.category != category:
        tx.records.add_correction(
            conversation_id=conversation.id, from_category=conversation.category, to_category=category, by=by, at=now
        )
        tx.conversations.set(conversation.id, category=category)
    tx.people.audit(now, by, "edit_category", str(conversation.id), {"to": category})
    for case in in_hand(tx, conversation):
        if case.category != category:
            tx.cases.set(case.number, category=category)
            tx.cases.add_event(case.number, now, by, "category", "", {"from": case.category, "to": category})
    if category in sealing.REPORT_CATEGORIES:
        belonging.confide(tx, conversation, None, by, now)


def correct_as_owner(tx: Transaction, user: User, conversation_id: int, category: str, now: datetime) -> None:
    conversation = access.held(tx, user, conversation_id)
    correct_category(tx, user.username, conversation, category, now)
    tx.emit("case", conversation_id)


def open_cases(tx: Transaction, conversation: Conversation) -> list[Case]:
    return [case for case in tx.cases.search(conversation_id=conversation.id) if case.status in OPEN_CASE_STATES]


def in_hand(tx: Transaction, conversation: Conversation) -> list[Case]:
    """Of the open ones those of the matter that a person was called for; what else was registered goes its own way."""
    return [case for case in open_cases(tx, conversation) if not heading.is_apart(conversation, case)]


def close_open(tx: Transaction, conversation: Conversation, by: str, outcome: str, now: datetime) -> str | None:
    """Closes the conversation's newest open case with the outcome; the older ones go their own way."""
    waiting = in_hand(tx, conversation)
    if not waiting:
        return None
    record_event(tx, waiting[0].number, by, "close", "", {"outcome": outcome}, now)
    return waiting[0].number


def of_resident(tx: Transaction, conversation: Conversation, number: str | None) -> list[Case]:
    """The resident's own cases only: a number that belongs to somebody else finds nothing."""
    if number:
        named = tx.cases.own(conversation.resident_id, number)
        return [named] if named else []
    return tx.cases.of_resident(conversation.resident_id, 3)


def state_in_words(case: Case) -> str:
    return CASE_STATES.get(case.status, case.status)


def visible(tx: Transaction, user: User, number: str) -> Case:
    """The case if this person may see it; what may not be seen is not found."""
    case = tx.cases.get(number)
    if not may_see(tx, user, case):
        raise NotFound("没有这个编号的工单。")
    return case


def may_see(tx: Transaction, user: User, case: Case) -> bool:
    told_in = tx.conversations.get(case.conversation_id) if case.conversation_id else None
    return may_see_case(user, case, told_in)
