"""The accounts of this installation, read from channels.yml. A new kind of channel is one line in `KINDS`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot import plain_yaml
from bot.channels.channel import Channel
from bot.channels.limits import Limits
from bot.channels.message import Clock, ConfigError, utc_now
from bot.channels.miniprogram import MiniProgram
from bot.channels.web import Web
from bot.channels.wechat import WeChat
from bot.channels.wecom_kf import WeComKf

KINDS: dict[str, type[Channel]] = {
    "wechat": WeChat,
    "miniprogram": MiniProgram,
    "wecom_kf": WeComKf,
    "web": Web,
}

# What runs when no file is given: the web page, which needs no account anywhere.
DEFAULT_ACCOUNTS: list[dict[str, str]] = [{"name": "web", "kind": "web"}]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # it stands in the callback's address
_FROM_ENV = re.compile(r"\$\{(\w+)\}")


def limits_of(kind: str) -> Limits:
    """What a channel of this kind can carry. Raises `KeyError` for a kind that is not registered."""
    return KINDS[kind].limits


def load_accounts(path: Path | str | None, env: Mapping[str, str], clock: Clock = utc_now) -> dict[str, Channel]:
    """The accounts by name, in file order; the file is read as it stands. Raises `ConfigError`, one Chinese line."""
    if path is None:
        return build_accounts(DEFAULT_ACCOUNTS, env, clock)
    try:
        entries = plain_yaml.load(Path(path).read_text("utf-8"))
    except OSError:
        raise ConfigError(f"渠道文件 {path} 读不到") from None
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        line = getattr(getattr(broken, "problem_mark", None), "line", None)
        raise ConfigError(
            f"渠道文件 {path} 不是有效的 YAML" + (f"（第 {line + 1} 行）" if line is not None else "")
        ) from None
    try:
        return build_accounts(entries, env, clock)
    except ConfigError as error:
        raise ConfigError(f"{error}（{path}）") from None


def build_accounts(entries: Any, env: Mapping[str, str], clock: Clock = utc_now) -> dict[str, Channel]:
    """Channels from already decoded entries. Raises `ConfigError`."""
    if not isinstance(entries, list) or not entries:
        raise ConfigError("渠道文件应为账号列表，至少一个账号")
    accounts: dict[str, Channel] = {}
    for position, entry in enumerate(entries, 1):
        channel = _account(position, entry, env, clock)
        if channel.name in accounts:
            raise ConfigError(f"账号 {channel.name}：name 重复")
        accounts[channel.name] = channel
    return accounts


def _account(position: int, entry: Any, env: Mapping[str, str], clock: Clock) -> Channel:
    if not isinstance(entry, dict):
        raise ConfigError(f"第 {position} 个账号：应为 name、kind 等字段")
    where = f"账号 {entry['name']}" if isinstance(entry.get("name"), str) else f"第 {position} 个账号"
    try:
        settings = {str(field): _value(str(field), value, env) for field, value in entry.items()}
        name, kind = settings.pop("name", ""), settings.pop("kind", "")
        if not _NAME.fullmatch(name):
            raise ConfigError("name 应为小写字母、数字或 -，最多 40 个")
        if kind not in KINDS:
            raise ConfigError(f"kind 应为 {'、'.join(KINDS)} 之一")
        channel = KINDS[kind]
        _check_fields(channel, settings)
        base = env.get(channel.base_setting, "") if channel.base_setting else ""
        return channel(name, settings, api_base=base, clock=clock)
    except ConfigError as wrong:
        raise ConfigError(f"{where}：{wrong}") from None


def _check_fields(channel: type[Channel], settings: Mapping[str, str]) -> None:
    for field in channel.required:
        if not settings.get(field):
            raise ConfigError(f"缺少 {field}")
    for field in settings:
        if field not in (*channel.required, *channel.optional):
            raise ConfigError(f"不认识的字段 {field}")


def _value(field: str, value: Any, env: Mapping[str, str]) -> str:
    if field == "freshness" and isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        # An unquoted 0123 or yes is not what it looks like.
        raise ConfigError(f"{field} 应写成带引号的文字")
    reference = _FROM_ENV.fullmatch(value)
    if reference is None:
        return value
    if not env.get(reference[1]):
        raise ConfigError(f"{field} 取自环境变量 {reference[1]}，但它没有设置")
    return env[reference[1]]
