"""The holidays that the law itself fixes (《全国年节及纪念日放假办法》, in force since 2025): known years ahead.

Which days around them are made up for, and when, is announced each autumn for one year and is not to be known before.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
# 正月初一, 五月初五 and 八月十五, reckoned from the new moons in Chinese time. Approximations will not do: in 2027 and 2030
# the moon is new within minutes of midnight, and even ICU is a day off.
LUNAR = {
    2027: ((2, 6), (6, 9), (9, 15)),
    2028: ((1, 26), (5, 28), (10, 3)),
    2029: ((2, 13), (6, 16), (9, 22)),
    2030: ((2, 3), (6, 5), (9, 12)),
    2031: ((1, 23), (6, 24), (10, 1)),
    2032: ((2, 11), (6, 12), (9, 19)),
    2033: ((1, 31), (6, 1), (9, 8)),
    2034: ((2, 19), (6, 20), (9, 27)),
    2035: ((2, 8), (6, 10), (9, 16)),
    2036: ((1, 28), (5, 30), (10, 4)),
}


@lru_cache(maxsize=16)
def statutory(year: int) -> frozenset[date]:
    """Beyond the years of `LUNAR` only what the sun decides."""
    days = {date(year, *day) for day in FIXED} | _pure_brightness(year)
    if year in LUNAR:
        new_year, *others = (date(year, *day) for day in LUNAR[year])
        days |= {new_year + timedelta(days=n) for n in range(-1, 3)} | set(others)  # from the eve (除夕) on
    return frozenset(days)


def _pure_brightness(year: int) -> set[date]:
    try:
        terms = chinese_calendar.get_solar_terms(date(year, 4, 1), date(year, 4, 10))
    except NotImplementedError:  # outside 1900 to 2100
        return set()
    return {day for day, name in terms if name == "清明"}
