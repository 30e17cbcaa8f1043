"""Case numbers survive being read aloud."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from handoff.domain import case_number

NUMBERS = st.builds(
    case_number.make, st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.integers(min_value=1, max_value=99_999)
)


@given(NUMBERS)
def test_a_made_number_is_valid_and_found_however_it_is_typed(number):
    assert case_number.is_valid(number)
    for typed in (number, number.replace("-", ""), number.replace("-", " "), f"我的单号是{number}，查一下"):
        assert case_number.find(typed) == number


@given(NUMBERS, st.integers(0, 9), st.data())
def test_one_wrong_digit_is_noticed(number, digit, data):
    at = data.draw(st.sampled_from([i for i, c in enumerate(number) if c.isdigit() and c != str(digit)] or [0]))
    wrong = number[:at] + str(digit) + number[at + 1 :]
    assert wrong == number or not case_number.is_valid(wrong)


@given(NUMBERS, st.data())
def test_two_swapped_neighbours_are_noticed(number, data):
    digits = number.replace("-", "")
    at = data.draw(st.integers(0, len(digits) - 2))
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    assert swapped == digits or not case_number.is_valid(swapped)


def test_a_telephone_number_is_no_case_number():
    assert case_number.find("我电话13800001234") is None
