"""A conversation's reply window, as the channel's rules give it and the ledger keeps it."""

from __future__ import annotations

from datetime import datetime

from bot.channels.limits import parts
from bot.channels.message import Button, Outgoing
from bot.channels.registry import limits_of
from bot.channels.window import Asker, Window

from ..domain.models import Conversation, OutboxItem
from .ports import Transaction


def of(conversation: Conversation) -> Window:
    if limits_of(conversation.channel).read_from_ledger:
        return Window("unlimited", conversation.window_at)
    return Window(conversation.window_event or "", conversation.window_at, conversation.sends_used)


def save(tx: Transaction, conversation_id: int, window: Window) -> None:
    tx.conversations.set(conversation_id, window_event=window.opens, window_at=window.opened_at, sends_used=window.used)


def renewed(before: Conversation, after: Conversation) -> bool:
    """Whether the resident has come meanwhile: what was said of the window of `before` no longer holds."""
    return (before.resident_seq, before.window_at) != (after.resident_seq, after.window_at)


def outgoing(item: OutboxItem) -> Outgoing:
    buttons = tuple(Button(button.get("id") or str(n), button["title"]) for n, button in enumerate(item.buttons, 1))
    return Outgoing(item.text, buttons)


def sends_of(channel: str, message: Outgoing) -> int:
    """How many sends a text costs on a channel: long ones go out in several."""
    return len(parts(limits_of(channel), message))


def already_said(channel: str, item: OutboxItem) -> int:
    """How many characters of a text that goes out in several have gone out."""
    return sum(len(part.text) for part in parts(limits_of(channel), outgoing(item))[: item.parts_sent])


def left(tx: Transaction, conversation: Conversation, now: datetime, asker: Asker = "human") -> int | None:
    """Sends that `asker` may still count on: what waits to be sent is already spoken for. None is without limit."""
    open_now = of(conversation)
    if open_now.sends_left(now, asker) is None:
        return None
    waiting = sum(
        sends_of(conversation.channel, outgoing(item)) - item.parts_sent for item in tx.outbox.waiting(conversation.id)
    )
    return open_now.spend(waiting).sends_left(now, asker)
