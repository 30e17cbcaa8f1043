"""The outbox's decisions: what may leave now. The sending itself is in `workers.outbox`, what becomes of it in `attempts`."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.channels.limits import parts, passive_text
from bot.channels.message import Outgoing
from bot.channels.registry import limits_of
from bot.channels.window import Asker

from ..domain.models import FATE_UNKNOWN, RECALLED, Conversation, OutboxItem
from ..domain.ownership import Owner
from . import delivery, ownership, taken_back, window
from .attempts import ATTEMPTS, give_up
from .ports import Transaction

LEASE = timedelta(seconds=60)  # longer than the slowest platform call; after it another desk sends again
BATCH = 20
JOINT = "\n\n"  # between texts that share one send
NOBODY: Set = frozenset()


@dataclass(frozen=True)
class Sendable:
    """One send: part `number` of `of` of an item's text, taken when the conversation stood as in `before`. `remind`: the
    window is closed; only say that it waits."""

    item: OutboxItem
    before: Conversation
    part: Outgoing
    number: int = 0
    of: int = 1
    passive_only: bool = False  # allowed only because a platform request waits for it; costs no send
    remind: bool = False


def take(
    tx: Transaction,
    now: datetime,
    only: Collection[int] | None = None,
    passive: Set[tuple[str, str]] = NOBODY,
    reminding: Set[str] = NOBODY,
) -> list[Sendable]:
    """Takes what may be sent now and looks once more at the fence and the reply window of each.

    `only` names conversations; None means all of them.
    `passive` names the (account, person) to whom the answer can ride on the platform's own request, which costs no send.
    `reminding` names the accounts that can still say something when the window is closed.
    """
    sendable = []
    for item in tx.outbox.take_due(now, now + LEASE, BATCH, only):
        found = _decide(tx, item, now, passive, reminding)
        if found:
            sendable.append(found)
        else:
            tx.emit("message", item.conversation_id, item.seq)
    return sendable


def _decide(
    tx: Transaction, item: OutboxItem, now: datetime, passive: Set[tuple[str, str]], reminding: Set[str]
) -> Sendable | None:
    conversation = tx.conversations.get(item.conversation_id)
    if not tx.outbox.passes_fence(item) and not _finishes(conversation, item):
        # Whether one that was begun has arrived nobody knows, and so it is said.
        delivery.leave_unsent(tx, item, FATE_UNKNOWN if item.may_have_arrived else "owner_changed")
    elif item.author == "bot" and not taken_back.answers_what_stands(tx, item):  # taken back while it was under way
        delivery.leave_unsent(tx, item, FATE_UNKNOWN if item.may_have_arrived else RECALLED)
    elif item.attempts >= ATTEMPTS:  # its senders died one after the other
        give_up(tx, item, "undelivered", "attempts", "多次发送都没有结果", now)
    else:
        item = _joined(tx, item, conversation, now)
        chosen = _part(item, conversation, now)
        if _may_send(conversation, item, chosen, now):
            return chosen
        if (item.account, item.recipient) in passive and _may_ride(conversation, item):
            return replace(chosen, passive_only=True)
        return _beyond_window(tx, item, chosen, now, reminding)
    return None


def _may_ride(conversation: Conversation, item: OutboxItem) -> bool:
    """Whether the platform's own request can carry it: whole, and nothing that a person wrote."""
    whole = item.author != "human" and not item.parts_sent
    return whole and passive_text(limits_of(conversation.channel), window.outgoing(item)) is not None


def _finishes(conversation: Conversation, item: OutboxItem) -> bool:
    """Whether a text that no longer fits the conversation goes out all the same: it was begun in time, its sender died
    over it, the platform refuses it should it have it already, and no person has taken over since."""
    untouched = conversation.owner_kind is not Owner.HUMAN
    return item.state == "sending" and untouched and limits_of(conversation.channel).refuses_repeats


def _part(item: OutboxItem, conversation: Conversation, now: datetime) -> Sendable:
    message = window.outgoing(item)
    pieces = parts(limits_of(conversation.channel), message) or (message,)
    number = min(item.parts_sent, len(pieces) - 1)
    part = pieces[number]
    if conversation.event_code and conversation.event_code_until > now:
        part = replace(part, event_code=conversation.event_code)
    return Sendable(item, conversation, part, number, len(pieces))


def _may_send(conversation: Conversation, item: OutboxItem, chosen: Sendable, now: datetime) -> bool:
    """A text is begun only when all of it may go: half an answer is worse than a call."""
    cost = chosen.of - chosen.number - bool(chosen.part.event_code)
    return cost == 0 or window.of(conversation).may_send(now, _asker(item), cost)


def _asker(item: OutboxItem) -> Asker:
    # What the desk itself says comes out of the bot's share, so that three sends are left for the person; an emergency
    # number and the outcome of a matter may use those as well.
    return "human" if item.author == "human" or item.urgent else "bot"


def _joined(tx: Transaction, item: OutboxItem, conversation: Conversation, now: datetime) -> OutboxItem:
    """Automatic texts that wait behind one another go out as one send. Once tried, a text keeps its wording: the
    platform may have it already, under the same message id."""
    if item.author == "human" or item.attempts or item.parts_sent:
        return item
    text, buttons, riders = item.text, item.buttons, []
    for other in tx.outbox.waiting(item.conversation_id, item.seq):
        together = f"{text}{JOINT}{other.text}"
        alike = other.author != "human" and _manner(tx, other) == _manner(tx, item)
        carried = replace(item, text=together, buttons=other.buttons)
        if not alike or buttons or window.sends_of(conversation.channel, window.outgoing(carried)) > 1:
            break
        text, buttons, riders = together, other.buttons, [*riders, other]
    if riders:
        tx.outbox.join(item, riders, text, buttons)
    return replace(item, text=text, buttons=buttons)


def _manner(tx: Transaction, item: OutboxItem) -> tuple:
    """What share a send share its fate: nothing that must reach the resident rides on what need not."""
    return item.fence, item.urgent, item.attempts, _is_routine(tx, item)


def _is_routine(tx: Transaction, item: OutboxItem) -> bool:
    message = tx.messages.get(item.conversation_id, item.seq)
    return message is not None and bool(message.data.get(ownership.ROUTINE))


def _beyond_window(
    tx: Transaction, item: OutboxItem, chosen: Sendable, now: datetime, reminding: Set[str]
) -> Sendable | None:
    """The window is closed or its sends are used: remind the resident once, else a person picks up the phone. For what
    the resident can do without, neither: it is marked as not delivered, and that is all."""
    if _is_routine(tx, item):
        tx.outbox.settle(item, "failed", error="window")
    elif item.account not in reminding or item.parts_sent:
        give_up(tx, item, "call", "window", "回复窗口已关闭或次数用完", now)
    elif tx.outbox.holding([item.conversation_id]):
        tx.outbox.settle(item, "held", reminded_at=now, error="window")
    else:
        return replace(chosen, remind=True)
    return None
