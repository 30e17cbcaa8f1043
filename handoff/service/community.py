"""反映最多的是什么、办得怎样: one community's page that may be published. Whole months only, without personal data.

Months that do not overlap and one level of areas: else two published pages, taken from one another, would show what each
of them folds. Whatever is sealed, reports (举报) first of all, is left out altogether: even its number may point at somebody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.boundary.taxonomy import taxonomy

from ..domain.calendar import CHINA
from ..domain.errors import BadInput, NotFound
from ..domain.models import OPEN_CASE_STATES, User
from ..domain.sight import in_area
from ..domain.small_numbers import FOLDED, Line, publishable
from .office import Office
from .ports import Transaction
from .statistics import came_of

COLUMNS = ("居民确认已解决", "其他办结", "还在办")
OFFERED_MONTHS = 12
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Report:
    """`lines` hold what may be shown (`handoff.domain.small_numbers`); `total` is None when there is too little to show."""

    area: str | None
    month: date
    areas: list[str]
    months: list[date]
    lines: list[Line]
    total: Line | None

    def name(self, line: Line) -> str:
        return "其他类别（每类都少，合在一起）" if line.key == FOLDED else taxonomy().name(line.key)


def report(tx: Transaction, office: Office, user: User | None, area: str, month: str, now: datetime) -> Report:
    """`area` and `month` (2026-02) as asked for, empty for the first and the last one. `user` is None for the public.

    Raises `NotFound` for an area that is not this user's to see, `BadInput` for a month that is not over.
    """
    months = finished_months(now)
    wanted = _month(month, months)
    areas = communities(tx, office, user)
    if area and area not in areas:
        raise NotFound("没有这个社区。")
    chosen = area or (areas[0] if areas else None)
    counted: dict[str, list[int]] = {}
    for case in tx.statistics.cases_between(*_bounds(wanted), chosen):
        if not case["sealed"]:
            counted.setdefault(case["category"][:3], [0, 0, 0])[_column(case)] += 1
    return Report(chosen, wanted, areas, months, *publishable(counted))


def communities(tx: Transaction, office: Office, user: User | None) -> list[str]:
    """The communities that have a page; whoever has an area sees their own. None at all: the office is the community."""
    named = [area.split("/")[0] for area in [*office.areas.names, *tx.statistics.areas()]]
    if user and user.area:
        return [user.area.split("/")[0]]
    return list(dict.fromkeys(named))


def areas(tx: Transaction, office: Office, user: User) -> list[str]:
    """What lists and figures can be asked for: every area of AREAS_FILE or of a case, and what contains it."""
    named = [area.split("/") for area in [*office.areas.names, *tx.statistics.areas()]]
    found = {"/".join(parts[:end]) for parts in named for end in range(1, len(parts) + 1)}
    return sorted(area for area in found if in_area(user, area))


def finished_months(now: datetime) -> list[date]:
    """First days of the months that are over, the last one first."""
    first = now.astimezone(CHINA).date().replace(day=1)
    found = []
    for _ in range(OFFERED_MONTHS):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(first)
    return found


def _month(text: str, months: list[date]) -> date:
    if not text:
        return months[0]
    said = _MONTH.fullmatch(text)
    wanted = date(int(said[1]), int(said[2]), 1) if said else None
    if wanted not in months:
        raise BadInput("month", f"month 应是最近 {OFFERED_MONTHS} 个已经过完的月份，如 {months[0]:%Y-%m}。")
    return wanted


def _bounds(month: date) -> tuple[datetime, datetime]:
    after = (month + timedelta(days=31)).replace(day=1)
    start, end = (datetime(day.year, day.month, 1, tzinfo=CHINA) for day in (month, after))
    return start, end


def _column(case: dict) -> int:
    if case["status"] in OPEN_CASE_STATES:
        return 2
    return 0 if came_of(case) == "solved" else 1
