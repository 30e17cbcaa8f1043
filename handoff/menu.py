"""`python -m handoff menu create ACCOUNT`: publishes an account's menu."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientSession

from bot import plain_yaml
from bot.channels.menu import DEFAULT
from bot.channels.message import ConfigError, SendFailure
from bot.channels.registry import load_accounts

from .domain.clock import SystemClock
from .domain.errors import BadInput
from .settings import Settings, SettingsError
from .store.ledger import Ledger
from .store.vault import Vault
from .workers.channels import Account, LedgerTokenStore


def read(path: str | None) -> Mapping[str, Any]:
    """The menu in a YAML or JSON file as the platform writes it, `{"button": […]}`; without a file the built-in one."""
    if path is None:
        return DEFAULT
    try:
        menu = plain_yaml.load(Path(path).read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        raise BadInput("file", f"菜单文件 {path} 读不了，应是 UTF-8 的 YAML 或 JSON。") from None
    if not isinstance(menu, dict):
        raise BadInput("file", f"菜单文件 {path} 应是 button: […] 这样的对象。")
    return menu


async def create(settings: Settings, name: str, menu: Mapping[str, Any]) -> None:
    """Publishes `menu` with the token that all desks share. Raises `BadInput`, `SettingsError`."""
    try:
        bases = {"WECHAT_API_BASE": settings.wechat_api_base, "WECOM_API_BASE": settings.wecom_api_base}
        channels = load_accounts(settings.channels_file, {**os.environ, **bases})
    except ConfigError as error:
        raise SettingsError(str(error)) from error
    if name not in channels:
        raise BadInput("account", f"没有账号 {name}，渠道文件里有：{'、'.join(channels)}。")
    ledger = Ledger(settings.database_url, Vault(settings.secret_key))
    try:
        async with ClientSession() as session:
            store = LedgerTokenStore(ledger, SystemClock())
            await Account(channels[name], session, store).create_menu(menu)
    except ConfigError as error:
        raise BadInput("file", str(error)) from error
    except SendFailure as refused:
        raise BadInput("account", f"平台没有接受菜单：{refused.reason}（错误码 {refused.code}）") from refused
    finally:
        ledger.close()
