"""The area and sealing rules of `handoff.domain.sight` as conditions of a query."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, func, not_, or_, true
from sqlalchemy.sql import ColumnElement

from ..domain.ownership import held_by
from ..domain.priority import LIFE_SAFETY
from ..domain.sight import EVERYBODY, Sight, contains
from .schema import conversations

_c = conversations.c


def within(column: ColumnElement, area: str) -> ColumnElement:
    """The area itself and what is below it."""
    return or_(column == area, column.startswith(f"{area}/", autoescape=True))


def in_area(column: ColumnElement, area: str | None) -> ColumnElement:
    """What somebody of `area` sees: what is in it, and what belongs to no area."""
    return or_(column.is_(None), within(column, area)) if area else true()


def for_one_of(areas: Iterable[str | None], area: str) -> ColumnElement:
    """Of the waiting, those whom somebody may serve who serves `area`. `areas` are those of all who serve."""
    serving = [one for one in areas if one is None or contains(one, area)]
    if not serving or None in serving:  # an entry that nobody matches is everybody's
        return true()
    return or_(_c.area.is_(None), _c.reach >= EVERYBODY, *(within(_c.area, one) for one in serving))


def kept_close() -> ColumnElement:
    """What is sealed and does not call for help (`domain.sealing.calls_for_help`)."""
    in_danger = and_(_c.owner == "queue", func.coalesce(_c.priority, "") == LIFE_SAFETY)
    return and_(_c.sealed.is_(True), not_(and_(_c.sealed_in_danger.is_(True), in_danger)))


def visible(sight: Sight) -> ColumnElement:
    """`may_see` for rows of `conversations`."""
    seen = or_(in_area(_c.area, sight.area), and_(_c.owner == "queue", _c.reach >= EVERYBODY))
    if not sight.sealed:
        seen = and_(seen, not_(kept_close()) if sight.helps else _c.sealed.is_(False))
    return or_(_c.owner == held_by(sight.username), seen)
