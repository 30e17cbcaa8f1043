"""What became of an attempt to send: it went out, it is tried again, it waits, or a person is asked to call. Never in silence."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.channels.message import GIVE_TO_PERSON, SendFailure
from bot.channels.registry import limits_of
from bot.channels.window import Window

from ..domain.message_id import message_id
from ..domain.models import FATE_UNKNOWN, OutboxItem
from ..domain.ownership import held_at_desk
from . import client_service, delivery, reaching, replies, window
from .ports import Transaction

if TYPE_CHECKING:
    from .sending import Sendable

FIRST_DELAY, LONGEST_DELAY = 2.0, 900.0  # seconds
ATTEMPTS = 12  # with the delays above: about 35 minutes, then a person is told
HELD = timedelta(days=3)  # after a reminder without an answer, a person calls


def sent(tx: Transaction, sendable: Sendable, platform_id: str | None, now: datetime) -> None:
    """One part went out: the rest is looked at again before it follows, fence and window included."""
    item, done = sendable.item, sendable.number + 1
    # The first part's id names the whole, should the platform report later that it did not arrive.
    named = {"platform_id": _named(platform_id)} if sendable.number == 0 else {}
    if done < sendable.of:
        tx.outbox.settle(item, "queued", parts_sent=done, attempts=0, next_at=now, error=None, **named)
        tx.emit("outbox", item.conversation_id, item.seq)
    else:
        tx.outbox.settle(item, "sent", parts_sent=done, error=None, **named)
    if sendable.part.event_code:
        tx.conversations.set(item.conversation_id, event_code=None, event_code_until=None)
    else:
        tx.conversations.spend(item.conversation_id, 1)
    tx.emit("message", item.conversation_id, item.seq)


def sent_passively(tx: Transaction, item: OutboxItem, words: str) -> None:
    """It went out with the platform's own request; the words are kept for a repeat of that request."""
    tx.outbox.settle(item, "sent", error=None)
    tx.messages.add_data(item.conversation_id, item.seq, {"passive": words})
    tx.emit("message", item.conversation_id, item.seq)


def reminded(tx: Transaction, sendable: Sendable, platform_id: str | None, now: datetime) -> None:
    """The resident knows that something waits; it goes out when the resident's next message opens the window."""
    item = sendable.item
    if _came_back(tx, sendable):
        put_back(tx, item, now)
    else:
        tx.outbox.settle(item, "held", reminded_at=now, platform_id=_named(platform_id), error="window")
    tx.emit("message", item.conversation_id, item.seq)


def _came_back(tx: Transaction, sendable: Sendable) -> bool:
    """Whether the resident has written since this attempt began: the window is another one. Held from here on, so that
    nobody writes at another desk between the answer and what is done upon it."""
    return window.renewed(sendable.before, tx.conversations.hold(sendable.item.conversation_id))


def _is_there_already(sendable: Sendable, failure: SendFailure) -> bool:
    """Whether the refusal says only that the platform has taken this id before. No page names its code, so that it is
    known by what it is not; what the platform took and could not deliver it reports."""
    keyed = limits_of(sendable.before.channel).refuses_repeats
    return keyed and failure.why == "unnamed" and sendable.item.may_have_arrived


def failed(tx: Transaction, sendable: Sendable, failure: SendFailure, now: datetime) -> None:
    """Retry later, or hand the failure to a person. `REFRESH_TOKEN` that comes here was refreshed once already."""
    item, doubt = sendable.item, failure.why == "unanswered" or sendable.item.may_have_arrived
    error = FATE_UNKNOWN if doubt else f"platform {failure.code}"
    if _is_there_already(sendable, failure):
        sent(tx, sendable, message_id(item), now)
    elif sendable.part.event_code and failure.disposition == GIVE_TO_PERSON:
        # The code was too old or used: what is left is an ordinary send.
        tx.conversations.set(item.conversation_id, event_code=None, event_code_until=None)
        tx.outbox.settle(item, "queued", next_at=now, error=error)
        tx.emit("outbox", item.conversation_id, item.seq)
    elif failure.why == "window" and _came_back(tx, sendable):
        put_back(tx, item, now)  # it was said of a window that is no more
    elif failure.why == "window" and not sendable.remind:
        # The platform counts otherwise than we do, and it is the platform that decides.
        window.save(tx, item.conversation_id, Window())
        tx.outbox.settle(item, "queued", next_at=now, error=error)
        tx.emit("outbox", item.conversation_id, item.seq)
    elif failure.disposition == GIVE_TO_PERSON or item.attempts + 1 >= ATTEMPTS:
        kind = "call" if sendable.remind or failure.why in ("window", "gone") else "undelivered"
        give_up(tx, item, kind, f"platform {failure.code}", failure.reason, now)
    else:
        tx.outbox.settle(item, "queued", next_at=now + delay(item.attempts), error=error)
    tx.emit("message", item.conversation_id, item.seq)


def served_elsewhere(tx: Transaction, item: OutboxItem, servicer: str, now: datetime) -> None:
    """The platform refused because a person in its own client serves the resident: that is who has the conversation."""
    client_service.found_in_client(tx, tx.conversations.hold(item.conversation_id), servicer, now)
    if item.urgent or item.author == "human":
        give_up(tx, item, "undelivered", "served_elsewhere", f"{servicer} 正在平台客户端里接待，请联系这位同事", now)
    else:
        delivery.leave_unsent(tx, item, "served_elsewhere")
    tx.emit("message", item.conversation_id, item.seq)


def may_end_service(tx: Transaction, sendable: Sendable) -> bool:
    """Whether what a person in the platform's own client serves may be ended for this text: a colleague wrote it, the
    desk has the conversation still (that person may have taken it since), and no more is left of it than the one send
    that an end allows."""
    item, left = sendable.item, sendable.of - sendable.number
    return item.author == "human" and left == 1 and held_at_desk(tx.conversations.get(item.conversation_id).owner)


def ended_for(tx: Transaction, sendable: Sendable, code: str, until: datetime, now: datetime) -> None:
    """What a person in the platform's own client served was ended so that this one can speak, with the code it gave.
    What comes after it waits for the resident's next words, unless they have come already."""
    item = sendable.item
    if not _came_back(tx, sendable):
        window.save(tx, item.conversation_id, Window())
    tx.conversations.set(item.conversation_id, event_code=code, event_code_until=until)
    tx.outbox.settle(item, "queued", next_at=now)
    tx.emit("outbox", item.conversation_id, item.seq)


def _named(platform_id: str | None) -> str | None:
    return platform_id[:64] if platform_id else None


def put_back(tx: Transaction, item: OutboxItem, now: datetime) -> None:
    """The waiting request is gone, or the resident came back: look at the window again."""
    tx.outbox.settle(item, "queued", next_at=now)


def give_up_held(tx: Transaction, now: datetime) -> int:
    """The resident was reminded and did not come: a person calls."""
    overdue = tx.outbox.held_since(now - HELD)
    for item in overdue:
        give_up(tx, item, "call", "held", "已发通知提醒，居民一直没有来看", now)
        tx.emit("message", item.conversation_id, item.seq)
    return len(overdue)


def delay(attempts: int, longest: float = LONGEST_DELAY) -> timedelta:
    """Exponential back-off, half of it by chance, so that desks and conversations do not knock all at once."""
    highest = min(longest, FIRST_DELAY * 2 ** min(attempts, 30))
    return timedelta(seconds=random.uniform(highest / 2, highest))


def give_up(tx: Transaction, item: OutboxItem, kind: str, error: str, reason: str, now: datetime) -> None:
    """Never in silence: the message is marked, and a person has a task. `kind` is `call` or `undelivered`."""
    tx.outbox.settle(item, "failed", error=error[:200])
    if item.author == "human":
        replies.did_not_arrive(tx, item.conversation_id, item.seq)
    reaching.ask_person(tx, item.conversation_id, kind, reason, now)
