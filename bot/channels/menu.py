"""The limits of a 公众号 custom menu, checked before the platform is asked.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.message import ConfigError
from bot.channels.text import byte_length

MAX_TOP, MAX_SUB = 3, 5
TOP_NAME, SUB_NAME = 16, 60
KEY, URL = 128, 1024

# The three doors and the question everybody has; what each key means is in `handoff.service.turns.MENU_KEYS`.
DEFAULT: dict[str, Any] = {
    "button": [
        {"type": "click", "name": "我要反映", "key": "REPORT"},
        {"type": "click", "name": "查进度", "key": "PROGRESS"},
        {
            "name": "找人",
            "sub_button": [
                {"type": "click", "name": "转人工", "key": "HUMAN"},
                {"type": "click", "name": "电话和窗口", "key": "OFFLINE"},
                {"type": "click", "name": "现在谁在处理", "key": "WHO"},
            ],
        },
    ]
}


def check(menu: Mapping[str, Any]) -> None:
    """Raise `ConfigError`, naming the button, unless `menu` is `{"button": [...]}` within the platform's limits."""
    buttons = _buttons(menu, "button", "菜单", MAX_TOP)
    for button in buttons:
        name = _name(button, TOP_NAME)
        if "sub_button" in button:
            for child in _buttons(button, "sub_button", name, MAX_SUB):
                _check_leaf(child, _name(child, SUB_NAME))
        else:
            _check_leaf(button, name)


def _buttons(parent: Mapping[str, Any], field: str, name: str, most: int) -> list[Mapping[str, Any]]:
    buttons = parent.get(field)
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= most:
        raise ConfigError(f"{name}：{field} 应有 1 到 {most} 项")
    if not all(isinstance(button, Mapping) for button in buttons):
        raise ConfigError(f"{name}：{field} 的每一项应是按钮")
    return buttons


def _name(button: Mapping[str, Any], most: int) -> str:
    name = button.get("name")
    if not isinstance(name, str) or not name or byte_length(name) > most:
        raise ConfigError(f"按钮「{name}」：name 应为 1 到 {most} 字节")
    return name


def _check_leaf(button: Mapping[str, Any], name: str) -> None:
    if not isinstance(button.get("type"), str):
        raise ConfigError(f"按钮「{name}」：缺少 type")
    for field, most in (("key", KEY), ("url", URL)):
        if byte_length(str(button.get(field, ""))) > most:
            raise ConfigError(f"按钮「{name}」：{field} 超过 {most} 字节")
    needed = "url" if button["type"] == "view" else "key" if button["type"] == "click" else "type"
    if not button.get(needed):
        raise ConfigError(f"按钮「{name}」：缺少 {needed}")
