"""Words that are a promise at the same time: said, and noted with a date, in one transaction and with no second typing."""

from __future__ import annotations

from datetime import datetime, time

from ..domain.models import User
from . import promises, replies
from .ports import Transaction


def write(
    tx: Transaction,
    user: User,
    conversation_id: int,
    text: str,
    client_id: str | None,
    until: str,
    now: datetime,
    closes: time,
) -> int:
    """As `replies.write`; the text is also owed by `until`. A repeated `client_id` promises nothing a second time."""
    if client_id and (earlier := tx.messages.by_client_id(conversation_id, client_id)):
        return earlier.seq
    promises.until(until, now, closes)  # nothing is said when the date is no date
    seq = replies.write(tx, user, conversation_id, text, client_id, now)
    promises.make(tx, user, conversation_id, text.strip(), until, now, closes)
    return seq


def note(tx: Transaction, user: User, conversation_id: int, text: str, until: str, now: datetime, closes: time) -> int:
    """What was promised on the telephone or at the door: a note for colleagues, owed by `until`."""
    promises.make(tx, user, conversation_id, text.strip(), until, now, closes)
    return replies.note(tx, user, conversation_id, text, now)
