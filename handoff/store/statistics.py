"""The queries behind the statistics: lists of facts, counted in `handoff.service.statistics`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from .cases import YES, put_off, resident_said
from .schema import cases, conversations, handoffs
from .scope import within


class SqlStatistics:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def cases_between(self, since: datetime, until: datetime, area: str | None) -> list[dict[str, Any]]:
        """With `confirmed`: whether the resident has said that it is solved, and not otherwise since; and `extended`:
        whether the deadline has ever been moved."""
        confirmed, extended = (resident_said() == YES).label("confirmed"), put_off().label("extended")
        statement = select(cases, confirmed, extended).where(cases.c.created_at >= since, cases.c.created_at < until)
        if area:
            statement = statement.where(within(cases.c.area, area))
        found = self._db.execute(statement.order_by(cases.c.created_at))
        return [{**row._mapping, "confirmed": bool(row.confirmed), "extended": bool(row.extended)} for row in found]

    def areas(self) -> list[str]:
        """Every area that a case was ever registered in."""
        return [row[0] for row in self._db.execute(select(cases.c.area).where(cases.c.area.isnot(None)).distinct())]

    def handoffs_between(self, since: datetime, until: datetime, area: str | None) -> list[dict[str, Any]]:
        """The fixed cohort: everyone who needed a person in the period, whatever became of it."""
        statement = (
            select(handoffs, conversations.c.sealed)
            .join_from(handoffs, conversations)
            .where(handoffs.c.requested_at >= since, handoffs.c.requested_at < until)
        )
        if area:
            statement = statement.where(within(handoffs.c.area, area))
        return [dict(row._mapping) for row in self._db.execute(statement.order_by(handoffs.c.requested_at))]
