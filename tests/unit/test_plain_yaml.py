"""A value that is not what it says it is makes a file unreadable, never a program fall over."""

import pytest
import yaml

from bot import plain_yaml
from bot.boundary.policy import HAND_OFF, POLICY_FILE, Policy, PolicyError

TEXT = POLICY_FILE.read_text(encoding="utf-8")
ODD = [
    "2026-13-45",
    "9" * 5000,
    "0x" + "f" * 5000,
    "!!int ''",
    "!!int x",
    "!!bool x",
    "!!float x",
    "!!float ''",
    "!!timestamp x",
    "!!map x",
    "!!binary 密",
]
IDS = [text[:16] for text in ODD]


@pytest.mark.parametrize("odd", ODD, ids=IDS)
def test_a_value_that_is_not_what_it_says_it_is_is_named_by_its_line(odd):
    with pytest.raises(yaml.YAMLError) as wrong:
        plain_yaml.load(f"first: 1\nsecond: {odd}\n")
    assert wrong.value.problem_mark.line == 1


def test_what_is_nested_without_end_is_unreadable_too():
    with pytest.raises(yaml.YAMLError):
        plain_yaml.load("[" * 10_000)


def test_everything_else_is_read_as_ever():
    assert plain_yaml.load(TEXT) == yaml.safe_load(TEXT)


@pytest.mark.parametrize("where", ["version: 3", "  C0406:"])
@pytest.mark.parametrize("odd", ODD, ids=IDS)
def test_such_a_value_in_the_boundary_sends_everything_to_people(odd, where, tmp_path):
    assert where in TEXT
    text = TEXT.replace(where, f"version: {odd}" if "version" in where else f"  ? {odd}\n  :")
    with pytest.raises(PolicyError):
        Policy.parse(text)
    file = tmp_path / "policy.yml"
    file.write_text(text, encoding="utf-8")
    assert Policy.load(file).decide("C0406", "求助", None, 1.0).disposition == HAND_OFF
