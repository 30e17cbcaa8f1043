"""The outbox: what is to be sent, in order per conversation, at least once, never dropped in silence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from ..domain.message_id import first_of, message_id
from ..domain.models import FATE_UNKNOWN, OutboxItem
from .rows import reader
from .schema import conversations, messages, outbox

_o = outbox.c
_item = reader(OutboxItem)
ENDS = ("sent", "failed", "draft")


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
        taken = {"state": "sending", "lease_until": lease_until, "attempts": row.attempts + 1}
        doubt = {"error": FATE_UNKNOWN} if row.state == "sending" else {}
        changed = self._db.execute(update(outbox).where(unchanged).values(**taken, **doubt))
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
        """Writes the end of an attempt here and on the message. States as in the schema; what stays unsent is a draft.

        Texts that ride with this one share its end; while it waits they stay joined to it. Failed is final, because a
        person has been told: an attempt that ends after the platform has reported its failure changes nothing.
        """
        changed = self._db.execute(
            update(outbox).where(_o.id == item.id, _o.state != "failed").values(state=state, lease_until=None, **values)
        )
        if changed.rowcount == 0:
            return
        riders = self.riders(item)
        if riders and state in ENDS:
            self._db.execute(update(outbox).where(_o.joined_to == item.id).values(state=state))
        self._db.execute(
            update(messages)
            .where(messages.c.conversation_id == item.conversation_id, messages.c.seq.in_([item.seq, *riders]))
            .values(state=state, **({"kind": "draft"} if state == "draft" else {}))
        )

    def riders(self, item: OutboxItem) -> list[int]:
        """The sequence numbers of the texts that go out with this one."""
        return [row.seq for row in self._db.execute(select(_o.seq).where(_o.joined_to == item.id))]

    def join(self, head: OutboxItem, riders: list[OutboxItem], text: str, buttons: list[dict[str, str]]) -> None:
        """`head` carries the texts of `riders` as well, in this attempt and in every later one."""
        self._db.execute(update(outbox).where(_o.id == head.id).values(text=text, buttons=buttons))
        ids = [rider.id for rider in riders]
        self._db.execute(update(outbox).where(_o.id.in_(ids)).values(state="joined", joined_to=head.id))

    def waiting(self, conversation_id: int, after_seq: int = 0) -> list[OutboxItem]:
        """What of this conversation is not sent yet, in order, without what is held."""
        rows = self._db.execute(
            select(outbox)
            .where(_o.conversation_id == conversation_id, _o.seq > after_seq, _o.state.in_(("queued", "sending")))
            .order_by(_o.seq)
        )
        return [_item(row) for row in rows]

    def holding(self, conversation_ids: list[int]) -> set[int]:
        """Those of these conversations whose residents were told that something waits for them."""
        held = select(_o.conversation_id).where(_o.conversation_id.in_(conversation_ids), _o.state == "held")
        return {row[0] for row in self._db.execute(held)}

    def release_held(self, conversation_id: int, now: datetime) -> int:
        """The window is open again: what was held may go."""
        held = list(self._held(_o.conversation_id == conversation_id))
        for item in held:
            self.settle(item, "queued", next_at=now)
        return len(held)

    def held_since(self, before: datetime, limit: int = 50) -> list[OutboxItem]:
        return list(self._held(_o.reminded_at < before))[:limit]

    def _held(self, which):
        rows = self._db.execute(select(outbox).where(_o.state == "held", which).order_by(_o.seq)).fetchall()
        return (_item(row) for row in rows)

    def unsent_automatic(self, conversation_id: int, version: int | None = None) -> list[OutboxItem]:
        """Automatic texts still waiting, of those with `version` only what was written for another one of the conversation.

        They are held against change, the first one first: one that another desk is taking in this moment is looked at
        after it has been taken, and then no longer waits.
        """
        statement = select(outbox).where(
            _o.conversation_id == conversation_id,
            _o.state.in_(("queued", "held")),
            _o.fence.isnot(None) if version is None else _o.fence != version,
        )
        return [_item(row) for row in self._db.execute(statement.order_by(_o.seq).with_for_update())]

    def get(self, conversation_id: int, seq: int) -> OutboxItem:
        row = self._db.execute(select(outbox).where(_o.conversation_id == conversation_id, _o.seq == seq)).one()
        return _item(row)

    def by_platform_id(self, conversation_id: int, platform_id: str) -> OutboxItem | None:
        """The text that the platform knows by this id, which may name one part of it; also one that is still under way,
        or whose attempt had no answer: the id that we gave it is known all the same."""
        names = {platform_id, first_of(platform_id)}
        known = or_(_o.platform_id.in_(names), _o.state.in_(("queued", "sending")))
        rows = self._db.execute(
            select(outbox).where(_o.conversation_id == conversation_id, known).order_by(_o.id.desc())
        )
        return next((_item(row) for row in rows if row.platform_id in names or message_id(row) in names), None)
