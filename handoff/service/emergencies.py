"""Life or safety: a person at once, whoever has the conversation, with the number to call in the first line."""

from __future__ import annotations

from datetime import datetime

from ..domain.models import Conversation, Message
from ..domain.ownership import Owner
from ..domain.priority import LIFE_SAFETY
from . import belonging, calling, cases, delivery, heading, notices, own_words, ownership, queue
from .office import Office
from .ports import Transaction

# Where an emergency is filed until a person has looked; what the person says replaces it.
CATEGORY = {
    "self_harm": "C1005",
    "violence": "C0702",
    "minor": "C0904",
    "emergency": "C1306",
    "scam": "C1304",
}


def danger(
    tx: Transaction, office: Office, current: Conversation, message: Message, trigger: str, now: datetime
) -> bool:
    """Also when a recording is heard after the close. False where a person in danger waits already: nothing is new but,
    perhaps, that it was told in confidence."""
    if current.owner_kind is Owner.CLOSED:
        current = ownership.reopen(tx, current)
    if current.owner_kind is Owner.BOT:
        _begin(tx, office, current, trigger, message, now)
    elif current.priority != LIFE_SAFETY:
        _raise_priority(tx, office, current, trigger, message, now)
    else:
        belonging.told(tx, current, trigger, "desk", now)
        return False
    return True


def _begin(
    tx: Transaction, office: Office, current: Conversation, trigger: str, message: Message, now: datetime
) -> None:
    # Who cries out in the middle of a matter (电梯停了 … 救命，里面有人) is not asked again where.
    told, place = own_words.begun(tx, current, message)
    case = cases.register(
        tx,
        office,
        current,
        now,
        created_by="desk",
        request_type="求助",
        category=CATEGORY.get(trigger, cases.UNKNOWN_CATEGORY),
        description="\n".join(filter(None, (told, message.text))) or "（没有文字）",
        place=place,
        urgent=True,
    )
    heading.begun_by(tx, current, case)
    current = tx.conversations.get(current.id)
    calling.request_person(
        tx, office, current, now, trigger=trigger, priority=LIFE_SAFETY, reason_seq=message.seq, number=case.number
    )


def _raise_priority(
    tx: Transaction, office: Office, current: Conversation, trigger: str, reason: Message, now: datetime
) -> None:
    """Danger said while waiting, or to a caseworker who may have looked away: head of the queue, and a page. It is owed
    and counted by itself: what was asked for before is another matter."""
    entry = queue.entry(tx, current, LIFE_SAFETY, trigger, reason.text)
    tx.conversations.set(current.id, priority=LIFE_SAFETY, reason_trigger=trigger, reason_seq=reason.seq, **entry)
    belonging.told(tx, current, trigger, "desk", now)
    calling.owe_person(tx, office, current, trigger, LIFE_SAFETY, now)
    if current.caseworker:
        tx.records.mark_handoff(current.id, claimed_at=now)
        tx.promises.give(current.id, current.caseworker)
    first_line = notices.boundary_notices.for_trigger(trigger).first_line
    words = f"{first_line}\n{notices.called(tx, office, tx.conversations.get(current.id), now)}"
    delivery.say(tx, current, words, now, author="system", fence=None, urgent=True)
