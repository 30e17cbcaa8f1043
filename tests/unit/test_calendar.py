"""Office hours and deadlines follow the Chinese calendar with its make-up days."""

from datetime import date, datetime, timezone

import chinese_calendar
import pytest

from handoff.domain.calendar import CHINA, Calendar, in_words
from handoff.domain.deadlines import Deadlines
from handoff.domain.holidays import LUNAR, statutory


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


def test_the_first_of_january_2027_is_no_working_day():
    assert not Calendar().is_workday(date(2027, 1, 1))


# Weekdays all of them, of years that are not published for long.
@pytest.mark.parametrize(
    ("rests", "works"),
    [
        ([(2036, 1, 1)], (2036, 1, 2)),
        ([(2036, 1, 28), (2036, 1, 29), (2036, 1, 30)], (2036, 1, 31)),  # from the eve, a Sunday
        ([(2035, 2, 7), (2035, 2, 8), (2035, 2, 9)], (2035, 2, 12)),
        ([(2036, 4, 4)], (2036, 4, 3)),
        ([(2036, 5, 1), (2036, 5, 2)], (2036, 5, 5)),
        ([(2036, 5, 30)], (2036, 5, 29)),
        ([(2034, 9, 27)], (2034, 9, 28)),
        ([(2036, 10, 1), (2036, 10, 2), (2036, 10, 3)], (2036, 10, 6)),
        ([(2090, 10, 3)], (2090, 10, 4)),  # beyond the lunar dates that are known
        ([(2150, 1, 1)], (2150, 1, 2)),
    ],
)
def test_of_a_year_that_is_not_published_the_statutory_holidays_are_kept(rests, works):
    calendar = Calendar()
    assert [day for day in rests if calendar.is_workday(date(*day))] == []
    assert calendar.is_workday(date(*works))


def test_the_statutory_holidays_are_those_of_the_years_that_are_published():
    for year, (new_year, *others) in LUNAR.items():
        for month, day in (new_year, *others):
            assert Calendar().is_workday(date(year, month, day)) is False
    for year in (2025, 2026):
        assert [day for day in statutory(year) if Calendar().is_workday(day)] == []


LAST_KNOWN = max(chinese_calendar.holidays).year


@pytest.mark.parametrize(
    ("now", "unknown"),
    [
        (at(LAST_KNOWN, 11, 30, 23), None),
        (at(LAST_KNOWN, 12, 1, 0), LAST_KNOWN + 1),
        (at(LAST_KNOWN + 1, 3, 1, 9), LAST_KNOWN + 1),
    ],
)
def test_the_year_of_this_or_the_next_month_that_nobody_has_told_is_named(now, unknown):
    assert Calendar().unknown_year(now) == unknown
    told = Calendar(extra_workdays=frozenset({date(LAST_KNOWN + 1, 2, 14)}))
    assert told.unknown_year(now) is None


def test_a_bad_calendar_file_names_itself(tmp_path):
    path = tmp_path / "calendar.yml"
    path.write_text("opens: 早上\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"calendar\.yml"):
        Calendar.load(str(path))


def test_a_day_of_another_year_is_said_with_its_year():
    now = datetime(2026, 12, 28, 9, 0, tzinfo=CHINA)
    assert in_words(datetime(2027, 1, 8, 17, 30, tzinfo=CHINA), now) == "2027年1月8日（周五）17:30"
    assert in_words(datetime(2027, 1, 1, 9, 0, tzinfo=CHINA), datetime(2026, 12, 31, 9, 0, tzinfo=CHINA)) == "明天 9:00"
