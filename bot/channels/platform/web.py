"""The page at /chat, from the browser's side."""

from __future__ import annotations

import secrets

from bot.channels import envelope
from bot.channels.envelope import Fields
from bot.channels.message import Clock, utc_now
from bot.channels.platform.callback import Callback
from bot.channels.web import Web


class WebPlatform:
    """The page at /chat; the "sender" here is its session token."""

    def __init__(self, channel: Web, clock: Clock = utc_now) -> None:
        self._channel = channel

    def text(self, sender: str, words: str, message_id: str | None = None) -> Callback:
        """A typed message."""
        return self.push({"session": sender, "message_id": message_id or secrets.token_hex(8), "text": words})

    def menu_click(self, sender: str, menu_id: str, title: str, message_id: str | None = None) -> Callback:
        """A tap on a button."""
        fields = {"session": sender, "message_id": message_id or secrets.token_hex(8), "text": title}
        return self.push({**fields, "menu_id": menu_id})

    def again(self, callback: Callback) -> Callback:
        """The page sends again after a broken connection."""
        return callback

    def push(self, fields: Fields) -> Callback:
        """Any body."""
        return Callback({}, envelope.render(fields, "json").encode(), "application/json", fields)

    def read_reply(self, body: str) -> Fields | None:
        """There is no passive reply."""
        return None
