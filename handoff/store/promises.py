"""The promise ledger: what was promised, by whom, who has to keep it, by when, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from ..domain.ownership import held_by
from ..domain.sight import Sight
from .schema import cases, conversations, promises
from .scope import in_area, visible, within

_p = promises.c
_OPEN = (_p.kept_at.is_(None), _p.dropped_at.is_(None))


def _broken(now: datetime):
    late = or_(_p.kept_at > _p.due_at, _p.kept_at.is_(None) & (_p.due_at < now))
    return late & or_(_p.dropped_at.is_(None), _p.dropped_at > _p.due_at)


def _dict(row: Row) -> dict[str, Any]:
    return dict(row._mapping)


class SqlPromises:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, **values: Any) -> int:
        return self._db.execute(insert(promises).values(**values)).inserted_primary_key[0]

    def get(self, promise_id: int) -> dict[str, Any] | None:
        row = self._db.execute(select(promises).where(_p.id == promise_id)).first()
        return _dict(row) if row else None

    def of(self, conversation_id: int) -> list[dict[str, Any]]:
        rows = self._db.execute(
            select(promises).where(_p.conversation_id == conversation_id).order_by(_p.due_at, _p.id)
        )
        return [_dict(row) for row in rows]

    def keep(self, promise_id: int, now: datetime) -> bool:
        return self._settle([_p.id == promise_id], kept_at=now) == 1

    def owe_again(self, promise_id: int, kept_at: datetime, owner: str) -> None:
        """What was taken for kept at that moment is owed after all, by `owner`."""
        taken_for_kept = (_p.id == promise_id, _p.kept_at == kept_at)
        self._db.execute(update(promises).where(*taken_for_kept).values(kept_at=None, owner=owner))

    def keep_case(self, number: str, now: datetime) -> None:
        self._settle([_p.number == number], kept_at=now)

    def keep_text(self, conversation_id: int, text: str, now: datetime) -> None:
        self._settle([_p.conversation_id == conversation_id, _p.text == text], kept_at=now)

    def drop_text(self, conversation_id: int, text: str, now: datetime) -> None:
        """No longer owed. What was broken before that stays broken."""
        self._settle([_p.conversation_id == conversation_id, _p.text == text], dropped_at=now)

    def correct_text(self, conversation_id: int, text: str, at: datetime, **values: datetime | None) -> None:
        """What counted as kept `at` that moment was kept, or dropped, otherwise."""
        which = (_p.conversation_id == conversation_id, _p.text == text, _p.kept_at == at)
        self._db.execute(update(promises).where(*which).values(**values))

    def drop(self, promise_id: int, now: datetime) -> None:
        self._settle([_p.id == promise_id], dropped_at=now)

    def _settle(self, which: list, **values: Any) -> int:
        return self._db.execute(update(promises).where(*which, *_OPEN).values(**values)).rowcount

    def give(self, conversation_id: int, owner: str) -> None:
        """Whoever has the conversation has its open promises."""
        self._settle([_p.conversation_id == conversation_id], owner=owner)

    def postpone_case(self, number: str, due_at: datetime, now: datetime) -> int:
        """Moves what is not yet broken; returns how many moved."""
        return self._settle([_p.number == number, _p.due_at >= now], due_at=due_at)

    def due_between(self, since: datetime, until: datetime, area: str | None) -> list[dict[str, Any]]:
        """The fixed cohort: every promise that fell due in the period, with `sealed` and the area it belongs to."""
        place = func.coalesce(cases.c.area, conversations.c.area)
        sealed = case((cases.c.sealed.is_(True), True), (conversations.c.sealed.is_(True), True), else_=False)
        statement = (
            select(promises, place.label("area"), sealed.label("sealed"))
            .outerjoin(cases, cases.c.number == _p.number)
            .outerjoin(conversations, conversations.c.id == _p.conversation_id)
            .where(_p.due_at >= since, _p.due_at < until)
            .order_by(_p.due_at, _p.id)
        )
        if area:
            statement = statement.where(within(place, area))
        return [_dict(row) for row in self._db.execute(statement)]

    def broken(self, sight: Sight, now: datetime) -> list[dict[str, Any]]:
        """Broken and still owed, the longest overdue first, as far as `sight` may see the matter."""
        told = _p.conversation_id.isnot(None)
        counter = in_area(cases.c.area, sight.area)  # filed without a conversation
        statement = (
            select(promises)
            .outerjoin(cases, cases.c.number == _p.number)
            .outerjoin(conversations, conversations.c.id == _p.conversation_id)
            .where(_broken(now), *_OPEN, or_(and_(~told, counter), and_(told, visible(sight))))
            .order_by(_p.due_at, _p.id)
        )
        if not sight.sealed:
            own = conversations.c.owner == held_by(sight.username)
            statement = statement.where(or_(own, func.coalesce(cases.c.sealed, False).is_(False)))
        return [_dict(row) for row in self._db.execute(statement)]
