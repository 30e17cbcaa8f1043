"""Putting a text into a conversation so that it reaches the resident: the only way anything is said."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.channels.registry import limits_of

from ..domain.models import FATE_UNKNOWN, Conversation, Message, OutboxItem
from . import window
from .ports import Transaction

ANSWERS = "answers"  # in the data of a text: the messages without which there is nothing to say


def say(
    tx: Transaction,
    conversation: Conversation,
    text: str,
    now: datetime,
    *,
    author: str,
    fence: int | None,
    buttons: list[dict[str, str]] | None = None,
    username: str | None = None,
    client_id: str | None = None,
    urgent: bool = False,
    answers: Collection[int] = (),
) -> int:
    """Stores the message and its outbox row; returns the sequence number.

    `fence` is the conversation version at which it may still be sent, None for what a person wrote and for what must
    be said whatever happens (an emergency number). `urgent`: it may use the sends that are kept for the person. `answers`:
    it goes only as long as one of these messages is not taken back (service/taken_back.py).
    """
    # The H5 page reads the ledger in sequence order: there a text is delivered by being in it.
    at_once = limits_of(conversation.channel).read_from_ledger
    seq = tx.conversations.next_seq(conversation.id)
    data = {"buttons": buttons} if buttons else {}
    data |= {ANSWERS: sorted(answers)} if answers else {}
    state = "sent" if at_once else "queued"
    sender = "human" if author == "human" else author
    tx.messages.add(Message(conversation.id, seq, sender, "text", text, state, now, username, data), client_id)
    if not at_once:
        identity = tx.conversations.identity(conversation.id)
        tx.outbox.add(
            {
                "conversation_id": conversation.id,
                "seq": seq,
                "account": identity.account,
                "recipient": identity.external_id,
                "author": author,
                "text": text,
                "buttons": buttons or [],
                "fence": fence,
                "urgent": urgent,
                "state": "queued",
                "attempts": 0,
                "parts_sent": 0,
                "next_at": now,
            }
        )
        tx.emit("outbox", conversation.id, seq)
    tx.emit("message", conversation.id, seq)
    return seq


def keep_as_draft(tx: Transaction, conversation_id: int, text: str, now: datetime, why: str) -> int:
    """A bot text that came too late: kept where the caseworker sees it, marked, never sent."""
    seq = tx.conversations.next_seq(conversation_id)
    tx.messages.add(Message(conversation_id, seq, "bot", "draft", text, "draft", now, None, {"why": why}))
    tx.emit("message", conversation_id, seq)
    return seq


def note(tx: Transaction, conversation_id: int, text: str, now: datetime, author: str) -> int:
    """An internal note: for colleagues, never sent."""
    seq = tx.conversations.next_seq(conversation_id)
    tx.messages.add(Message(conversation_id, seq, "human", "note", text, "note", now, author))
    tx.emit("message", conversation_id, seq)
    return seq


def withdraw_unsent(tx: Transaction, conversation_id: int, version: int) -> None:
    """After a change of owner: automatic texts of an earlier version that still wait are kept as drafts."""
    for item in tx.outbox.unsent_automatic(conversation_id, version):
        leave_unsent(tx, item, FATE_UNKNOWN if item.may_have_arrived else "owner_changed")
        tx.emit("message", conversation_id, item.seq)


def leave_unsent(tx: Transaction, item: OutboxItem, why: str) -> None:
    """As a draft, which says how much of it the resident has read already."""
    tx.outbox.settle(item, "draft", error=why)
    said = window.already_said(tx.conversations.get(item.conversation_id).channel, item)
    for seq in (item.seq, *tx.outbox.riders(item)):
        tx.messages.add_data(item.conversation_id, seq, {"why": why, **({"said": said} if said else {})})
