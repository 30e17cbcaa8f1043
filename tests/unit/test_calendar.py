"""Office hours and deadlines follow the Chinese calendar with its make-up days."""

from datetime import date, datetime, timezone

import pytest

from handoff.domain.calendar import CHINA, Calendar, in_words
from handoff.domain.deadlines import Deadlines


def at(year, month, day, hour, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=CHINA).astimezone(timezone.utc)


def test_a_make_up_saturday_is_a_working_day_and_a_holiday_is_not():
    calendar = Calendar()
    assert calendar.is_workday(date(2025, 9, 28))  # Sunday, made up for National Day
    assert not calendar.is_workday(date(2025, 10, 1))


def test_a_deadline_in_working_days_jumps_over_the_holiday():
    due = Deadlines(Calendar()).for_case("咨询", False, at(2025, 9, 30, 16))
    assert due.astimezone(CHINA).date() == date(2025, 10, 9)


def test_after_hours_the_next_opening_is_said_in_words():
    now = at(2025, 9, 30, 20)
    opening = Calendar().next_opening(now)
    assert in_words(opening, now) == "10月9日（周四）8:30"


def test_one_closed_period_has_one_key():
    calendar = Calendar()
    evening, night = at(2026, 3, 2, 20), at(2026, 3, 3, 3)
    assert calendar.closed_period(evening) == calendar.closed_period(night)
    assert calendar.closed_period(at(2026, 3, 3, 10)) is None


def test_a_year_that_is_not_published_falls_back_to_weekdays():
    assert Calendar().is_workday(date(2090, 1, 3)) == (date(2090, 1, 3).weekday() < 5)


def test_a_bad_calendar_file_names_itself(tmp_path):
    path = tmp_path / "calendar.yml"
    path.write_text("opens: 早上\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"calendar\.yml"):
        Calendar.load(str(path))
