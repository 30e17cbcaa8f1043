"""Many deliveries in one transaction: what `intake.accept` does for one, with a handful of statements for all of them.

A delivery costs the database a dozen statements; at the pace of a whole town those are the limit of the door, not the disk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.boundary.screen import Screened
from bot.channels.message import Inbound

from ..domain.models import Conversation, Message
from ..domain.ownership import Owner
from . import intake, window
from .desk_words import DeskWord
from .intake import Accepted
from .office import Office
from .ports import Transaction


@dataclass(frozen=True)
class Arrival:
    """One delivery, with all that `intake.accept` asks for."""

    office: Office
    inbound: Inbound
    channel: str
    raw: bytes | None
    screened: Screened | None
    now: datetime

    @property
    def sender(self) -> tuple[str, str]:
        return self.inbound.account, self.inbound.sender

    @property
    def delivery(self) -> tuple[str, str]:
        return self.inbound.account, self.inbound.key

    @property
    def plain(self) -> bool:
        """Whether it is a resident's words and nothing that more is to be done with than reading them."""
        inbound = self.inbound
        beside = inbound.effect or inbound.data.get("media_id") or inbound.data.get("event_code")
        return inbound.author == "resident" and inbound.kind != "event" and not beside


Stored = tuple[Conversation, Message, DeskWord | None]


def accept_all(tx: Transaction, arrivals: list[Arrival]) -> list[Accepted]:
    """Stores the deliveries; the answers are in their order. Each resident's own order is kept."""
    stored = _store_plain(tx, arrivals) if len(arrivals) > 1 else {}
    accepted = [
        _attend(tx, arrival, *stored[place]) if place in stored else _alone(tx, arrival)
        for place, arrival in enumerate(arrivals)
    ]
    _let_go(tx, arrivals, accepted)
    return accepted


def _let_go(tx: Transaction, arrivals: list[Arrival], accepted: list[Accepted]) -> None:
    """These residents came back: what was held for them may go."""
    back = {
        answer.conversation_id: arrival.now
        for arrival, answer in zip(arrivals, accepted, strict=True)
        if arrival.inbound.author == "resident" and intake.is_heard(arrival.inbound) and not answer.duplicate
    }
    for conversation_id in tx.outbox.holding(list(back)):
        tx.outbox.release_held(conversation_id, back[conversation_id])
        tx.emit("outbox", conversation_id)


def _store_plain(tx: Transaction, arrivals: list[Arrival]) -> dict[int, Stored]:
    """Stores at once what is plain words: new, and the first here of a conversation that is there and open.

    Returns the conversation as it then is, the message and what of it is for the desk, by place in `arrivals`. What is not plain waits for its turn.
    """
    known = tx.messages.delivered_any([arrival.delivery for arrival in arrivals])
    found = tx.conversations.find_all(list({arrival.sender for arrival in arrivals}))
    stored: dict[int, Stored] = {}
    for place, arrival in enumerate(arrivals):
        before = found.pop(arrival.sender, None)  # a second one of the same resident comes after the first
        if before and arrival.plain and before.owner_kind is not Owner.CLOSED and arrival.delivery not in known:
            stored[place] = _advanced(before, arrival)
    if stored:
        tx.conversations.advance_all([conversation for conversation, _, _ in stored.values()])
        tx.messages.add_deliveries(
            [(*arrivals[place].delivery, message, arrivals[place].raw) for place, (_, message, _) in stored.items()]
        )
    return stored


def _advanced(before: Conversation, arrival: Arrival) -> Stored:
    seq, inbound = before.last_seq + 1, arrival.inbound
    opened = window.of(before).after(inbound)
    changed = {}
    if opened != window.of(before):
        changed = {"window_event": opened.opens, "window_at": opened.opened_at, "sends_used": opened.used}
    resident_seq = seq if intake.is_heard(inbound) else before.resident_seq
    after = replace(before, last_seq=seq, resident_seq=resident_seq, **changed)
    word = intake.word_for_desk(before, inbound, arrival.screened)
    return after, intake.message_of(before, seq, inbound, word, arrival.now), word


def _attend(
    tx: Transaction, arrival: Arrival, current: Conversation, message: Message, word: DeskWord | None
) -> Accepted:
    return intake.attend(tx, arrival.office, current, message, arrival.inbound, word, arrival.screened, arrival.now)


def _alone(tx: Transaction, arrival: Arrival) -> Accepted:
    return intake.accept(
        tx, arrival.office, arrival.inbound, arrival.channel, arrival.raw, arrival.screened, arrival.now
    )
