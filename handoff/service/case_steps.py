"""What the resident hears of a step that staff take in the register: finished, closed, put off."""

from __future__ import annotations

from datetime import datetime

from ..domain.models import Case
from ..domain.ownership import Owner
from . import delivery, notices
from .ports import Transaction


def tell(tx: Transaction, case: Case, kind: str, now: datetime) -> None:
    """Tells the resident of the step `kind`, which has made the case what it is now. Nothing is said of what is sealed,
    since the phone may be borrowed, nor while a person has the conversation, who says it in person."""
    words = notices.of_step(case, kind, now)
    if words is None or case.sealed or case.conversation_id is None:
        return
    conversation = tx.conversations.get(case.conversation_id)
    if conversation.owner_kind is not Owner.HUMAN and not conversation.sealed:
        delivery.say(tx, conversation, words, now, author="system", fence=None, urgent=kind == "close")
