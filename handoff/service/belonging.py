"""A conversation and its cases go together: sealed and opened again as one, and the cases change the area with it.

Called after the conversation's own row is changed: whoever files a case of it holds that row, so that none is missed.
"""

from __future__ import annotations

from datetime import datetime

from ..domain import sealing
from ..domain.models import Conversation
from .ports import Transaction

SEALED, UNSEALED = "seal", "unseal"


def told(tx: Transaction, before: Conversation, trigger: str | None, by: str, now: datetime) -> None:
    """What is told in confidence seals the conversation with its cases, whoever found it and whenever."""
    if sealing.seals(trigger):
        confide(tx, before, trigger, by, now)


def confide(tx: Transaction, before: Conversation, trigger: str | None, by: str, now: datetime) -> None:
    """Seals for what `trigger` says, or without one for the sake of a report."""
    tx.conversations.set(before.id, **sealing.sealed_for(before, trigger))
    seal(tx, before.id, by, now)
    if not before.sealed:
        tx.emit("owner", before.id, owner=before.holder, version=before.version)


def seal(tx: Transaction, conversation_id: int, by: str, now: datetime) -> None:
    while found := tx.cases.search(conversation_id=conversation_id, sealed=False):
        for case in found:
            tx.cases.set(case.number, sealed=True)
            tx.cases.add_event(case.number, now, by, SEALED)
            tx.emit("case", conversation_id, number=case.number)


def unseal(tx: Transaction, conversation_id: int, by: str, now: datetime) -> None:
    """Opens what was sealed with the conversation; a report, which is sealed for its own sake, stays so."""
    for case in tx.cases.search(conversation_id=conversation_id, sealed=True):
        turns = [event["kind"] for event in tx.cases.events(case.number) if event["kind"] in (SEALED, UNSEALED)]
        if turns[-1:] == [SEALED] and not sealing.reports(case):
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
