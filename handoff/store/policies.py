"""Versions of the boundary: proposed by one person, in force once another has approved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from .schema import policies

_p = policies.c


class SqlPolicies:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def pending(self) -> dict[str, Any] | None:
        row = self._db.execute(
            select(policies).where(_p.approved_at.is_(None), _p.rejected_at.is_(None)).order_by(_p.id.desc()).limit(1)
        ).first()
        return dict(row._mapping) if row else None

    def history(self, limit: int = 50) -> list[dict[str, Any]]:
        return [dict(row._mapping) for row in self._db.execute(select(policies).order_by(_p.id.desc()).limit(limit))]

    def propose(self, body: str, by: str, now: datetime) -> int:
        highest = self._db.execute(select(func.coalesce(func.max(_p.version), 0))).scalar_one()
        values = {"version": highest + 1, "body": body, "proposed_by": by, "proposed_at": now}
        return self._db.execute(insert(policies).values(**values)).inserted_primary_key[0]

    def approve(self, policy_id: int, by: str, now: datetime) -> bool:
        changed = self._db.execute(
            update(policies)
            .where(_p.id == policy_id, _p.approved_at.is_(None), _p.rejected_at.is_(None), _p.proposed_by != by)
            .values(approved_by=by, approved_at=now)
        )
        return changed.rowcount == 1

    def reject(self, policy_id: int, now: datetime) -> bool:
        changed = self._db.execute(
            update(policies).where(_p.id == policy_id, _p.approved_at.is_(None)).values(rejected_at=now)
        )
        return changed.rowcount == 1
