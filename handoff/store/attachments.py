"""Attachments of residents: what is to be fetched from the platform, and the sealed pieces of what was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from ..domain.models import Attachment
from .rows import reader
from .schema import attachment_parts, attachments

_a, _p = attachments.c, attachment_parts.c
_attachment = reader(Attachment)


def _is(one: Attachment):
    return and_(_a.conversation_id == one.conversation_id, _a.seq == one.seq)


class SqlAttachments:
    def __init__(self, connection: Connection, vault: Any) -> None:
        self._db = connection
        self._vault = vault

    def add(self, conversation_id: int, seq: int, account: str, media_id: str, kind: str, now: datetime) -> None:
        self._db.execute(
            insert(attachments).values(
                conversation_id=conversation_id,
                seq=seq,
                account=account,
                media_id=media_id,
                kind=kind,
                state="waiting",
                attempts=0,
                next_at=now,
            )
        )

    def get(self, conversation_id: int, seq: int) -> Attachment | None:
        row = self._db.execute(select(attachments).where(_a.conversation_id == conversation_id, _a.seq == seq)).first()
        return _attachment(row) if row else None

    def take_due(self, now: datetime, lease_until: datetime, limit: int) -> list[Attachment]:
        """Takes what is to be fetched now; the lease of a desk that died in it has run out."""
        free = or_(_a.state == "waiting", and_(_a.state == "fetching", _a.lease_until < now))
        due = and_(_a.next_at <= now, free)
        rows = self._db.execute(
            select(attachments).where(due).order_by(_a.next_at).limit(limit).with_for_update(skip_locked=True)
        ).fetchall()
        taken = [_attachment(row) for row in rows]
        for one in taken:
            values = {"state": "fetching", "lease_until": lease_until, "attempts": one.attempts + 1}
            self._db.execute(update(attachments).where(_is(one)).values(**values))
            self.drop_parts(one)  # of an attempt that broke off
        return taken

    def postpone(self, one: Attachment, until: datetime) -> None:
        """Should this attempt break off without a word, the next is not made before."""
        self._db.execute(update(attachments).where(_is(one)).values(next_at=until))

    def free_leases(self) -> None:
        """For the only desk on this ledger at its start: whoever was fetching is gone, so it is fetched again when due."""
        free = {"state": "waiting", "lease_until": None}
        self._db.execute(update(attachments).where(_a.state == "fetching").values(**free))

    def settle(self, one: Attachment, state: str, **values: Any) -> None:
        self._db.execute(update(attachments).where(_is(one)).values(state=state, lease_until=None, **values))

    def add_part(self, one: Attachment, part: int, body: bytes) -> None:
        values = {"conversation_id": one.conversation_id, "seq": one.seq, "part": part}
        self._db.execute(insert(attachment_parts).values(body=self._vault.seal(body), **values))

    def part(self, one: Attachment, part: int) -> bytes | None:
        """One piece, opened; None after the last."""
        row = self._db.execute(
            select(_p.body).where(_p.conversation_id == one.conversation_id, _p.seq == one.seq, _p.part == part)
        ).first()
        return self._vault.open(row[0]) if row else None

    def drop_parts(self, one: Attachment) -> None:
        self._db.execute(delete(attachment_parts).where(_p.conversation_id == one.conversation_id, _p.seq == one.seq))

    def expired(self, before: datetime, limit: int = 100) -> list[Attachment]:
        """Those that were stored before `before` and still are."""
        rows = self._db.execute(
            select(attachments).where(_a.state == "stored", _a.stored_at < before).order_by(_a.stored_at).limit(limit)
        )
        return [_attachment(row) for row in rows]

    def parts_kept(self) -> int:
        return self._db.execute(select(func.count()).select_from(attachment_parts)).scalar_one()
