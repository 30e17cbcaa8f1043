"""Every promise, by bot, desk or person, has an owner and a date. Nobody's word is lost when the conversation moves."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from bot.privacy.pii import mask

from ..domain.calendar import Calendar, in_words
from ..domain.deadlines import P0_FIRST_RESPONSE, moment
from ..domain.errors import BadInput, Forbidden, NotFound
from ..domain.models import Case, Conversation, User
from ..domain.priority import LIFE_SAFETY
from ..domain.sight import in_area, may_see, sees_personal_data, sees_sealed, sight
from . import access
from .office import Office
from .ports import Transaction

OFFICE = "office"  # owed by the office as long as no person has taken it over
CASE_ANSWER, HUMAN_ANSWER, CALL_BACK = "到期前答复", "人工答复", "回电"
LONGEST = 200


def of_case(tx: Transaction, case: Case, by: str, now: datetime | None = None) -> None:
    """An answer by the deadline; `now` when the promise is made later than the case (it was opened again)."""
    holder = tx.conversations.get(case.conversation_id).caseworker if case.conversation_id else None
    _add(tx, case.conversation_id, CASE_ANSWER, by, now or case.created_at, case.due_at, holder, case.number)


def of_person(tx: Transaction, office: Office, conversation_id: int, priority: str, now: datetime) -> None:
    """Whoever is told that a person comes is promised one: by the end of the next working day, in danger at once."""
    due = now + P0_FIRST_RESPONSE if priority == LIFE_SAFETY else office.calendar.after_workdays(now, 1)
    _add(tx, conversation_id, HUMAN_ANSWER, "desk", now, due)


def of_call(tx: Transaction, conversation: Conversation, now: datetime, due: datetime) -> int:
    return _add(tx, conversation.id, CALL_BACK, "desk", now, due, conversation.caseworker)


def _add(
    tx: Transaction,
    conversation_id: int | None,
    text: str,
    by: str,
    now: datetime,
    due: datetime,
    owner: str | None = None,
    number: str | None = None,
) -> int:
    return tx.promises.add(
        conversation_id=conversation_id,
        number=number,
        text=text,
        by=by,
        owner=owner or OFFICE,
        made_at=now,
        due_at=due,
    )


def postpone(tx: Transaction, case: Case, by: str, due: datetime, now: datetime) -> None:
    """An extension moves a promise that still holds; a broken one stays broken and a new one stands beside it."""
    if tx.promises.postpone_case(case.number, due, now) == 0:
        _add(tx, case.conversation_id, CASE_ANSWER, by, now, due, None, case.number)


def make(
    tx: Transaction,
    user: User,
    conversation_id: int,
    text: str,
    due_at: object,
    now: datetime,
    closes: time = Calendar.closes,
) -> dict[str, Any]:
    """What a caseworker has promised the resident; only who holds the conversation can."""
    access.held(tx, user, conversation_id)
    due = until("due_at", due_at, now, closes)
    made = _add(tx, conversation_id, text[:LONGEST], user.username, now, due, user.username)
    tx.people.audit(now, user.username, "promise", str(conversation_id), {"promise": made})
    return view(tx.promises.get(made), user, now)


def until(field: str, text: object, now: datetime, closes: time) -> datetime:
    """The moment meant by an ISO time, or by a day alone: the end of office hours on that day. Raises `BadInput`."""
    try:
        due = moment(str(text), closes)
    except ValueError:
        raise BadInput(field, "请写明答应到什么时候，如 2026-12-01 或 2026-12-01T17:30:00+08:00。") from None
    if due <= now:
        raise BadInput(field, f"{in_words(due, now)} 已经过了，请答应晚一些的时间。")
    return due


def kept(tx: Transaction, user: User, promise_id: int, now: datetime) -> dict[str, Any]:
    promise = tx.promises.get(promise_id)
    if promise is None or not _visible(tx, user, promise):
        raise NotFound("没有这个承诺。")
    if promise["owner"] not in (user.username, OFFICE) and user.role != "supervisor":
        raise Forbidden("由答应的人或主管来记。")
    if not tx.promises.keep(promise_id, now):
        raise NotFound("这个承诺已经了结。")
    tx.people.audit(now, user.username, "promise_kept", str(promise_id))
    return view(tx.promises.get(promise_id), user, now)


def _visible(tx: Transaction, user: User, promise: dict[str, Any]) -> bool:
    """By the conversation it was given in, or at the counter by the case; a sealed case is for whoever holds it."""
    case = tx.cases.get(promise["number"]) if promise["number"] else None
    if promise["conversation_id"] is None:
        told = case is None or in_area(user, case.area)
    else:
        conversation = tx.conversations.get(promise["conversation_id"])
        if conversation.caseworker == user.username:
            return True
        told = may_see(user, conversation)
    return told and (case is None or not case.sealed or sees_sealed(user))


def owed_again(tx: Transaction, conversation_id: int, promise_id: int, kept_at: datetime) -> None:
    """What was noted as kept at that moment was not; whoever has the conversation by now has to keep it."""
    holder = tx.conversations.get(conversation_id).caseworker
    tx.promises.owe_again(promise_id, kept_at, holder or OFFICE)


def broken(tx: Transaction, user: User, now: datetime) -> list[dict[str, Any]]:
    return [view(promise, user, now) for promise in tx.promises.broken(sight(user), now)]


def is_broken(promise: dict[str, Any], now: datetime) -> bool:
    """Kept too late, or not kept although the time is over; what was dropped in time is not."""
    ended = [at for at in (promise["kept_at"], promise["dropped_at"]) if at]
    return min([*ended, now]) > promise["due_at"]


def view(promise: dict[str, Any], user: User, now: datetime) -> dict[str, Any]:
    return {
        "id": promise["id"],
        "conversation": promise["conversation_id"],
        "number": promise["number"],
        "text": promise["text"] if sees_personal_data(user) else mask(promise["text"]),
        "by": promise["by"],
        "owner": promise["owner"],
        "made_at": promise["made_at"].isoformat(),
        "due_at": promise["due_at"].isoformat(),
        "kept": promise["kept_at"] is not None,
        "dropped": promise["dropped_at"] is not None,
        "broken": is_broken(promise, now),
    }
