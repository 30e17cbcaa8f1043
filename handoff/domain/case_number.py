"""A case number that survives being read over the telephone: date, serial, check digit, as in `261123-00427`.

The check digit is Damm's: it catches every single wrong digit and every swap of neighbours, the two mistakes that
people make when they read a number aloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot import told_number

# Damm (2004), the totally anti-symmetric quasigroup of order 10.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def make(day: date, serial: int) -> str:
    body = f"{day:%y%m%d}{serial:04d}"
    return f"{body[:6]}-{body[6:]}{check_digit(body)}"


def is_valid(number: str) -> bool:
    digits = number.replace("-", "")
    return len(digits) >= 11 and digits.isascii() and digits.isdigit() and check_digit(digits) == 0


def find(text: str) -> str | None:
    """The first valid case number in a resident's words, normalised; None when there is none."""
    for digits in _like_one(text):
        number = f"{digits[:6]}-{digits[6:]}"
        if is_valid(number):
            return number
    return None


def looks_like_one(text: str) -> bool:
    """Whether there are as many digits as a case number has and they begin with a date, right or mistaken elsewhere."""
    return next(_like_one(text), None) is not None


def _like_one(text: str) -> Iterator[str]:
    return (digits for digits in told_number.digits_in(text) if _is_date(digits[:6]))


def _is_date(digits: str) -> bool:
    try:
        date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True
