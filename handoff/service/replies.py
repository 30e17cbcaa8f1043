"""What a caseworker writes: to the resident, or as a note that is never sent."""

from __future__ import annotations

from datetime import datetime

from ..domain.errors import BadInput, NotOwner, TooLarge, WindowClosed
from ..domain.models import User
from . import delivery, packet, promises, window
from .ports import Transaction

TEXT_LIMIT = 2000  # characters; longer than any one platform message, split by the channel
CLIENT_ID_LIMIT = 64


def write(tx: Transaction, user: User, conversation_id: int, text: str, client_id: str | None, now: datetime) -> int:
    """Sends `text` as the owner of the conversation; a repeated `client_id` gives the same sequence number."""
    text = _checked(text)
    if client_id is not None and not 0 < len(client_id) <= CLIENT_ID_LIMIT:
        raise BadInput("client_id", "client_id 应为 1 到 64 个字符。")
    if client_id:
        earlier = tx.messages.by_client_id(conversation_id, client_id)
        if earlier:
            return earlier.seq
    current = tx.conversations.get(conversation_id)
    if current.caseworker != user.username or not tx.conversations.still(current):
        raise NotOwner(owner=current.caseworker)
    if not window.of(current).may_send(now, "human"):
        tx.records.add_task(conversation_id, "call", "回复窗口已关闭，请打电话或上门联系居民。", now)
        raise WindowClosed()
    seq = delivery.say(tx, current, text, now, author="human", fence=None, username=user.username, client_id=client_id)
    tx.records.mark_handoff(conversation_id, first_human_at=now)
    tx.promises.keep_text(conversation_id, promises.HUMAN_ANSWER, now)
    tx.conversations.set(conversation_id, owner_seen_at=now)
    return seq


def note(tx: Transaction, user: User, conversation_id: int, text: str, now: datetime) -> int:
    """An internal note for colleagues."""
    text = _checked(text)
    packet.visible(tx, user, conversation_id)
    return delivery.note(tx, conversation_id, text, now, user.username)


def _checked(text: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise BadInput("text", "请写点什么再发送。")
    if len(text) > TEXT_LIMIT:
        raise TooLarge(f"一次最多 {TEXT_LIMIT} 个字。")
    return text.strip()
