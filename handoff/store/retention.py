"""Finding and deleting chats that are older than the operator keeps them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, exists, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from ..domain.models import OPEN_CASE_STATES
from . import dialogues
from .schema import attachment_parts, attachments, call_tries, cases, conversations, inbound, messages, outbox, tasks

_c, _m = conversations.c, messages.c
# The bot remembers a message a moment after it was said, and begins anew after half a day (domain.yml).
A_SESSION = timedelta(days=1)


def _settled() -> ColumnElement:
    """Nobody works on it: not waiting, not with a person, no case open."""
    open_case = exists().where(cases.c.conversation_id == _c.id, cases.c.status.in_(OPEN_CASE_STATES))
    return and_(_c.owner.in_(("bot", "closed")), ~open_case)


class SqlRetention:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def due(self, before: datetime, limit: int) -> list[int]:
        """Settled conversations with messages older than `before`."""
        old = exists().where(_m.conversation_id == _c.id, _m.at < before)
        rows = self._db.execute(select(_c.id).where(_settled(), old).order_by(_c.id).limit(limit))
        return [row[0] for row in rows]

    def delete(self, conversation_id: int, before: datetime) -> dict[str, int]:
        """Deletes what was said before `before`, with its deliveries and finished tasks; rows deleted per table.

        The conversation's row, its cases and the audit log stay: who was where is not what was said.
        """
        last = self._db.execute(
            select(func.max(_m.seq)).where(_m.conversation_id == conversation_id, _m.at < before)
        ).scalar_one()
        done = and_(tasks.c.conversation_id == conversation_id, tasks.c.done_at < before)
        of_it = {
            "messages": and_(_m.conversation_id == conversation_id, _m.at < before),
            "attachment_parts": and_(
                attachment_parts.c.conversation_id == conversation_id, attachment_parts.c.seq <= last
            ),
            "attachments": and_(attachments.c.conversation_id == conversation_id, attachments.c.seq <= last),
            "outbox": and_(outbox.c.conversation_id == conversation_id, outbox.c.seq <= last),
            "inbound": and_(inbound.c.conversation_id == conversation_id, inbound.c.received_at < before),
            "call_tries": call_tries.c.task_id.in_(select(tasks.c.id).where(done)),
            "tasks": done,
        }
        tables = (messages, attachment_parts, attachments, outbox, inbound, call_tries, tasks)
        gone = {t.name: self._db.execute(delete(t).where(of_it[t.name])).rowcount for t in tables}
        gone["events"] = dialogues.forget(self._db, conversation_id, before + A_SESSION)
        # What the bot made of those words goes with them.
        self._db.execute(update(conversations).where(_c.id == conversation_id).values(understanding={}))
        return gone

    def older(self, before: datetime) -> tuple[int, int]:
        """(to be deleted, kept because somebody still works on it): messages older than `before`."""
        counted = select(func.count()).select_from(messages).join(conversations, _c.id == _m.conversation_id)
        left = self._db.execute(counted.where(_m.at < before, _settled())).scalar_one()
        kept = self._db.execute(counted.where(_m.at < before, ~_settled())).scalar_one()
        return left, kept
