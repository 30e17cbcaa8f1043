"""A resident's message enters the ledger: once, in order, before anything else happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.boundary.screen import Screened
from bot.channels.message import Inbound
from bot.channels.registry import limits_of

from ..domain.models import Conversation, Message
from ..domain.ownership import Owner, held_in_client, in_client
from ..domain.priority import LIFE_SAFETY
from . import (
    attachments,
    call_backs,
    calling,
    delivery,
    desk_words,
    emergencies,
    happenings,
    links,
    notices,
    own_cases,
    ownership,
    window,
)
from .desk_words import DeskWord
from .office import Office
from .ports import Transaction

# Understood by the desk whoever has the conversation; the other words only while no bot listens.
FOR_THE_DESK = ("call", "no_call", "link", "link_code", "unlink")
# In the place of a closed period: while the office was open, the resident was told that the words have arrived.
IN_OFFICE_HOURS = "open"
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
        if limits_of(channel).passive:  # another desk may hold the first request, which the platform no longer hears
            tx.emit("repeated", *known)
        return Accepted(*known, duplicate=True, bot_turn=False)
    sender = (inbound.account, inbound.sender)  # held against change: another desk may be closing it in this moment
    before = tx.conversations.find_all([sender]).get(sender) or tx.conversations.open(
        inbound.account, channel, inbound.sender, now
    )
    if before.owner_kind is Owner.CLOSED and inbound.conversational:
        before = ownership.reopen(tx, before)
    word = word_for_desk(before, inbound, screened)
    seq = tx.conversations.next_seq(before.id, by_resident=is_heard(inbound))
    message = message_of(before, seq, inbound, word, now)
    tx.messages.add(message)
    tx.messages.record_delivery(inbound.account, inbound.key, message, raw)
    after = window.of(before).after(inbound)
    if after != window.of(before):
        window.save(tx, before.id, after)
    return attend(tx, office, tx.conversations.get(before.id), message, inbound, word, screened, now)


def is_heard(inbound: Inbound) -> bool:
    """Whether somebody should read it: words, or an event that begins a conversation."""
    return inbound.conversational


def message_of(conversation: Conversation, seq: int, inbound: Inbound, word: DeskWord | None, now: datetime) -> Message:
    sender = SENDERS[inbound.author]
    data = dict(inbound.data) | ({"effect": inbound.effect} if inbound.effect else {})
    if word and word.whole:
        data["desk"] = word.kind
    if sender == "resident" and not is_heard(inbound):
        data["silent"] = True  # kept, but no turn of the bot: a backlog, an event nobody waits on
    state, author = ("sent", in_client(str(data.get("servicer", "")))) if sender == "human" else ("received", None)
    return Message(conversation.id, seq, sender, inbound.kind, inbound.text, state, now, author, data)


def attend(
    tx: Transaction,
    office: Office,
    current: Conversation,
    message: Message,
    inbound: Inbound,
    word: DeskWord | None,
    screened: Screened | None,
    now: datetime,
) -> Accepted:
    """What follows once a message is stored: where it belongs, who is told, and whose turn it is."""
    tx.emit("message", current.id, message.seq)
    quiet = len(tx.events)
    heard = is_heard(inbound)
    if _place(tx, office, current, inbound):
        current = tx.conversations.get(current.id)
    happenings.follow(tx, current, message, now)
    attachments.expect(tx, office, current, message, now)
    if heard:
        _attend(tx, office, current, message, screened, word, now)
    if len(tx.events) > quiet:  # whatever changes an owner or says something also tells of it
        current = tx.conversations.get(current.id)
    waits_for_bot = heard and current.owner_kind is Owner.BOT
    if waits_for_bot:
        tx.emit("turn", current.id, message.seq)
    elif heard and _is_overheard(current, message):
        tx.emit("overhear", current.id, message.seq)
    said = current.last_seq > message.seq
    return Accepted(current.id, message.seq, duplicate=False, bot_turn=waits_for_bot, said=said)


def _is_overheard(current: Conversation, message: Message) -> bool:
    """Whether it waits for a person with words that nobody has read (service/overhearing.py)."""
    return current.owner_kind is Owner.QUEUE and calling.words_to_read(message)


def word_for_desk(before: Conversation, inbound: Inbound, screened: Screened | None) -> DeskWord | None:
    """What is for the desk itself. Danger goes before everything."""
    if not is_heard(inbound) or not inbound.text or (screened is not None and screened.priority == LIFE_SAFETY):
        return None
    word = desk_words.read(inbound.text, before.expects)
    for_desk = word is not None and (word.kind in FOR_THE_DESK or before.owner_kind is not Owner.BOT)
    return word if for_desk else None


def _place(tx: Transaction, office: Office, before: Conversation, inbound: Inbound) -> bool:
    """Which community it belongs to: the place in the words, else the code that was scanned, else the account. True when
    that changed."""
    if inbound.author != "resident" or before.owner_kind not in (Owner.BOT, Owner.CLOSED):
        return False  # people route it from here on
    arrived = None if before.area else office.areas.arrived(inbound.account, str(inbound.data.get("scene") or ""))
    area = office.areas.named(inbound.text) or arrived
    changed = bool(area) and area != before.area
    if changed:
        tx.conversations.set(before.id, area=area)
    return changed


def _attend(
    tx: Transaction,
    office: Office,
    current: Conversation,
    message: Message,
    screened: Screened | None,
    word: DeskWord | None,
    now: datetime,
) -> None:
    """What the desk does at once, without the bot: life and safety, the few words it understands, after hours."""
    life = screened is not None and screened.priority == LIFE_SAFETY
    kind = current.owner_kind
    if life and emergencies.danger(tx, office, current, message, screened.trigger, now):
        return
    if word is not None and _understood(tx, office, current, message, word, now):
        return
    if kind is Owner.QUEUE and message.kind != "event" and office.calendar.is_open(now):
        _noted(tx, current, now)
    elif kind in (Owner.QUEUE, Owner.HUMAN):
        _after_hours(tx, office, current, now)


def _understood(
    tx: Transaction, office: Office, current: Conversation, message: Message, word: DeskWord, now: datetime
) -> bool:
    """Does what the resident asked of the desk. False when there was nothing to do."""
    kind = current.owner_kind
    if word.kind == "leave":
        if kind is not Owner.QUEUE:
            return False
        _leave(tx, current, now)
    elif word.kind == "who":
        position = tx.conversations.position(current.id)
        fence = current.version if kind is Owner.QUEUE else None
        delivery.say(tx, current, notices.owner_truth(current, position), now, author="system", fence=fence)
    elif word.kind == "progress":
        if kind is not Owner.QUEUE:
            return False
        told = own_cases.progress(tx, current, message.text, None, now)
        delivery.say(tx, current, told, now, author="system", fence=current.version)
    elif word.kind == "call":
        call_backs.request(tx, office, current, word.value, now)
    elif word.kind == "no_call":
        call_backs.cancel(tx, current, now)
    elif word.kind == "link":
        links.offer(tx, current, links.BY_RESIDENT, now)
    elif word.kind == "link_code":
        links.confirm(tx, current, message, word.value, now)
    else:
        links.undo(tx, current, links.BY_RESIDENT, now)
    return True


def _leave(tx: Transaction, current: Conversation, now: datetime) -> None:
    """Out of the queue; but in danger the phone may be in somebody else's hands, so a person looks all the same. What
    the resident then hears names no danger, whoever reads it."""
    if current.priority != LIFE_SAFETY:
        ownership.withdraw(tx, current, now)
        return
    delivery.note(tx, current.id, notices.WISHED_TO_LEAVE, now, "desk")
    delivery.say(tx, current, notices.still_looked_after(), now, author="system", fence=current.version)


def _noted(tx: Transaction, current: Conversation, now: datetime) -> None:
    """Once per wait, unless a notice of this wait has said so after hours: that the words have arrived. It can be done
    without, so no call is made for it."""
    if current.priority == LIFE_SAFETY or current.closed_period is not None:
        return
    tx.conversations.set(current.id, closed_period=IN_OFFICE_HOURS)
    words = notices.noted(tx.conversations.position(current.id))
    seq = delivery.say(tx, current, words, now, author="system", fence=current.version)
    tx.messages.add_data(current.id, seq, {ownership.ROUTINE: True})


def _after_hours(tx: Transaction, office: Office, current: Conversation, now: datetime) -> None:
    """One notice per closed period, while nobody is there to answer; the place is kept."""
    period = office.calendar.closed_period(now)
    if not period or period == current.closed_period or current.priority == LIFE_SAFETY:
        return
    if held_in_client(current.owner):
        return  # there the platform lets nobody else speak
    here = current.owner_seen_at
    if current.owner_kind is Owner.HUMAN and here and now - here < office.silent_after:
        return  # a colleague who stays longer answers in person
    tx.conversations.set(current.id, closed_period=period)
    delivery.say(tx, current, notices.still_closed(office, now), now, author="system", fence=current.version)
