"""By when a case is answered. Defaults of the process in docs/architecture.md; all are configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .calendar import Calendar

WORKDAYS = {"咨询": 1, "建议": 1, "表扬": 1, "其他": 1, "求助": 5, "投诉": 5, "举报": 5}
COMPLEX_WORKDAYS = 15
URGENT = timedelta(hours=2)
P0_FIRST_RESPONSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Deadlines:
    calendar: Calendar

    def for_case(self, request_type: str, urgent: bool, now: datetime) -> datetime:
        if urgent:
            return now + URGENT
        return self.calendar.after_workdays(now, WORKDAYS.get(request_type, 5))
