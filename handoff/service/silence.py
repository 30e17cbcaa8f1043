"""The published rule for a caseworker who does not answer: the conversation goes back to the queue, the resident is
told once (docs/queue.md).

It counts from the resident's first unanswered message, or from when the caseworker last took or wrote in the
conversation, whichever is later; only office hours count, except for life and safety.
"""

from __future__ import annotations

from datetime import datetime

from ..domain.models import Conversation
from ..domain.ownership import held_in_client
from ..domain.priority import LIFE_SAFETY
from . import ownership
from .office import Office
from .ports import Transaction

LOOKS_BACK = 50  # messages


def held(tx: Transaction) -> list[int]:
    return [conversation.id for conversation in tx.conversations.held_by_people()]


def give_back(tx: Transaction, office: Office, conversation_id: int, now: datetime) -> bool:
    """Gives one conversation back if its caseworker is silent, or gone. False when there is no reason or it moved."""
    before = tx.conversations.get(conversation_id)
    if _reason(tx, office, before, now) is None or not tx.conversations.still(before):
        return False
    held = tx.conversations.get(conversation_id)  # against change: an answer committed since the first look counts
    why = _reason(tx, office, held, now)
    if why is not None:
        ownership.expire(tx, held, why, now)
    return why is not None


def _reason(tx: Transaction, office: Office, conversation: Conversation, now: datetime) -> str | None:
    if conversation.caseworker is None:
        return None
    since = _unanswered_since(tx, conversation)
    if since is None:
        return None
    since = max(since, conversation.owner_seen_at or since)
    urgent = conversation.priority == LIFE_SAFETY
    waited = now - since if urgent else office.calendar.open_between(since, now)
    if not urgent and not office.calendar.is_open(now):
        return None
    if waited >= office.silent_after:
        return "silent"
    if held_in_client(conversation.owner):
        return None  # who serves in the platform's own client has no console to be seen at
    here = tx.people.present(now - office.offline_after)
    return "offline" if waited >= office.offline_after and conversation.caseworker not in here else None


def _unanswered_since(tx: Transaction, conversation: Conversation) -> datetime | None:
    """When the resident wrote first after the last word of a person; None when nothing waits for an answer."""
    waiting = None
    for message in tx.messages.last(conversation.id, LOOKS_BACK):
        if message.sender == "human" and message.kind != "note":
            waiting = None
        elif message.sender == "resident" and message.kind != "event" and waiting is None:
            waiting = message.at
    return waiting
