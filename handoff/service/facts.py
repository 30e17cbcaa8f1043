"""What the bot may know about a turn beside the words: the actions read no database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.channels.registry import limits_of
from bot.privacy import pii
from bot.privacy.tracker import for_dialogue

from ..domain import case_number
from ..domain.models import Case, Conversation, Message
from . import cases
from .office import Office
from .ports import Transaction

RECENT_CASES = 5
NUMBERS = ("phone", "id_card", "bank_card")


def of_turn(
    tx: Transaction,
    office: Office,
    before: Conversation,
    read: list[Message],
    pieces: list[dict[str, int]],
    recent: list[Message],
    now: datetime,
) -> dict[str, Any]:
    """`read` are the messages of the turn; `pieces` where each stands in the text that the bot reads; `recent` the last
    messages of the conversation."""
    told = "\n".join(message.text for message in read)
    # One in some hundred mobile numbers could be read as one.
    number = case_number.find(pii.mask(told, NUMBERS))
    return {
        "masked": True,
        "message_seq": read[-1].seq,
        "pieces": pieces,
        "kind": read[-1].kind if len({message.kind for message in read}) == 1 else "text",
        "media": limits_of(before.channel).media,
        "case_number": number,
        "personal": sorted({found.kind for found in pii.find(told)}),
        "open_cases": own_cases(tx, before.resident_id, number),
        "office": {
            "name": office.name,
            "phone": office.phone,
            "counter": office.counter,
            "hours": office.hours,
            "open": office.calendar.is_open(now),
        },
        "first_contact": before.handled_seq == 0,
        "left_open": _asked_to_confirm(recent, read[0]),
    }


def own_cases(tx: Transaction, resident_id: int, number: str | None) -> list[dict[str, Any]]:
    """The resident's latest cases, newest first, and the own one of this number behind them.

    `complaints`: how often this has been said, the first time included; `made` is the same for what was registered
    together.
    """
    found = tx.cases.of_resident(resident_id, RECENT_CASES)
    named = tx.cases.own(resident_id, number) if number else None
    found += [named] if named and named not in found else []
    again = tx.cases.count_events([case.number for case in found], "again")
    return [_case(case, 1 + again.get(case.number, 0)) for case in found]


def _case(case: Case, complaints: int) -> dict[str, Any]:
    return {
        "number": case.number,
        "status": case.status,
        "state": cases.state_in_words(case),
        "category": case.category,
        "type": case.type,
        "made": case.created_at.isoformat(),
        "place": for_dialogue(case.place) if case.place else None,
        "complaints": complaints,
    }


def _asked_to_confirm(recent: list[Message], message: Message) -> bool:
    """Whether the last thing said was a confirmation that still waits for its answer."""
    for earlier in reversed(recent):
        if earlier.seq < message.seq and earlier.sender != "resident":
            return any(button.get("payload") == "/affirm" for button in earlier.data.get("buttons") or [])
    return False
