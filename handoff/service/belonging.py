"""A conversation's cases go where it goes: they are sealed with it, opened again with it, and change the area with it.

Called after the conversation's own row is changed: whoever files a case of it holds that row, so that none is missed.
"""

from __future__ import annotations

from datetime import datetime

from ..domain.models import Conversation
from .ports import Transaction

SEALED, UNSEALED = "seal", "unseal"


def seal(tx: Transaction, conversation_id: int, by: str, now: datetime) -> None:
    while found := tx.cases.search(conversation_id=conversation_id, sealed=False):
        for case in found:
            tx.cases.set(case.number, sealed=True)
            tx.cases.add_event(case.number, now, by, SEALED)
            tx.emit("case", conversation_id, number=case.number)


def unseal(tx: Transaction, conversation_id: int, by: str, now: datetime) -> None:
    """Opens what was sealed with the conversation; what is sealed for its own sake, as a report is, stays so."""
    for case in tx.cases.search(conversation_id=conversation_id, sealed=True):
        turns = [event["kind"] for event in tx.cases.events(case.number) if event["kind"] in (SEALED, UNSEALED)]
        if turns[-1:] == [SEALED]:
            tx.cases.set(case.number, sealed=False)
            tx.cases.add_event(case.number, now, by, UNSEALED)
            tx.emit("case", conversation_id, number=case.number)


def move(tx: Transaction, before: Conversation, area: str | None, by: str, now: datetime) -> None:
    """What is still open goes to `area`; what has ended, or was filed for another area, stays where it is."""
    for case in tx.cases.search(conversation_id=before.id, open=True):
        if case.area in (None, before.area) and case.area != area:
            tx.cases.set(case.number, area=area)
            tx.cases.add_event(case.number, now, by, "area", "", {"from": case.area or "", "to": area or ""})
            tx.emit("case", before.id, number=case.number)
