"""The reply window: what the platform grants, and what of it is kept for a person."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bot.channels.message import Inbound
from bot.channels.window import ALLOWANCES, Window

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
MINUTE, TWO_DAYS = timedelta(minutes=1), timedelta(hours=48)


def inbound(opens: str, at: datetime = NOW) -> Inbound:
    return Inbound("street", "1", "resident-99", "text", "", at, opens=opens)


@pytest.mark.parametrize(
    ("opens", "human", "bot", "lifetime"),
    [("message", 5, 2, TWO_DAYS), ("touch", 3, 3, MINUTE), ("enter", 2, 2, MINUTE), ("unlimited", None, None, None)],
)
def test_each_event_grants_what_the_platform_says(opens, human, bot, lifetime):
    window = Window().after(inbound(opens))
    assert window.sends_left(NOW) == human
    assert window.sends_left(NOW, "bot") == bot
    assert window.closes_at == (NOW + lifetime if lifetime else None)


def test_every_allowance_is_tested():
    assert set(ALLOWANCES) == {"message", "touch", "enter", "unlimited"}


def test_only_a_window_of_a_minute_is_brief():
    assert [opens for opens in ALLOWANCES if Window(opens, NOW).brief] == ["touch", "enter"]
    assert not Window().brief


def test_the_bot_leaves_three_of_five_sends_to_the_person():
    window = Window("message", NOW)
    assert window.may_send(NOW, "bot", sends=2) and not window.may_send(NOW, "bot", sends=3)
    window = window.spend(2)
    assert not window.may_send(NOW, "bot")
    assert window.sends_left(NOW) == 3 and window.may_send(NOW, "human", sends=3)
    assert not window.spend(3).may_send(NOW, "human")


def test_a_window_is_closed_from_its_last_moment_on():
    window = Window("message", NOW)
    assert window.may_send(NOW + TWO_DAYS - timedelta(seconds=1), "human")
    assert not window.may_send(NOW + TWO_DAYS, "human")


def test_nothing_may_be_sent_before_the_resident_has_come():
    assert Window().sends_left(NOW) == 0 and Window().closes_at is None
    assert Window("message", None).sends_left(NOW) == 0


def test_a_new_message_opens_the_window_afresh():
    later = NOW + timedelta(hours=10)
    window = Window("message", NOW, used=5).after(inbound("message", later))
    assert (window.used, window.closes_at) == (0, later + TWO_DAYS)


def test_a_click_does_not_shorten_an_open_window():
    window = Window("message", NOW, used=2)
    assert window.after(inbound("touch", NOW + MINUTE)) == window


def test_a_click_opens_a_minute_where_nothing_is_left():
    for spent in (Window("message", NOW, used=5), Window("message", NOW - TWO_DAYS)):
        assert spent.after(inbound("touch")).sends_left(NOW) == 3


def test_an_event_that_grants_nothing_changes_nothing():
    window = Window("message", NOW, used=1)
    assert window.after(inbound("", NOW + MINUTE)) == window


def test_a_message_that_arrives_late_does_not_turn_the_clock_back():
    window = Window("message", NOW, used=1)
    assert window.after(inbound("message", NOW - timedelta(hours=1))) == window


def test_the_web_page_has_no_limit():
    window = Window().after(inbound("unlimited")).spend(1000)
    assert window.may_send(NOW + timedelta(days=365), "bot", sends=100)
