"""docs/channels.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from bot.channels.errors import ERRORS, SEND_FAIL_TYPES
from bot.channels.platform import PLATFORMS
from bot.channels.registry import KINDS
from bot.channels.window import ALLOWANCES

PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text("utf-8")
NAMES = {"RETRY": "自动重试", "REFRESH_TOKEN": "更新凭证", "GIVE_TO_PERSON": "转给人"}


def test_the_error_table_is_the_one_in_force():
    for code, (disposition, reason) in ERRORS.items():
        assert f"| {code} | {NAMES[disposition]} | {reason} |" in PAGE
    for code, reason in SEND_FAIL_TYPES.items():
        assert f"{code} {reason}" in PAGE


def test_every_kind_of_channel_is_described_and_can_be_simulated():
    assert set(PLATFORMS) == set(KINDS)
    for kind in KINDS:
        assert f"`{kind}`" in PAGE


def test_the_windows_are_described_with_their_figures():
    message, touch, enter = (ALLOWANCES[name] for name in ("message", "touch", "enter"))
    assert f"48 小时内 {message.sends} 条 | {message.sends - message.reserved} 条" in PAGE
    assert f"1 分钟内 {touch.sends} 条 | {touch.sends} 条" in PAGE
    assert f"1 分钟内 {enter.sends} 条 | {enter.sends} 条" in PAGE
