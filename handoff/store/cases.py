"""Cases (工单) and what happened to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from ..domain import case_number
from ..domain.errors import NotFound
from ..domain.models import OPEN_CASE_STATES, Case
from .links import SqlLinks
from .rows import reader
from .schema import case_events, cases, counters
from .scope import in_area, within

_c = cases.c
_FIELDS = [name for name in Case.__dataclass_fields__]
_case = reader(Case)
YES, NOT_SO = "resident_confirms", ("again", "reopen")  # kinds of events


def _corrected(pair: str) -> ColumnElement:
    """ "yes" for any case the bot had put elsewhere, or `C0101-C0406` for one such pair of categories."""
    before, _, after = pair.partition("-")
    if not after:
        return _c.bot_category != _c.category
    return (_c.bot_category == before) & (_c.category == after)


def resident_said() -> ColumnElement:
    """The last word of the resident's on how the case ended: `YES`, that it is not so, or nothing."""
    e = case_events.c
    last = select(e.kind).where(e.number == _c.number, e.kind.in_((YES, *NOT_SO))).order_by(e.id.desc()).limit(1)
    return func.coalesce(last.correlate(cases).scalar_subquery(), "")


def put_off() -> ColumnElement:
    """Whether its deadline has ever been moved."""
    e = case_events.c
    return exists().where(e.number == _c.number, e.kind == "extend").correlate(cases)


CONDITIONS: dict[str, Callable[[Any], ColumnElement]] = {
    "status": lambda v: _c.status == v,
    "category": lambda v: _c.category.like(f"{v}%"),  # either level
    "type": lambda v: _c.type == v,
    "area": lambda v: within(_c.area, v),
    "seen_from": lambda v: in_area(_c.area, v),
    "since": lambda v: _c.created_at >= v,
    "until": lambda v: _c.created_at < v,
    "open": lambda v: _c.status.in_(OPEN_CASE_STATES) if v else _c.status.notin_(OPEN_CASE_STATES),
    "extended": lambda v: put_off() if v else ~put_off(),
    "due_before": lambda v: _c.due_at < v,
    "created_before": lambda v: _c.created_at < v,
    "corrected": _corrected,
    "by_bot": lambda v: _c.bot_category.isnot(None) if v else _c.bot_category.is_(None),
    "sealed": lambda v: _c.sealed.is_(v),
    "numbers": lambda v: _c.number.in_(v),
    "conversation_id": lambda v: _c.conversation_id == v,
    "outcome": lambda v: _c.outcome == v,
    "confirmed": lambda v: resident_said() == YES if v else resident_said() != YES,
}


def _conditions(filters: dict[str, Any]) -> list[ColumnElement]:
    return [CONDITIONS[name](value) for name, value in filters.items() if value is not None]


class SqlCases:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def new_number(self, day: date) -> str:
        name = f"case:{day:%y%m%d}"
        counted = update(counters).where(counters.c.name == name).values(value=counters.c.value + 1)
        if self._db.execute(counted).rowcount == 0:
            self._db.execute(insert(counters).values(name=name, value=1))
        serial = self._db.execute(select(counters.c.value).where(counters.c.name == name)).scalar_one()
        return case_number.make(day, serial)

    def add(self, case: Case) -> None:
        self._db.execute(insert(cases).values(**{name: getattr(case, name) for name in _FIELDS}))

    def get(self, number: str) -> Case:
        row = self._db.execute(select(cases).where(_c.number == number)).first()
        if row is None:
            raise NotFound("没有这个编号的工单。")
        return _case(row)

    def set(self, number: str, **values: Any) -> None:
        self._db.execute(update(cases).where(_c.number == number).values(**values))

    def move(self, number: str, expected: str, status: str, **values: Any) -> bool:
        """Changes the status if it still is `expected`."""
        changed = self._db.execute(
            update(cases).where(_c.number == number, _c.status == expected).values(status=status, **values)
        )
        return changed.rowcount == 1

    def of_resident(self, resident_id: int, limit: int = 20) -> list[Case]:
        """Newest first, through every channel that the resident has linked."""
        rows = self._db.execute(
            select(cases)
            .where(_c.resident_id.in_(SqlLinks(self._db).group(resident_id)))
            .order_by(_c.created_at.desc(), _c.number.desc())
            .limit(limit)
        )
        return [_case(row) for row in rows]

    def own(self, resident_id: int, number: str) -> Case | None:
        """The case of this number if it is one of `of_resident`, however many are newer."""
        group = SqlLinks(self._db).group(resident_id)
        row = self._db.execute(select(cases).where(_c.number == number, _c.resident_id.in_(group))).first()
        return _case(row) if row else None

    def search(self, limit: int = 200, offset: int = 0, **filters: Any) -> list[Case]:
        """Newest first. The filters are the keys of `CONDITIONS`; one that is None is not applied."""
        statement = select(cases).where(*_conditions(filters)).order_by(_c.created_at.desc(), _c.number.desc())
        return [_case(row) for row in self._db.execute(statement.limit(limit).offset(offset))]

    def count(self, **filters: Any) -> int:
        return self._db.execute(select(func.count()).select_from(cases).where(*_conditions(filters))).scalar_one()

    def add_event(
        self, number: str, at: datetime, actor: str, kind: str, text: str = "", data: dict[str, Any] | None = None
    ) -> int:
        values = {"number": number, "at": at, "actor": actor, "kind": kind, "text": text, "data": data or {}}
        return self._db.execute(insert(case_events).values(**values)).inserted_primary_key[0]

    def events(self, number: str) -> list[dict[str, Any]]:
        rows = self._db.execute(select(case_events).where(case_events.c.number == number).order_by(case_events.c.id))
        return [dict(row._mapping) for row in rows]

    def count_events(self, numbers: list[str], kind: str) -> dict[str, int]:
        """How many events of this kind each of the cases has; a case without any is not in it."""
        if not numbers:
            return {}
        e = case_events.c
        counted = select(e.number, func.count()).where(e.number.in_(numbers), e.kind == kind).group_by(e.number)
        return {number: count for number, count in self._db.execute(counted)}
