"""A person serves the resident in the platform's own client (企业微信): what the desk hears of it, by event or by refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..domain.models import Conversation
from ..domain.ownership import Move, Owner, held_at_desk, held_in_client, in_client
from . import delivery, notices, ownership
from .ports import Transaction

SESSION = timedelta(hours=48)  # none lasts longer


def taken_in_client(tx: Transaction, before: Conversation, servicer: str, now: datetime) -> None:
    """A person in the platform's own client serves now: that is the owner, whoever had it, and the bot is silent. The
    platform lets nobody else speak; a colleague of ours who had it is told, and it is audited."""
    name = in_client(servicer)
    if before.caseworker == name:
        tx.conversations.set(before.id, owner_seen_at=now, handled_seq=before.resident_seq)
        return
    move = Move.TAKE_AWAY if before.owner_kind is Owner.HUMAN else Move.CLAIM
    ownership.change(tx, before, move, name, owner_seen_at=now, handled_seq=before.resident_seq)
    tx.records.mark_handoff(before.id, claimed_at=now)
    tx.promises.give(before.id, name)
    if held_at_desk(before.owner):
        delivery.note(tx, before.id, notices.taken_away(name, before.holder), now, "desk")
        tx.people.audit(now, name, "taken_in_client", str(before.id), {"from": before.holder})


def found_in_client(tx: Transaction, before: Conversation, servicer: str, now: datetime) -> None:
    """A refusal shows that this person serves there: the same as if the platform had told of it, unless it is no news."""
    if before.caseworker != in_client(servicer) and not _taken_over_from(tx, before, servicer, now):
        taken_in_client(tx, before, servicer, now)


def _taken_over_from(tx: Transaction, before: Conversation, servicer: str, now: datetime) -> bool:
    """Whether the desk has it because somebody took it over from that very person, whose session may still stand: the
    notice of that, refused, must not undo it."""
    if not held_at_desk(before.owner):
        return False
    taken = tx.people.audited(action="take_over", target=str(before.id), since=now - SESSION)
    return any(one["detail"].get("from") == in_client(servicer) for one in taken)


def ended_in_client(tx: Transaction, before: Conversation, now: datetime) -> bool:
    """That service is over: the bot listens again. False when it had not been there."""
    if not held_in_client(before.owner):
        return False
    ownership.change(tx, before, Move.HAND_BACK, **ownership.fresh(before))
    tx.records.end_handoff(before.id, now, "handed_back")
    ownership.no_longer_owed(tx, before.id, now)
    return True


def found_ended(tx: Transaction, conversation_id: int, now: datetime) -> None:
    """The platform says that this service is over: what nobody there is known to have read is the bot's."""
    before = tx.conversations.hold(conversation_id)  # another desk may have heard the same
    if ended_in_client(tx, before, now):
        tx.conversations.set(before.id, handled_seq=before.handled_seq)
        tx.emit("turn", before.id, before.resident_seq)


def found_served(tx: Transaction, asked: Conversation) -> None:
    """The platform says that this service goes on: what was said by then, as in `asked`, was said to that person."""
    current = tx.conversations.hold(asked.id)
    if current.owner == asked.owner and current.handled_seq < asked.resident_seq:
        tx.conversations.set(asked.id, handled_seq=asked.resident_seq)
