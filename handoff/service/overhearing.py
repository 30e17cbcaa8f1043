"""What a resident says while waiting for a person: understood by the bot, which itself says nothing there.

Danger goes to the head of the queue as if a rule had found it; what is pressing moves up quietly; a place reaches the case,
and the matter the packet. Nothing is ever lowered, and once a person has taken over nothing is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.boundary.triggers import priority_of

from ..domain.models import Conversation, Message
from ..domain.ownership import Owner
from ..domain.priority import LIFE_SAFETY
from . import belonging, calling, cases, emergencies, heading, own_words, placing, taken_back, together
from .office import Office
from .ports import Transaction

LEAST_PRESSING = "P2"  # P0, P1 and P2 are in order
SURE = 0.5


@dataclass(frozen=True)
class Overheard:
    """One message of a conversation that waits, as it stood at `before`; `pieces` as of a turn (service/together.py)."""

    before: Conversation
    seq: int
    text: str  # masked
    pieces: list[dict[str, int]]


def begin(tx: Transaction, conversation_id: int, seq: int) -> Overheard | None:
    """The message to be read; None once nobody waits any more, or it was taken back."""
    before, message = tx.conversations.get(conversation_id), tx.messages.get(conversation_id, seq)
    if before.owner_kind is not Owner.QUEUE or not _stands(message):
        return None
    return Overheard(before, seq, *together.as_one([message]))


def commit(tx: Transaction, office: Office, one: Overheard, understanding: dict[str, Any], now: datetime) -> bool:
    """Carries over what was understood. False when somebody has taken the conversation meanwhile: then nothing happens."""
    if not tx.conversations.still(one.before):
        return False
    current, message = tx.conversations.get(one.before.id), tx.messages.get(one.before.id, one.seq)
    if not _stands(message):
        return False
    understood = {**understanding, "seq": one.seq, "pieces": one.pieces}
    heading.overhear(tx, current, understood)
    _fill_place(tx, current, understood, now)
    if _is_sure(understanding):
        _raise(tx, office, current, message, understanding.get("trigger"), now)
    return True


def _stands(message: Message | None) -> bool:
    """Whether it is still the resident's word: it may have been taken back."""
    return message is not None and message.sender == "resident" and not message.data.get(taken_back.RECALLED)


def _fill_place(tx: Transaction, current: Conversation, understood: dict[str, Any], now: datetime) -> None:
    """Into the newest open case of this conversation that has none, in the resident's own words."""
    case = next((case for case in cases.in_hand(tx, current) if not case.place), None)
    words, _ = own_words.found(tx, current, understood, "place") if case else ("", None)
    if case and words:
        tx.cases.set(case.number, place=words[: placing.PLACE_LIMIT])
        tx.cases.add_event(case.number, now, "resident", "place", words[: placing.PLACE_LIMIT])
        tx.emit("case", case.conversation_id, number=case.number)


def _is_sure(understanding: dict[str, Any]) -> bool:
    """An answer to what a person will ask (孩子五岁了) sounds like many things by itself, and somebody comes anyway."""
    return bool(understanding.get("trigger_rule")) or (understanding.get("trigger_confidence") or 0) >= SURE


def _raise(
    tx: Transaction, office: Office, current: Conversation, message: Message, trigger: str | None, now: datetime
) -> None:
    priority = priority_of(trigger)
    if message.kind == "location":
        return
    if priority is None or priority >= (current.priority or LEAST_PRESSING):
        belonging.told(tx, current, trigger, "desk", now)  # as pressing already, and yet in confidence
    elif priority == LIFE_SAFETY:
        emergencies.danger(tx, office, current, message, trigger, now)
    else:
        calling.move_up(tx, current, trigger, priority, message, now)
