"""Words that are a promise at the same time: said, and noted with a date, in one transaction and with no second typing."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, time

from ..domain.models import User
from . import promises, replies
from .ports import Transaction

FIELD = "promise_until"  # what the date is called where it is given together with words


def write(
    tx: Transaction,
    user: User,
    conversation_id: int,
    text: str,
    client_id: str | None,
    until: str,
    now: datetime,
    closes: time,
    reminding: Set[str] = frozenset(),
) -> int | replies.NoRoom:
    """As `replies.write`; what was said is also owed by `until`. A repeated `client_id` promises nothing a second time."""
    if earlier := replies.repeated(tx, user, conversation_id, client_id):
        return earlier
    promises.until(FIELD, until, now, closes)  # nothing is said when the date is no date
    seq = replies.write(tx, user, conversation_id, text, client_id, now, reminding)
    if not isinstance(seq, replies.NoRoom):
        promises.make(tx, user, conversation_id, text.strip(), until, now, closes)
    return seq


def note(tx: Transaction, user: User, conversation_id: int, text: str, until: str, now: datetime, closes: time) -> int:
    """What was promised on the telephone or at the door: a note for colleagues, owed by `until`."""
    promises.until(FIELD, until, now, closes)
    promises.make(tx, user, conversation_id, text.strip(), until, now, closes)
    return replies.note(tx, user, conversation_id, text, now)
