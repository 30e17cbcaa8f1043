"""A resident's message enters the ledger: once, in order, before anything else happens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.boundary.screen import Screened
from bot.channels.message import Inbound

from ..domain.models import Conversation, Message
from ..domain.ownership import Owner, in_client
from . import attachments, cases, delivery, happenings, notices, ownership, window
from .office import Office
from .ports import Transaction

# Said while no bot listens (queue or person), these are understood by the desk itself; nothing else is guessed.
LEAVES_QUEUE = (
    "不用人工了",
    "不用转人工了",
    "取消人工",
    "取消转人工",
    "回到机器人",
    "继续问机器人",
    "不等了",
    "不排队了",
)
ASKS_WHO = ("现在谁在处理", "谁在处理", "现在是谁在处理", "你是人还是机器人", "是真人吗", "现在是人还是机器人")
_PUNCTUATION = re.compile(r"[\s，。！？!?.,~～…、]+")
# Who is behind a message, as the transcript shows it.
SENDERS = {"resident": "resident", "staff": "human", "platform": "system"}


@dataclass(frozen=True)
class Accepted:
    conversation_id: int
    seq: int
    duplicate: bool
    bot_turn: bool  # whether the bot is to read it
    said: bool = False  # whether the desk itself has answered at once


def accept(
    tx: Transaction,
    office: Office,
    inbound: Inbound,
    channel: str,
    raw: bytes | None,
    screened: Screened | None,
    now: datetime,
) -> Accepted:
    """Stores one delivery. A delivery that is there already changes nothing and says so."""
    known = tx.messages.delivered(inbound.account, inbound.key)
    if known:
        return Accepted(*known, duplicate=True, bot_turn=False)
    before = tx.conversations.find(inbound.account, inbound.sender) or tx.conversations.open(
        inbound.account, channel, inbound.sender, now
    )
    if before.owner_kind is Owner.CLOSED and inbound.conversational:
        before = ownership.reopen(tx, before)
    heard = is_heard(inbound)
    seq = tx.conversations.next_seq(before.id, by_resident=heard)
    message = message_of(before, seq, inbound, now)
    tx.messages.add(message)
    tx.messages.record_delivery(inbound.account, inbound.key, message, raw)
    after = window.of(before).after(inbound)
    if after != window.of(before):
        window.save(tx, before.id, after)
    return attend(tx, office, tx.conversations.get(before.id), message, heard, screened, now)


def is_heard(inbound: Inbound) -> bool:
    """Whether somebody should read it: words, or an event that begins a conversation."""
    return inbound.conversational


def message_of(conversation: Conversation, seq: int, inbound: Inbound, now: datetime) -> Message:
    sender = SENDERS[inbound.author]
    data = dict(inbound.data) | ({"effect": inbound.effect} if inbound.effect else {})
    if sender == "resident" and not is_heard(inbound):
        data["silent"] = True  # kept, but no turn of the bot: a backlog, an event nobody waits on
    state, author = ("sent", in_client(str(data.get("servicer", "")))) if sender == "human" else ("received", None)
    return Message(conversation.id, seq, sender, inbound.kind, inbound.text, state, now, author, data)


def attend(
    tx: Transaction,
    office: Office,
    current: Conversation,
    message: Message,
    heard: bool,
    screened: Screened | None,
    now: datetime,
) -> Accepted:
    """What follows once a message is stored: who is told, and whose turn it is."""
    tx.emit("message", current.id, message.seq)
    quiet = len(tx.events)
    happenings.follow(tx, current, message, now)
    attachments.expect(tx, office, current, message, now)
    if heard:
        _attend(tx, office, current, message, screened, now)
    if len(tx.events) > quiet:  # whatever changes an owner or says something also tells of it
        current = tx.conversations.get(current.id)
    waits_for_bot = heard and current.owner_kind is Owner.BOT
    if waits_for_bot:
        tx.emit("turn", current.id, message.seq)
    said = current.last_seq > message.seq
    return Accepted(current.id, message.seq, duplicate=False, bot_turn=waits_for_bot, said=said)


def _attend(
    tx: Transaction, office: Office, current: Conversation, message: Message, screened: Screened | None, now: datetime
) -> None:
    """What the desk does at once, without the bot: life and safety, leaving the queue, who is there, after hours."""
    life = screened is not None and screened.priority == "P0"
    kind = current.owner_kind
    if life and (kind is Owner.BOT or current.priority != "P0"):
        danger(tx, office, current, message, screened.trigger, now)
    elif kind is Owner.QUEUE:
        _while_waiting(tx, office, current, message, now)
    elif kind is Owner.HUMAN and _plain(message.text) in ASKS_WHO:
        delivery.say(tx, current, notices.owner_truth(current, None), now, author="system", fence=None)


def danger(
    tx: Transaction, office: Office, current: Conversation, message: Message, trigger: str, now: datetime
) -> None:
    """Life or safety: a person at once, whoever has the conversation."""
    if current.owner_kind is Owner.BOT:
        begin_emergency(tx, office, current, trigger, message, now)
    elif current.priority != "P0":
        _raise_priority(tx, current, trigger, message.seq, now)


def begin_emergency(
    tx: Transaction, office: Office, current: Conversation, trigger: str, message: Message, now: datetime
) -> None:
    case = cases.register(
        tx,
        office,
        current,
        now,
        created_by="desk",
        request_type="求助",
        category=EMERGENCY_CATEGORY.get(trigger, cases.UNKNOWN_CATEGORY),
        description=message.text or "（没有文字）",
        urgent=True,
        sealed=trigger in ("violence", "minor"),
    )
    ownership.request_person(
        tx, office, current, now, trigger=trigger, priority="P0", reason_seq=message.seq, number=case.number
    )


# Where an emergency is filed until a person has looked; what the person says replaces it.
EMERGENCY_CATEGORY = {
    "self_harm": "C1005",
    "violence": "C0702",
    "minor": "C0904",
    "emergency": "C1306",
    "scam": "C1304",
}


def _raise_priority(tx: Transaction, current: Conversation, trigger: str, seq: int, now: datetime) -> None:
    """Danger said while waiting, or to a caseworker who may have looked away: head of the queue, and a page."""
    tx.conversations.set(current.id, priority="P0", reason_trigger=trigger, reason_seq=seq)
    tx.records.add_page(current.id, trigger, now)
    tx.emit("page", current.id, trigger=trigger)
    first_line = notices.boundary_notices.for_trigger(trigger).first_line
    words = f"{first_line}\n已经呼叫值守人员。"
    delivery.say(tx, current, words, now, author="system", fence=None, urgent=True)


def _while_waiting(tx: Transaction, office: Office, current: Conversation, message: Message, now: datetime) -> None:
    said = _plain(message.text)
    if said in LEAVES_QUEUE:
        ownership.withdraw(tx, current, now)
        return
    if said in ASKS_WHO:
        position = tx.conversations.position(current.id)
        delivery.say(tx, current, notices.owner_truth(current, position), now, author="system", fence=current.version)
        return
    period = office.calendar.closed_period(now)
    if period and period != current.closed_period:
        tx.conversations.set(current.id, closed_period=period)
        delivery.say(tx, current, notices.still_closed(office, now), now, author="system", fence=current.version)


def _plain(text: str) -> str:
    return _PUNCTUATION.sub("", text)
