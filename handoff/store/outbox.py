"""The outbox: what is to be sent, in order per conversation, at least once, never dropped in silence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from ..domain.models import OutboxItem
from .schema import conversations, messages, outbox

_o = outbox.c
_FIELDS = [name for name in OutboxItem.__dataclass_fields__]


def _item(row: Row) -> OutboxItem:
    return OutboxItem(**{name: row._mapping[name] for name in _FIELDS})


class SqlOutbox:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, values: dict[str, Any]) -> int:
        return self._db.execute(insert(outbox).values(**values)).inserted_primary_key[0]

    def take_due(
        self, now: datetime, lease_until: datetime, limit: int, only: Collection[int] | None = None
    ) -> list[OutboxItem]:
        """Takes what may be sent now: the first unsent item of each conversation whose time has come.

        On PostgreSQL `SKIP LOCKED` lets several desks take different rows; on SQLite there is one writer at a time.
        """
        earlier = outbox.alias()
        waits_for_earlier = exists().where(
            earlier.c.conversation_id == _o.conversation_id,
            earlier.c.seq < _o.seq,
            earlier.c.state.in_(("queued", "sending")),
        )
        due = or_(
            and_(_o.state == "queued", _o.next_at <= now),
            and_(_o.state == "sending", _o.lease_until < now),  # its sender died: at least once
        )
        statement = select(outbox).where(due, ~waits_for_earlier).order_by(_o.next_at, _o.id).limit(limit)
        if only is not None:
            statement = statement.where(_o.conversation_id.in_(only))
        taken = []
        for row in self._db.execute(statement.with_for_update(skip_locked=True)).fetchall():
            if self._lock(row, lease_until):
                taken.append(_item(row))
        return taken

    def _lock(self, row: Row, lease_until: datetime) -> bool:
        unchanged = and_(_o.id == row.id, _o.state == row.state, _o.attempts == row.attempts)
        changed = self._db.execute(
            update(outbox).where(unchanged).values(state="sending", lease_until=lease_until, attempts=row.attempts + 1)
        )
        return changed.rowcount == 1

    def free_leases(self, now: datetime) -> None:
        """For the only desk on this ledger at its start: whoever was sending is gone, so it is sent again."""
        self._db.execute(update(outbox).where(_o.state == "sending").values(lease_until=now - timedelta(seconds=1)))

    def passes_fence(self, item: OutboxItem) -> bool:
        """The last look before sending: whether the conversation is still as it was when this was written."""
        if item.fence is None:
            return True
        version = self._db.execute(
            select(conversations.c.version).where(conversations.c.id == item.conversation_id)
        ).scalar_one()
        return version == item.fence

    def settle(self, item: OutboxItem, state: str, **values: Any) -> None:
        """Writes the end of an attempt here and on the message. States as in the schema; what stays unsent is a draft."""
        self._db.execute(update(outbox).where(_o.id == item.id).values(state=state, lease_until=None, **values))
        self._db.execute(
            update(messages)
            .where(messages.c.conversation_id == item.conversation_id, messages.c.seq == item.seq)
            .values(state=state, **({"kind": "draft"} if state == "draft" else {}))
        )

    def unsent_automatic(self, conversation_id: int, version: int) -> list[OutboxItem]:
        """Automatic texts still waiting that were written for another version of the conversation."""
        rows = self._db.execute(
            select(outbox).where(
                _o.conversation_id == conversation_id,
                _o.state == "queued",
                _o.fence.isnot(None),
                _o.fence != version,
            )
        )
        return [_item(row) for row in rows]

    def queued(self, conversation_id: int) -> list[OutboxItem]:
        rows = self._db.execute(
            select(outbox).where(_o.conversation_id == conversation_id, _o.state == "queued").order_by(_o.seq)
        )
        return [_item(row) for row in rows]

    def by_platform_id(self, account: str, platform_id: str) -> OutboxItem | None:
        row = self._db.execute(select(outbox).where(_o.account == account, _o.platform_id == platform_id)).first()
        return _item(row) if row else None

    def next_due_at(self) -> datetime | None:
        row = self._db.execute(select(_o.next_at).where(_o.state == "queued").order_by(_o.next_at).limit(1)).first()
        return row[0] if row else None
