"""How long chats are kept is the operator's decision: CHAT_KEPT_DAYS. Unset, nothing is deleted, and the desk says so.

A purge proves itself: what it deleted is counted per table, and what is left that it should have deleted is counted
afterwards; both are in the audit log in the same transaction as the deletion.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from .ports import Transaction

BATCH = 20  # conversations a transaction, so that nobody waits behind a purge
ACTION = "purge_chats"


def purge(tx: Transaction, kept: timedelta, now: datetime) -> int:
    """Deletes one batch of what is older than `kept`; returns the number of conversations it touched."""
    before = now - kept
    due = tx.retention.due(before, BATCH)
    if not due:
        return 0
    gone: Counter[str] = Counter()
    for conversation_id in due:
        gone.update(tx.retention.delete(conversation_id, before))
    if not any(gone.values()):
        return len(due)  # another desk was faster
    left, in_work = tx.retention.older(before)
    detail = {"before": before.isoformat(), "conversations": len(due), **gone, "left": left, "in_work": in_work}
    tx.people.audit(now, "desk", ACTION, None, detail)
    return len(due)


def report(tx: Transaction, kept: timedelta | None, raw_kept: timedelta, now: datetime) -> dict[str, Any]:
    """The setting, what is older than it and why it is still there, and the last purges."""
    left, in_work = tx.retention.older(now - kept) if kept else (0, 0)
    purges = [{"at": row["at"].isoformat(), **row["detail"]} for row in tx.people.audited(20, action=ACTION)]
    return {
        "chat_kept_days": kept.days if kept else None,
        "raw_kept_days": raw_kept.days,
        "older": left,
        "older_in_work": in_work,
        "purges": purges,
    }
