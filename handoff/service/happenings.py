"""What the platforms tell beside messages, and what follows from it: one entry per effect (`bot.channels.message.Effect`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from bot.channels.registry import limits_of
from bot.channels.window import Window

from ..domain.models import Conversation, Message
from ..domain.ownership import CLIENT_PREFIX, held_by, in_client
from . import attempts, client_service, delivery, notices, ownership, promises, reaching, taken_back, window
from .ports import Transaction


def follow(tx: Transaction, current: Conversation, message: Message, now: datetime) -> None:
    """Does what `message` brings with it beside its words."""
    code = message.data.get("event_code")
    if code:
        until = datetime.fromtimestamp(message.data["event_code_until"], timezone.utc)
        tx.conversations.set(current.id, event_code=code, event_code_until=until)
    does = EFFECTS.get(message.data.get("effect", ""))
    if does:
        does(tx, current, message, now)


def _left(tx: Transaction, current: Conversation, message: Message, now: datetime) -> None:
    """Unfollowed, or took an authorisation back: nothing can be sent, and the platform's rules ask for deletion."""
    window.save(tx, current.id, Window())
    text = "居民取消了关注或收回了授权。请核对未办结的事项，再按规定删除其个人资料。"
    reaching.once(tx, current.id, "erase", text, now)


def _send_failed(tx: Transaction, current: Conversation, message: Message, now: datetime) -> None:
    """What the platform had taken over did not arrive; it may say so before we have written that it was sent."""
    item = tx.outbox.by_platform_id(current.id, str(message.data.get("sent_id", "")))
    if item is None:
        return
    no_more = bool(message.data.get("fail_why"))  # the window is closed, or the resident is gone
    if no_more and current.resident_seq < item.seq:  # else the resident has opened the window anew
        window.save(tx, current.id, Window())
    kind = "call" if no_more else "undelivered"
    attempts.give_up(tx, item, kind, "msg_send_fail", str(message.data.get("reason", "原因不明")), now)
    tx.emit("message", current.id, item.seq)


def _recalled(tx: Transaction, current: Conversation, message: Message, now: datetime) -> None:
    found = tx.messages.delivered(current.account, str(message.data.get("recalled", "")))
    if found and found[0] == current.id:
        taken_back.mark(tx, current, found[1])


def _taken(tx: Transaction, current: Conversation, message: Message, now: datetime) -> None:
    client_service.taken_in_client(tx, current, str(message.data.get("servicer", "")), now)
    if message.kind != "event":
        tx.records.mark_handoff(current.id, first_human_at=now)
        tx.promises.keep_text(current.id, promises.HUMAN_ANSWER, now)
    elif message.data.get("event_code"):
        after = tx.conversations.get(current.id)
        delivery.say(tx, after, notices.taken_in_client(), now, author="system", fence=after.version)


def _ended(tx: Transaction, current: Conversation, message: Message, now: datetime) -> None:
    if limits_of(current.channel).closes_with_service:
        window.save(tx, current.id, Window())  # until the resident writes; the code carries one text
    if not client_service.ended_in_client(tx, current, now) or not message.data.get("event_code"):
        return  # without the code nothing may be said after the end
    after = tx.conversations.get(current.id)
    text, buttons = notices.ended_in_client()
    seq = delivery.say(tx, after, text, now, author="system", fence=after.version, buttons=buttons)
    tx.messages.add_data(current.id, seq, {ownership.ROUTINE: True})  # a question that comes too late is no call


def _shut_out(tx: Transaction, current: Conversation, message: Message, now: datetime) -> None:
    who = str(message.data.get("servicer", ""))
    reaching.once(tx, current.id, "shut_out", f"{who} 在平台客户端里拒收了这位居民的消息，请另派人联系。", now)


def off_duty(tx: Transaction, servicer: str, now: datetime) -> int:
    """A person in the platform's own client went off duty: what they hold needs somebody. Returns how many."""
    held = tx.conversations.held_by(held_by(in_client(servicer)))
    for conversation in held:
        text = f"{CLIENT_PREFIX}{servicer} 已下线，手上的对话需要同事接着办。"
        reaching.once(tx, conversation.id, "off_duty", text, now)
    return len(held)


EFFECTS: dict[str, Callable[[Transaction, Conversation, Message, datetime], None]] = {
    "left": _left,
    "send_failed": _send_failed,
    "recalled": _recalled,
    "taken": _taken,
    "ended": _ended,
    "shut_out": _shut_out,
}
