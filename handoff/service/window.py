"""A conversation's reply window, as the channel's rules give it and the ledger keeps it."""

from __future__ import annotations

from bot.channels.window import Window

from ..domain.models import Conversation
from .ports import Transaction


def of(conversation: Conversation) -> Window:
    if conversation.channel == "web":
        return Window("unlimited", conversation.window_at)
    return Window(conversation.window_event or "", conversation.window_at, conversation.sends_used)


def save(tx: Transaction, conversation_id: int, window: Window) -> None:
    tx.conversations.set(conversation_id, window_event=window.opens, window_at=window.opened_at, sends_used=window.used)
