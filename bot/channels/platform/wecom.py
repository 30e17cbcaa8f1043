"""微信客服, from the platform's side."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from bot.channels import envelope
from bot.channels.crypto import sign
from bot.channels.envelope import Fields
from bot.channels.message import Clock, utc_now
from bot.channels.platform.callback import Callback
from bot.channels.wecom_kf import WeComKf


class WeComPlatform:
    """微信客服: messages wait in a mailbox, the callback only rings the bell; `sync` answers sync_msg."""

    def __init__(self, channel: WeComKf, clock: Clock = utc_now) -> None:
        self._channel, self._clock = channel, clock
        self.mailbox: list[Fields] = []

    def verification(self) -> tuple[Callback, str]:
        """The GET sent when the address is registered, and the answer it expects."""
        echo = str(secrets.randbelow(10**18))
        sealed = self._channel.crypt.encrypt(echo)
        return Callback({**self._signed(sealed), "echostr": sealed}, b""), echo

    def text(self, sender: str, words: str, message_id: str | None = None) -> Callback:
        """A typed message."""
        return self._item(sender, "text", message_id, {"content": words})

    def menu_click(self, sender: str, menu_id: str, title: str, message_id: str | None = None) -> Callback:
        """A tap on a button of an earlier message."""
        return self._item(sender, "text", message_id, {"content": title, "menu_id": menu_id})

    def voice(self, sender: str, media_id: str, recognition: str = "", message_id: str | None = None) -> Callback:
        """A voice message; this platform hears nothing, so `recognition` is dropped."""
        return self._item(sender, "voice", message_id, {"media_id": media_id})

    def image(self, sender: str, media_id: str, url: str = "", message_id: str | None = None) -> Callback:
        """A photo."""
        return self._item(sender, "image", message_id, {"media_id": media_id})

    def location(self, sender: str, lat: float, lon: float, label: str, message_id: str | None = None) -> Callback:
        """A place chosen on the map."""
        return self._item(sender, "location", message_id, {"latitude": lat, "longitude": lon, "name": label})

    def event(self, sender: str, name: str, **fields: Any) -> Callback:
        """An event such as `enter_session` (with `welcome_code`) or `msg_send_fail`."""
        return self._item(sender, "event", None, {"event_type": name, "external_userid": sender, **fields}, origin=4)

    def servicer(self, sender: str, servicer: str, words: str) -> Callback:
        """A person answers `sender` in WeCom's own client."""
        return self._item(sender, "text", None, {"content": words}, origin=5, servicer_userid=servicer)

    def again(self, callback: Callback) -> Callback:
        """The retry: the bell rings once more, nothing new waits."""
        return self._ring()

    def sync(self, request: Mapping[str, Any], page: int = 1000) -> Fields:
        """The answer of sync_msg: cursors are positions in the mailbox."""
        start = int(request.get("cursor") or 0)
        end = min(start + page, len(self.mailbox))
        more = int(end < len(self.mailbox))
        return {"errcode": 0, "next_cursor": str(end), "has_more": more, "msg_list": self.mailbox[start:end]}

    def push(self, fields: Fields) -> Callback:
        """Any decoded callback body, signed and encrypted."""
        sealed = self._channel.crypt.encrypt(envelope.render(fields, "xml"))
        outer = {"ToUserName": fields.get("ToUserName", ""), "Encrypt": sealed}
        return Callback(self._signed(sealed), envelope.render(outer, "xml").encode(), "text/xml", fields)

    def read_reply(self, body: str) -> Fields | None:
        """There is no passive reply."""
        return None

    def _item(
        self, sender: str, kind: str, message_id: str | None, content: Fields, origin: int = 3, **more: Any
    ) -> Callback:
        self.mailbox.append(
            {
                "msgid": message_id or secrets.token_hex(16),
                "open_kfid": self._channel.open_kfid,
                "external_userid": sender,
                "send_time": int(self._clock().timestamp()),
                "origin": origin,
                "msgtype": kind,
                kind: content,
                **more,
            }
        )
        return self._ring()

    def _ring(self) -> Callback:
        return self.push(
            {
                "CreateTime": int(self._clock().timestamp()),
                "MsgType": "event",
                "Event": "kf_msg_or_event",
                "Token": secrets.token_urlsafe(24),
                "OpenKfId": self._channel.open_kfid,
            }
        )

    def _signed(self, sealed: str) -> dict[str, str]:
        timestamp, nonce = str(int(self._clock().timestamp())), str(secrets.randbelow(10**10))
        return {
            "msg_signature": sign(self._channel.token, timestamp, nonce, sealed),
            "timestamp": timestamp,
            "nonce": nonce,
        }
