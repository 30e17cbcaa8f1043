"""One resident's words and personal data, out of every table; what stays carries neither."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from ..domain.models import OPEN_CASE_STATES, Conversation
from . import dialogues
from .schema import (
    attachment_parts,
    attachments,
    call_tries,
    case_events,
    cases,
    conversations,
    identities,
    inbound,
    link_codes,
    links,
    messages,
    outbox,
    pages,
    promises,
    tasks,
)

ERASED = "（已按居民要求清除）"
_OF_IT = (messages, attachment_parts, attachments, outbox, inbound, tasks, link_codes, pages)
# What the steps of a case say in codes and dates that were checked; whatever else was written with them is words.
_FACTS = {"close": ("outcome",), "extend": ("due_at",), "category": ("from", "to")}
# How the row reads when nobody is behind it any more.
_NOBODY = {
    "understanding": {},
    "event_code": None,
    "event_code_until": None,
    "window_event": "",
    "expects": None,
    "reason_seq": None,
}


class SqlErasure:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def open_cases(self, conversation: Conversation) -> list[str]:
        unfinished = select(cases.c.number).where(self._cases(conversation), cases.c.status.in_(OPEN_CASE_STATES))
        return [row[0] for row in self._db.execute(unfinished.order_by(cases.c.number))]

    def in_motion(self, conversation: Conversation, now: datetime) -> bool:
        """Whether a turn, a text or an attachment of it is under way; what is not stays so until the transaction ends."""
        found = []
        for table in (outbox, attachments):
            of_it = select(table.c.lease_until).where(table.c.conversation_id == conversation.id)
            found += self._db.execute(of_it.with_for_update()).scalars()
        found.append(
            self._db.execute(select(conversations.c.lease_until).where(conversations.c.id == conversation.id)).scalar()
        )
        return any(until is not None and until > now for until in found)

    def erase(self, conversation: Conversation, now: datetime) -> dict[str, int]:
        """Rows deleted per table, and how many cases and promises lost their words."""
        calls = select(tasks.c.id).where(tasks.c.conversation_id == conversation.id)
        gone = {call_tries.name: self._run(delete(call_tries).where(call_tries.c.task_id.in_(calls)))}
        gone |= {t.name: self._run(delete(t).where(t.c.conversation_id == conversation.id)) for t in _OF_IT}
        gone["events"] = dialogues.forget(self._db, conversation.id)
        linked = or_(links.c.resident_id == conversation.resident_id, links.c.other_id == conversation.resident_id)
        gone["links"] = self._run(delete(links).where(linked))
        gone["promises"] = self._promises(conversation, now)
        gone["cases"] = self._run(
            update(cases).where(self._cases(conversation)).values(description=ERASED, place=None, unit=None)
        )
        self._case_events(conversation)
        self._nobody(conversation)
        return gone

    def _nobody(self, conversation: Conversation) -> None:
        """The conversation is with nobody from now on: whoever comes from there again is somebody new. With an identity
        of its own, so that a message which waits for this to end does not find the conversation by the one it had."""
        old = conversation.identity_id
        nobody = insert(identities).values(
            resident_id=conversation.resident_id,
            account=conversation.account,
            channel=conversation.channel,
            external_id=f"erased-{old}",
        )
        made = self._db.execute(nobody).inserted_primary_key[0]
        of_it = conversations.c.id == conversation.id
        self._run(update(conversations).where(of_it).values(identity_id=made, **_NOBODY))
        self._run(delete(identities).where(identities.c.id == old))

    def _cases(self, conversation: Conversation):
        own = cases.c.resident_id == conversation.resident_id
        return or_(own, cases.c.conversation_id == conversation.id)

    def _promises(self, conversation: Conversation, now: datetime) -> int:
        numbers = select(cases.c.number).where(self._cases(conversation))
        made = or_(promises.c.conversation_id == conversation.id, promises.c.number.in_(numbers))
        owed = (promises.c.kept_at.is_(None), promises.c.dropped_at.is_(None))
        self._run(update(promises).where(made, *owed).values(dropped_at=now))
        return self._run(update(promises).where(made).values(text=ERASED))

    def _case_events(self, conversation: Conversation) -> None:
        e = case_events.c
        steps = select(e.id, e.kind, e.data).join_from(case_events, cases).where(self._cases(conversation))
        for step in self._db.execute(steps).fetchall():
            facts = {name: step.data[name] for name in _FACTS.get(step.kind, ()) if name in step.data}
            self._run(update(case_events).where(e.id == step.id).values(text="", data=facts))

    def _run(self, statement) -> int:
        return self._db.execute(statement).rowcount
