"""What a caseworker writes: to the resident, or as a note that is never sent."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from bot.channels.message import Outgoing

from ..domain.errors import BadInput, NotOwner
from ..domain.models import OUTCOMES, User
from . import access, delivery, promises, reaching, window
from .ports import Transaction

TEXT_LIMIT = 2000  # characters; longer than any one platform message, split by the channel
CLIENT_ID_LIMIT = 64


@dataclass(frozen=True)
class NoRoom:
    """The reply window does not take it: `needed` sends, `left` of them there. A task to call is in the ledger."""

    needed: int
    left: int


def write(
    tx: Transaction,
    user: User,
    conversation_id: int,
    text: str,
    client_id: str | None,
    now: datetime,
    reminding: Set[str] = frozenset(),
) -> int | NoRoom:
    """Sends `text` as the owner of the conversation; a repeated `client_id` gives the same sequence number.

    On the accounts in `reminding` a text beyond the window is held, and the resident is told that something waits.
    """
    text = _checked(text)
    if client_id is not None and not 0 < len(client_id) <= CLIENT_ID_LIMIT:
        raise BadInput("client_id", "client_id 应为 1 到 64 个字符。")
    if earlier := repeated(tx, user, conversation_id, client_id):
        return earlier
    current = access.held(tx, user, conversation_id)
    if not tx.conversations.still(current):
        raise NotOwner(owner=tx.conversations.get(conversation_id).holder)
    needed, left = window.sends_of(current.channel, Outgoing(text)), window.left(tx, current, now)
    if left is not None and left < needed and not (left == 0 and current.account in reminding):
        if left == 0:
            reaching.ask_person(tx, conversation_id, "call", "回复窗口已关闭或次数用完", now)
        return NoRoom(needed, left)  # raised only after the commit: an exception here would undo the task
    seq = delivery.say(tx, current, text, now, author="human", fence=None, username=user.username, client_id=client_id)
    tx.records.mark_handoff(conversation_id, first_human_at=now)
    tx.promises.keep_text(conversation_id, promises.HUMAN_ANSWER, now)
    tx.conversations.set(conversation_id, owner_seen_at=now)
    return seq


def did_not_arrive(tx: Transaction, conversation_id: int, seq: int) -> None:
    """What the resident never got has answered nobody: the next text that may have counts in its place, else it is as if
    nothing had been written."""
    at = tx.messages.get(conversation_id, seq).at
    answered = tx.messages.answered_at(conversation_id, at)
    ended_at, how = tx.records.correct_answer(conversation_id, at, answered)
    if answered is None and ended_at is not None:
        settled = {"kept_at": ended_at} if how in OUTCOMES else {"kept_at": None, "dropped_at": ended_at}
    else:
        settled = {"kept_at": answered}
    tx.promises.correct_text(conversation_id, promises.HUMAN_ANSWER, at, **settled)


def repeated(tx: Transaction, user: User, conversation_id: int, client_id: str | None) -> int | None:
    """The number of what this person has already said under this id; a colleague's console may give the same id."""
    earlier = tx.messages.by_client_id(conversation_id, user.username, client_id) if client_id else None
    return earlier.seq if earlier else None


def note(tx: Transaction, user: User, conversation_id: int, text: str, now: datetime) -> int:
    """An internal note for colleagues."""
    text = _checked(text)
    access.visible(tx, user, conversation_id)
    return delivery.note(tx, conversation_id, text, now, user.username)


def _checked(text: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise BadInput("text", "请写点什么再发送。")
    if len(text) > TEXT_LIMIT:
        raise BadInput("text", f"一次最多 {TEXT_LIMIT} 个字。")
    return text.strip()
