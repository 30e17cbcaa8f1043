"""A matter told whole and not yet confirmed is not left lying: whoever put the phone away is asked once more, in the
same words, while the dialogue that began it still goes on."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from ..domain.calendar import CHINA
from ..domain.models import Conversation, Message
from . import delivery, window
from .ports import Transaction

AFTER = timedelta(minutes=30)
# Rasa forgets a dialogue after twelve hours without a word (`session_expiration_time`); there must be time to answer.
AT_MOST = timedelta(hours=10)
WAKING = time(7, 30), time(21, 30)  # nobody's phone rings at night for a street lamp
CONFIRMS = "/affirm"
STILL_OPEN = "这件还没有登记。"


def waiting(tx: Transaction, now: datetime) -> list[int]:
    """Conversations of the bot's in which its question was the last word, for long enough; none at night."""
    first, last = WAKING
    if not first <= now.astimezone(CHINA).time() < last:
        return []
    return [
        conversation_id
        for conversation_id, data in tx.conversations.left_by_resident(now - AT_MOST, now - AFTER)
        if _is_open(data)
    ]


def remind(tx: Transaction, conversation_id: int, now: datetime) -> bool:
    """Asks once more. False when somebody spoke meanwhile, or no send is left that is not kept for a person."""
    before = tx.conversations.get(conversation_id)
    if not tx.conversations.still(before):
        return False
    asked = tx.messages.last(conversation_id, 1)[0]  # held since `still`: nobody says anything now
    if not _is_open(asked.data) or window.left(tx, before, now, "bot") == 0:
        return False
    _ask_again(tx, before, asked, now)
    return True


def _ask_again(tx: Transaction, before: Conversation, asked: Message, now: datetime) -> None:
    words, buttons = f"{STILL_OPEN}\n{asked.text}", asked.data["buttons"]
    seq = delivery.say(tx, before, words, now, author="bot", fence=before.version, buttons=buttons)
    tx.messages.add_data(before.id, seq, {"reminds_of": asked.seq})


def _is_open(data: dict) -> bool:
    """Whether a question waits for its yes and has not been asked twice."""
    offered = [button.get("payload") for button in data.get("buttons") or []]
    return CONFIRMS in offered and "reminds_of" not in data
