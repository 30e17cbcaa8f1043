"""The area and sealing rules of `handoff.domain.sight` as conditions of a query."""

from __future__ import annotations

from sqlalchemy import and_, or_, true
from sqlalchemy.sql import ColumnElement

from ..domain.ownership import held_by
from ..domain.sight import EVERYBODY, Sight
from .schema import conversations

_c = conversations.c


def within(column: ColumnElement, area: str) -> ColumnElement:
    """The area itself and what is below it."""
    return or_(column == area, column.startswith(f"{area}/", autoescape=True))


def visible(sight: Sight) -> ColumnElement:
    """`may_see` for rows of `conversations`."""
    seen: ColumnElement = true()
    if sight.area:
        widened = and_(_c.owner == "queue", _c.reach >= EVERYBODY)
        seen = and_(seen, or_(_c.area.is_(None), within(_c.area, sight.area), widened))
    if not sight.sealed:
        seen = and_(seen, _c.sealed.is_(False))
    return or_(_c.owner == held_by(sight.username), seen)
