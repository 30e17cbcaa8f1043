"""A step that staff take with a case in the register, and what the resident hears of it: finished, closed, put off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..domain.models import Case, User
from ..domain.ownership import Owner
from . import cases, delivery, notices, placing, queue
from .office import Office
from .ports import Transaction


def take(
    tx: Transaction, office: Office, user: User, number: str, kind: str, text: str, data: dict[str, Any], now: datetime
) -> Case:
    before = cases.visible(tx, user, number)
    if kind == placing.CORRECT and before.status != "closed":
        queue.follow(tx, before, placing.changes(before, data))
    case = cases.record_event(tx, number, user.username, kind, text, data, now, office.calendar.closes)
    tx.people.audit(now, user.username, "edit_case", number, {"kind": kind})
    if words := notices.of_step(case, kind, text, now):
        _tell(tx, case, words, kind, now)
    return case


def _tell(tx: Transaction, case: Case, words: str, kind: str, now: datetime) -> None:
    """Nothing is said of what is sealed, since the phone may be borrowed, nor while a person has the conversation, who says
    it in person. Beyond the reply window somebody is asked to call with what came of it."""
    if case.sealed or case.conversation_id is None:
        return
    conversation = tx.conversations.get(case.conversation_id)
    if conversation.owner_kind is not Owner.HUMAN and not conversation.sealed:
        delivery.say(tx, conversation, words, now, author="system", fence=None, urgent=kind != "propose_done")
