"""Working days of the Chinese calendar, office hours and deadlines.

Holidays and make-up days come from the maintained `chinesecalendar` package, and the operator's CALENDAR_FILE may
correct them (a local holiday, a year that is not published yet). Of a year that neither knows, the statutory holidays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
import yaml

from .holidays import statutory

CHINA = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
WRITTEN = ("opens", "closes", "workdays", "holidays")  # in CALENDAR_FILE


@dataclass(frozen=True)
class Calendar:
    opens: time = time(8, 30)
    closes: time = time(17, 30)
    extra_workdays: frozenset[date] = field(default_factory=frozenset)
    extra_holidays: frozenset[date] = field(default_factory=frozenset)

    @classmethod
    def load(cls, path: str | None) -> Calendar:
        """Reads `opens`, `closes` ("HH:MM"), `workdays`, `holidays` (ISO dates). Raises ValueError naming the field."""
        if not path:
            return cls()
        with open(path, encoding="utf-8") as file:
            data = yaml.load(file, yaml.BaseLoader) or {}  # as it is written: YAML itself takes 17:30 for 1050
        try:
            return cls._read(data)
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"工作日历文件 {path} 写法有误：{error}") from error

    @classmethod
    def _read(cls, data: dict[str, Any]) -> Calendar:
        for name in data:
            if name not in WRITTEN:
                raise ValueError(f"{name} 这一项没有，只有 {'、'.join(WRITTEN)}")
        opens, closes = _time(data, "opens", cls.opens), _time(data, "closes", cls.closes)
        if opens >= closes:
            raise ValueError(f"opens {opens:%H:%M} 应早于 closes {closes:%H:%M}")
        workdays, holidays = _dates(data.get("workdays")), _dates(data.get("holidays"))
        return cls(opens, closes, frozenset(workdays), frozenset(holidays))

    def is_workday(self, day: date) -> bool:
        if day in self.extra_workdays:
            return True
        if day in self.extra_holidays:
            return False
        published = _published(day)
        return day.weekday() < 5 and day not in statutory(day.year) if published is None else published

    def unknown_year(self, now: datetime) -> int | None:
        """The year of this month or the next whose make-up days nobody has told, None when all is known."""
        this_month = now.astimezone(CHINA).date().replace(day=1)
        next_month = (this_month + timedelta(days=31)).replace(day=1)
        told = {day.year for day in self.extra_workdays}  # every year has some
        unknown = (day.year for day in (this_month, next_month) if _published(day) is None and day.year not in told)
        return next(unknown, None)

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(CHINA)
        return self.is_workday(local.date()) and self.opens <= local.time() < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """When the office opens next after `at` (UTC-aware in, China time out)."""
        local = at.astimezone(CHINA)
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        while not self.is_workday(day):
            day += timedelta(days=1)
        return datetime.combine(day, self.opens, CHINA)

    def closed_period(self, at: datetime) -> str | None:
        """A key that is the same during one closed period, so that residents get one notice per period."""
        return None if self.is_open(at) else self.next_opening(at).date().isoformat()

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from `start` to `end` lay in office hours: what a resident may count as waiting."""
        total, day = timedelta(), start.astimezone(CHINA).date()
        while day <= end.astimezone(CHINA).date():
            if self.is_workday(day):
                opens, closes = (datetime.combine(day, at, CHINA) for at in (self.opens, self.closes))
                total += max(min(end, closes) - max(start, opens), timedelta())
            day += timedelta(days=1)
        return total

    def after_workdays(self, at: datetime, days: int) -> datetime:
        """End of office hours on the `days`-th working day after `at`."""
        day = at.astimezone(CHINA).date()
        while days > 0:
            day += timedelta(days=1)
            if self.is_workday(day):
                days -= 1
        return datetime.combine(day, self.closes, CHINA)


@lru_cache(maxsize=400)
def _published(day: date) -> bool | None:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # a year the State Council, or a release of the package, has not published yet
        return None


def in_words(at: datetime, now: datetime) -> str:
    """A time as people say it: 今天 15:00, 明天 8:30, 11月25日（周三）8:30; with the year where it is not this one."""
    local, today = at.astimezone(CHINA), now.astimezone(CHINA).date()
    clock = f"{local.hour}:{local.minute:02d}"
    days = (local.date() - today).days
    if days in (0, 1, 2):
        return f"{('今天', '明天', '后天')[days]} {clock}"
    year = f"{local.year}年" if local.year != today.year else ""
    return f"{year}{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）{clock}"


def _time(data: dict[str, str], name: str, default: time) -> time:
    try:
        return datetime.strptime(data[name], "%H:%M").time() if name in data else default  # noqa: DTZ007
    except ValueError:
        raise ValueError(f"{name} 应写成 8:30 这样的时间") from None


def _dates(values: list[str] | None) -> list[date]:
    return [date.fromisoformat(day) for day in values or []]
