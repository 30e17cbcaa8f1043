"""What a resident takes back (撤回): the words stay, marked, for whoever has to judge, and the bot does not answer them.

What it was thinking of is dropped, what waits to be sent is left unsent, and it goes on in a dialogue that never heard the
words. What has been said, or done, is said and done; and somebody in danger may not be the one who holds the phone.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.boundary.triggers import priority_of

from ..domain.models import FATE_UNKNOWN, RECALLED, Conversation, OutboxItem
from ..domain.priority import LIFE_SAFETY
from . import delivery
from .ports import Transaction


def mark(tx: Transaction, current: Conversation, seq: int) -> None:
    tx.messages.add_data(current.id, seq, {RECALLED: True, "silent": True})
    tx.emit("message", current.id, seq)
    for item in tx.outbox.unsent_automatic(current.id):
        answered = answered_by(tx, item)
        if seq not in answered or answers_what_stands(tx, item):
            continue
        delivery.leave_unsent(tx, item, FATE_UNKNOWN if item.may_have_arrived else RECALLED)
        tx.emit("message", current.id, item.seq)
        if current.handled_seq <= max(answered):
            forget(tx, current)


def answered_by(tx: Transaction, item: OutboxItem) -> Collection[int]:
    return tx.messages.get(item.conversation_id, item.seq).data.get(delivery.ANSWERS, ())


def answers_what_stands(tx: Transaction, item: OutboxItem) -> bool:
    """Whether a text is still owed: not all that it answers was taken back."""
    answered = answered_by(tx, item)
    return not answered or bool(tx.outbox.riders(item)) or among(tx, item.conversation_id, answered) != set(answered)


def among(tx: Transaction, conversation_id: int, seqs: Collection[int]) -> set[int]:
    """Those of a resident's messages that were taken back."""
    said = tx.messages.from_resident(conversation_id, min(seqs) - 1, max(seqs))
    return {message.seq for message in said if message.seq in seqs and message.data.get(RECALLED)}


def forget(tx: Transaction, conversation: Conversation) -> None:
    """Rasa would go on from what it has heard: a question that nobody was asked, say."""
    tx.conversations.set(conversation.id, episode=conversation.episode + 1)


def stands(items: list[dict]) -> bool:
    """Whether a proposal is carried out though its words were taken back: it calls somebody to a person in danger."""
    triggers = [item.get("trigger") for item in items if item.get("command") == "hand_off"]
    return any(priority_of(str(trigger)) == LIFE_SAFETY for trigger in triggers)
