"""The outbox's decisions: what may leave now, and what became of an attempt. The sending itself is in `handoff.app`."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.message import GIVE_TO_PERSON, SendFailure

from ..domain.models import OutboxItem
from . import window
from .ports import Transaction

LEASE = timedelta(seconds=60)  # longer than the slowest platform call; after it another desk sends again
FIRST_DELAY, LONGEST_DELAY = 2.0, 900.0  # seconds
ATTEMPTS = 12  # with the delays above: about two hours, then a person is told
BATCH = 20


@dataclass(frozen=True)
class Sendable:
    item: OutboxItem
    passive_only: bool  # allowed only because a platform request waits for it; costs no send


def take(
    tx: Transaction,
    now: datetime,
    only: Collection[int] | None = None,
    passive: frozenset[tuple[str, str]] = frozenset(),
) -> list[Sendable]:
    """Takes what may be sent now and looks once more at the fence and the reply window of each.

    `only` names conversations; None means all of them.
    `passive` names the (account, person) to whom the answer can ride on the platform's own request, which costs no send.
    """
    sendable = []
    for item in tx.outbox.take_due(now, now + LEASE, BATCH, only):
        conversation = tx.conversations.get(item.conversation_id)
        if not tx.outbox.passes_fence(item):
            tx.outbox.settle(item, "draft", error="owner_changed")
        elif _may_send(conversation, item, now):
            sendable.append(Sendable(item, passive_only=False))
            continue
        elif (item.account, item.recipient) in passive and item.author != "human":
            sendable.append(Sendable(item, passive_only=True))
            continue
        else:
            _give_up(tx, item, "window", "回复窗口已关闭或次数用完，请用电话或上门告知居民。", now)
        tx.emit("message", item.conversation_id, item.seq)
    return sendable


def _may_send(conversation, item: OutboxItem, now: datetime) -> bool:
    # The notice of a handoff may use what is kept for people: it is the promise that a person comes.
    asker = "bot" if item.author == "bot" else "human"
    return window.of(conversation).may_send(now, asker)


def sent(tx: Transaction, item: OutboxItem, platform_id: str | None, sends: int, now: datetime) -> None:
    tx.outbox.settle(item, "sent", platform_id=platform_id or None, error=None)
    conversation = tx.conversations.get(item.conversation_id)
    window.save(tx, conversation.id, window.of(conversation).spend(sends))
    tx.emit("message", item.conversation_id, item.seq)


def sent_passively(tx: Transaction, item: OutboxItem, words: str) -> None:
    """It went out with the platform's own request; the words are kept for a repeat of that request."""
    tx.outbox.settle(item, "sent", error=None)
    tx.messages.add_data(item.conversation_id, item.seq, {"passive": words})
    tx.emit("message", item.conversation_id, item.seq)


def failed(tx: Transaction, item: OutboxItem, failure: SendFailure, now: datetime) -> None:
    """Retry later, or hand the failure to a person. `REFRESH_TOKEN` that comes here was refreshed once already."""
    if failure.disposition == GIVE_TO_PERSON or item.attempts + 1 >= ATTEMPTS:
        _give_up(tx, item, f"platform {failure.code}", failure.reason, now)
    else:
        tx.outbox.settle(item, "queued", next_at=now + delay(item.attempts), error=f"platform {failure.code}")
    tx.emit("message", item.conversation_id, item.seq)


def put_back(tx: Transaction, item: OutboxItem, now: datetime) -> None:
    """The waiting request was gone: look at the window again."""
    tx.outbox.settle(item, "queued", next_at=now)


def delay(attempts: int) -> timedelta:
    """Exponential back-off with full jitter, so that desks and conversations do not knock all at once."""
    highest = min(LONGEST_DELAY, FIRST_DELAY * 2**attempts)
    return timedelta(seconds=random.uniform(highest / 2, highest))


def _give_up(tx: Transaction, item: OutboxItem, error: str, reason: str, now: datetime) -> None:
    tx.outbox.settle(item, "failed", error=error[:200])
    tx.records.add_task(item.conversation_id, "undelivered", f"消息未送达：{reason}"[:400], now)
    tx.emit("task", item.conversation_id)
