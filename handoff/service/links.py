"""One resident, several channels: joined only by the resident's own word, taken apart by one word.

The desk gives a code in one channel; the resident sends it from the other. Whoever can read both is the resident. Both
sides are told, so that a code that fell into wrong hands is noticed and undone.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from ..domain.errors import IllegalMove
from ..domain.models import Conversation, Message, User
from . import access, delivery
from .ports import Transaction

VALID = timedelta(minutes=15)
CODE_DIGITS = 8
BY_RESIDENT = "resident"


def offer(tx: Transaction, conversation: Conversation, by: str, now: datetime) -> None:
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    tx.links.offer(_hash(code), conversation.id, by, now, now + VALID)
    words = (
        f"关联码：{code}，15 分钟内有效。\n在您的另一个渠道发送“关联{code}”，两边就能查到同样的工单。\n"
        "只给自己用，不要告诉别人。不想关联，不用理会。"
    )
    _say(tx, conversation, words, now)


def offer_by_staff(tx: Transaction, user: User, conversation_id: int, now: datetime) -> None:
    """The owner asks the resident; the resident still has to send the code from the other channel."""
    conversation = access.visible(tx, user, conversation_id)
    if conversation.caseworker != user.username:
        raise IllegalMove("接手以后才能发关联码。")
    tx.people.audit(now, user.username, "link_offer", str(conversation_id))
    offer(tx, conversation, user.username, now)


def confirm(tx: Transaction, conversation: Conversation, message: Message, code: str, now: datetime) -> None:
    """The resident sent the code from here: from now on both are one resident."""
    taken = tx.links.take(_hash(code), now)
    if taken is None or taken[0] == conversation.id:
        _say(tx, conversation, "这个关联码不对，或已过期。要重新关联，请在原来的渠道发“关联账号”。", now)
        return
    first, offered_by = tx.conversations.get(taken[0]), taken[1]
    if first.resident_id in tx.links.group(conversation.resident_id):
        _say(tx, conversation, "这两个渠道已经关联过了。", now)
        return
    tx.links.add(
        resident_id=first.resident_id,
        other_id=conversation.resident_id,
        conversation_id=conversation.id,
        seq=message.seq,
        offered_by=offered_by,
        linked_at=now,
    )
    tx.people.audit(now, BY_RESIDENT, "link", str(conversation.id), {"with": first.id})
    _say(tx, conversation, "已关联，两边查到的工单一样了。要分开，随时发“取消关联”。", now)
    _say(tx, first, "您的工单已和您的另一个渠道关联。\n不是您本人做的，请马上回复“取消关联”。", now)


def undo(tx: Transaction, conversation: Conversation, by: str, now: datetime) -> int:
    """Takes this channel out again; nothing else changes. Returns how many links ended."""
    ended = tx.links.undo(conversation.resident_id, by, now)
    if ended:
        tx.people.audit(now, by, "unlink", str(conversation.id), {"links": ended})
    words = "已取消关联，这里只看得到从这里反映的事。" if ended else "这里没有关联别的渠道。"
    _say(tx, conversation, words, now)
    return ended


def undo_by_staff(tx: Transaction, user: User, conversation_id: int, now: datetime) -> int:
    conversation = access.visible(tx, user, conversation_id)
    if conversation.caseworker != user.username and user.role != "supervisor":
        raise IllegalMove("由接手的人或主管来取消。")
    return undo(tx, conversation, user.username, now)


def _say(tx: Transaction, conversation: Conversation, words: str, now: datetime) -> None:
    # Without a fence: it answers the resident's own words whoever has the conversation, before a claim and after one, and
    # no person could say it instead, the code being hidden from them. The warning to the other side must arrive as well.
    delivery.say(tx, conversation, words, now, author="system", fence=None)


def _hash(code: str) -> str:
    return hashlib.sha256(f"link:{code}".encode()).hexdigest()
