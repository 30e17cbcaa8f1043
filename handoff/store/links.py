"""Which channel identities are one resident. Links join residents, never rows: undoing one moves nothing back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from .schema import conversations, identities, link_codes, links

_l, _k = links.c, link_codes.c


class SqlLinks:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def group(self, resident_id: int) -> list[int]:
        """The resident and everybody linked with them, directly or through others."""
        found, edge = {resident_id}, {resident_id}
        while edge:
            rows = self._db.execute(
                select(_l.resident_id, _l.other_id).where(
                    _l.undone_at.is_(None), or_(_l.resident_id.in_(edge), _l.other_id.in_(edge))
                )
            )
            edge = {resident for row in rows for resident in row} - found
            found |= edge
        return sorted(found)

    def conversations_of(self, residents: Iterable[int]) -> list[int]:
        rows = self._db.execute(
            select(conversations.c.id)
            .join_from(conversations, identities)
            .where(identities.c.resident_id.in_(list(residents)))
            .order_by(conversations.c.id)
        )
        return [row[0] for row in rows]

    def add(self, **values: Any) -> int:
        return self._db.execute(insert(links).values(**values)).inserted_primary_key[0]

    def undo(self, resident_id: int, by: str, now: datetime) -> int:
        """Takes this resident out of the group; returns how many links ended. The rows stay as the record."""
        ended = self._db.execute(
            update(links)
            .where(_l.undone_at.is_(None), or_(_l.resident_id == resident_id, _l.other_id == resident_id))
            .values(undone_at=now, undone_by=by)
        )
        return ended.rowcount

    def offer(self, code_hash: str, conversation_id: int, by: str, now: datetime, expires_at: datetime) -> None:
        """One live code a conversation: a new one replaces the old; expired ones go."""
        self._db.execute(delete(link_codes).where(or_(_k.conversation_id == conversation_id, _k.expires_at <= now)))
        self._db.execute(
            insert(link_codes).values(
                code_hash=code_hash, conversation_id=conversation_id, offered_by=by, expires_at=expires_at
            )
        )

    def take(self, code_hash: str, now: datetime) -> tuple[int, str] | None:
        """(conversation, offered by) of a live code, which is used up by this."""
        row = self._db.execute(
            select(_k.conversation_id, _k.offered_by).where(_k.code_hash == code_hash, _k.expires_at > now)
        ).first()
        used = self._db.execute(delete(link_codes).where(_k.code_hash == code_hash))
        return tuple(row) if row and used.rowcount == 1 else None
