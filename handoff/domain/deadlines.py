"""By when a case is answered. Defaults of the process in docs/architecture.md; all are configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .calendar import CHINA, Calendar

WORKDAYS = {"咨询": 1, "建议": 1, "表扬": 1, "其他": 1, "求助": 5, "投诉": 5, "举报": 5}
URGENT = timedelta(hours=2)
P0_FIRST_RESPONSE = timedelta(minutes=5)
UNDO = timedelta(minutes=5)  # a slip is noticed at once, and until then the number that was called is still kept
YEARS = range(2000, 2101)


def moment(text: str, on_a_day: time) -> datetime:
    """An ISO time, in China unless it says otherwise; a day alone means the time `on_a_day`. Raises `ValueError`."""
    at = datetime.combine(date.fromisoformat(text), on_a_day) if len(text) == 10 else datetime.fromisoformat(text)
    if at.year not in YEARS:  # the first and the last hours of all time are no time at all in some other zone
        raise ValueError(text)
    return at if at.tzinfo else at.replace(tzinfo=CHINA)


@dataclass(frozen=True)
class Deadlines:
    calendar: Calendar

    def for_case(self, request_type: str, urgent: bool, now: datetime) -> datetime:
        if urgent:
            return now + URGENT
        return self.calendar.after_workdays(now, WORKDAYS.get(request_type, 5))
