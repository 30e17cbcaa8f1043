"""What a desk does at its start when no other works on the ledger: what the last one left under way is free again.

A desk that has neighbours must not: theirs is under way. What a dead neighbour held comes free when its lease runs out.
"""

from __future__ import annotations

from datetime import datetime

from .ports import Transaction


def free_all(tx: Transaction, now: datetime) -> None:
    tx.conversations.free_leases()
    tx.outbox.free_leases(now)
    tx.attachments.free_leases()
    tx.records.free_platform_tokens()
