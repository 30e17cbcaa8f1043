"""The boundary is data, and an unusable boundary sends everything to people."""

from pathlib import Path

import pytest

from bot.boundary.hotlines import NATIONAL, hotlines, load
from bot.boundary.policy import HAND_OFF, POLICY_FILE, Policy, PolicyError
from bot.boundary.taxonomy import taxonomy
from bot.boundary.triggers import priority_of, triggers

TEXT = POLICY_FILE.read_text(encoding="utf-8")


def test_every_category_and_type_has_a_disposition() -> None:
    policy = Policy.load()
    assert policy.closed_because is None
    for code in taxonomy().second_level():
        for kind in taxonomy().types:
            assert policy.decide(code, kind, None, 1.0).disposition in ("answer", "register", "hand_off")


def test_a_trigger_overrides_every_category() -> None:
    decision = Policy.load().decide("C1601", "咨询", "self_harm", 1.0)
    assert decision.disposition == HAND_OFF
    assert "self_harm" in decision.rule


@pytest.mark.parametrize("category", [None, "C0000", "C01", ""])
def test_an_unknown_category_goes_to_a_person(category: str | None) -> None:
    assert Policy.load().decide(category, "咨询", None, 0.99).disposition == HAND_OFF


def test_little_confidence_and_close_runners_up_are_doubt() -> None:
    policy = Policy.load()
    assert policy.decide("C0406", "求助", None, policy.low - 0.01).doubt == "low"
    assert policy.decide("C0406", "求助", None, 0.5, policy.close / 2).doubt == "close"
    assert policy.decide("C0406", "求助", None, 0.9, 0.8).doubt is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "version: 1",
        "\t: {",
        "a: &a [*a]",
        TEXT.replace("version: 3", ""),
        TEXT.replace("C0406: {default: register", "C0406: {default: registr"),
        TEXT.replace("C0406: {default", "C0499: {default"),
        TEXT.replace("C0406: {default: register, 咨询: answer}", "C0406: {咨询: answer}"),
        TEXT.replace("咨询: answer", "咨訊: answer", 1),
        TEXT.replace("low: 0.5", "low: 很低"),
        TEXT.replace("low: 0.5", "low: true"),
        TEXT.replace("close: 0.4", "close: 3"),
    ],
)
def test_an_altered_boundary_is_refused_with_a_reason(text: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        Policy.parse(text)
    file = tmp_path / "policy.yml"
    file.write_text(text, encoding="utf-8")
    closed = Policy.load(file)
    assert closed.closed_because
    assert closed.decide("C1601", "咨询", None, 1.0).disposition == HAND_OFF


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_an_unreadable_file_sends_everything_to_people(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    if content is not None:
        file.write_bytes(content)
    assert Policy.load(file).decide("C0406", "求助", None, 1.0).disposition == HAND_OFF


def test_only_national_or_verified_numbers_are_shown_and_retired_never() -> None:
    lines = hotlines()
    assert set(lines.shown) >= NATIONAL
    assert not lines.retired & set(lines.shown)
    assert not lines.may_show("12355")


def test_a_broken_list_of_numbers_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hotlines.json"
    file.write_text('{"numbers": []}', encoding="utf-8")
    with pytest.raises(ValueError, match="电话表"):
        load(file)


def test_five_triggers_are_a_matter_of_life() -> None:
    assert {id for id, trigger in triggers().items() if trigger.priority == "P0"} == {
        "self_harm", "violence", "minor", "emergency", "scam",
    }  # fmt: skip
    assert priority_of(None) is None
    assert priority_of("something_new") == "P1"
