"""Calling a person: the move from bot to queue, what is then owed to the resident, and a reason that grows while waiting."""

from __future__ import annotations

from datetime import datetime

from ..domain.models import Conversation, Message
from ..domain.ownership import Move
from ..domain.priority import LIFE_SAFETY
from . import belonging, delivery, notices, ownership, promises, queue
from .office import Office
from .ports import Transaction


def request_person(
    tx: Transaction,
    office: Office,
    before: Conversation,
    now: datetime,
    *,
    trigger: str,
    priority: str,
    reason_seq: int | None,
    number: str | None = None,
) -> int:
    """bot → queue, with the notice to the resident, the record for the statistics and, for P0, the page."""
    reason = tx.messages.get(before.id, reason_seq) if reason_seq else None
    unread = tx.messages.from_resident(before.id, before.handled_seq, before.resident_seq)
    version = ownership.change(
        tx,
        before,
        Move.REQUEST,
        priority=priority,
        reason_trigger=trigger,
        reason_seq=reason_seq,
        waiting_since=now,
        handled_seq=before.resident_seq,
        closed_period=office.calendar.closed_period(now),
        failures=0,
        **queue.entry(
            tx, before, priority, trigger, (reason.text or reason.data.get("machine_read", "")) if reason else ""
        ),
    )
    owe_person(tx, office, before, trigger, priority, now)
    belonging.told(tx, tx.conversations.get(before.id), trigger, "desk", now)
    text = notices.handed_off(tx, office, before.id, trigger, priority, number, now)
    after = tx.conversations.get(before.id)
    # An emergency number is said whatever happens; any other notice is pointless once a person has taken over.
    urgent = priority == LIFE_SAFETY
    delivery.say(tx, after, text, now, author="system", fence=None if urgent else version, urgent=urgent)
    _have_read(tx, [message for message in unread if message.seq != reason_seq])
    return version


def _have_read(tx: Transaction, unread: list[Message]) -> None:
    """What was said before the bot had come to it, as while it was handing over: read like what is said while waiting."""
    for message in unread:
        if words_to_read(message):
            tx.emit("overhear", message.conversation_id, message.seq)


def words_to_read(message: Message) -> bool:
    """Whether it is a resident's words for somebody to read: not what the desk has answered itself, nor a backlog."""
    passed_over = message.data.get("desk") or message.data.get("silent")
    return message.sender == "resident" and bool(message.text.strip()) and not passed_over


def owe_person(
    tx: Transaction, office: Office, before: Conversation, trigger: str, priority: str, now: datetime
) -> None:
    """A person is promised, counted from now and, for life and safety, called."""
    promises.of_person(tx, office, before.id, priority, now)
    ownership.record(tx, before, trigger, priority, now)
    if priority == LIFE_SAFETY:
        tx.records.add_page(before.id, trigger, now)
        tx.emit("page", before.id, trigger=trigger)


def move_up(tx: Transaction, before: Conversation, trigger: str, priority: str, reason: Message, now: datetime) -> None:
    """Who waits turns out to have a more pressing reason: served sooner from now on, and told nothing of it."""
    entry = queue.entry(tx, before, priority, trigger, reason.text)
    tx.conversations.set(
        before.id,
        priority=priority,
        reason_trigger=trigger,
        reason_seq=reason.seq,
        skills=entry["skills"],
        reach=max(before.reach, entry["reach"]),
    )
    belonging.told(tx, before, trigger, "desk", now)
    tx.emit("owner", before.id, owner=before.holder, version=before.version)
