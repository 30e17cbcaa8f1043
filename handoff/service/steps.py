"""A step that staff take with a case in the register, and what the resident hears of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..domain.models import OUTCOMES, Case, User
from . import cases, delivery, notices
from .office import Office
from .ports import Transaction


def take(
    tx: Transaction, office: Office, user: User, number: str, kind: str, text: str, data: dict[str, Any], now: datetime
) -> Case:
    cases.visible(tx, user, number)
    case = cases.record_event(tx, number, user.username, kind, text, data, now, office.calendar.closes)
    tx.people.audit(now, user.username, "edit_case", number, {"kind": kind})
    if kind == "extend":
        _tell(tx, case, notices.extended(case, text.strip(), now), now)
    elif kind == "close":
        _tell(tx, case, notices.resolved(OUTCOMES[data["outcome"]], number), now)
    return case


def _tell(tx: Transaction, case: Case, words: str, now: datetime) -> None:
    """Beyond the reply window somebody is asked to call: what came of it is owed to the resident."""
    if case.conversation_id is not None:
        conversation = tx.conversations.get(case.conversation_id)
        delivery.say(tx, conversation, words, now, author="system", fence=None, urgent=True)
