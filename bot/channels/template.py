"""The message that is still allowed when the reply window is closed: a template or subscription message.

It says only that something waits, never what: the phone may be borrowed. Templates are for service notices of certified
service accounts; a subscription message needs the resident's earlier consent (43101 without it).
https://developers.weixin.qq.com/doc/service/en/guide/product/template_message/Template_Message_Interface.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.channels.message import ConfigError

FIELDS = ("template_id", "template_data", "template_kind", "template_url", "template_page")
# What the desk fills in; 20 characters is what the `thing` fields of the platform take.
WORDS = ("text", "number", "time")
TEXT_LIMIT = 20

_PART = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*([^;；]+?)\s*")
_PLACE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One account's template. `data` is the field's name → what stands in it, with `{text}`, `{number}`, `{time}`."""

    id: str
    kind: Literal["template", "subscription"]
    data: Mapping[str, str]
    url: str = ""
    page: str = ""

    def body(self, to: str, words: Mapping[str, str], message_id: str) -> dict[str, Any]:
        """The request for one person; the same shape serves template/send, bizsend and subscribe/send. Only the first takes
        an id, under which it sends once in ten minutes however often it is asked."""
        filled = {name: {"value": _filled(value, words)} for name, value in self.data.items()}
        more = {"url": self.url} if self.url and self.kind == "template" else {}
        more |= {"client_msg_id": message_id} if self.kind == "template" else {}
        more |= {"page": self.page} if self.page and self.kind == "subscription" else {}
        return {"touser": to, "template_id": self.id, **more, "data": filled}


def read(settings: Mapping[str, str]) -> Template | None:
    """The template of an account's settings, None where there is none. Raises `ConfigError`."""
    if not settings.get("template_id"):
        if any(settings.get(field) for field in FIELDS):
            raise ConfigError("写了 template_ 开头的项，但缺少 template_id")
        return None
    kind = settings.get("template_kind", "template")
    if kind not in ("template", "subscription"):
        raise ConfigError("template_kind 应为 template（模板消息）或 subscription（订阅通知）")
    url, page = settings.get("template_url", ""), settings.get("template_page", "")
    return Template(settings["template_id"], kind, _data(settings.get("template_data", "")), url, page)


def _data(text: str) -> dict[str, str]:
    data: dict[str, str] = {}
    for part in filter(str.strip, re.split("[;；]", text)):
        match = _PART.fullmatch(part)
        if match is None or any(name not in WORDS for name in _PLACE.findall(match[2])):
            raise ConfigError('template_data 应写成 "thing1={text}; time2={time}"，可用 {text}、{number}、{time}')
        data[match[1]] = match[2]
    if not data:
        raise ConfigError("有 template_id 就要写 template_data")
    return data


def _filled(value: str, words: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: words.get(place[1], ""), value) or "-"  # an empty value is refused (47003)
