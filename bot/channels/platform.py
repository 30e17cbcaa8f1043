"""The platform's side of a channel: what a resident's message looks like when it reaches us, and what the platform
reads in our answer. The simulator and the tests speak through it; signing and encryption are the channel's own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels import envelope
from bot.channels.channel import Channel
from bot.channels.crypto import require_signature, sign
from bot.channels.envelope import Fields, scalar
from bot.channels.message import Clock, utc_now
from bot.channels.web import Web
from bot.channels.wechat import WeChat
from bot.channels.wecom_kf import WeComKf


@dataclass(frozen=True, slots=True)
class Callback:
    """One HTTP request to the desk: POST with `query` and `body`; a GET when `body` is empty."""

    query: Mapping[str, str]
    body: bytes
    content_type: str = "text/xml"
    fields: Fields = field(default_factory=dict)


class WeChatPlatform:
    """公众号 and 小程序. `form` is the body format chosen in the console."""

    def __init__(self, channel: WeChat, clock: Clock = utc_now, form: envelope.Form = "xml") -> None:
        self._channel, self._clock, self._form = channel, clock, form

    def verification(self) -> tuple[Callback, str]:
        """The GET sent when the address is registered, and the answer it expects."""
        echo = str(secrets.randbelow(10**18))
        return Callback({**self._signed(), "echostr": echo}, b""), echo

    def text(self, sender: str, words: str, message_id: str | None = None) -> Callback:
        """A typed message."""
        return self._message(sender, "text", message_id, Content=words)

    def menu_click(self, sender: str, menu_id: str, title: str, message_id: str | None = None) -> Callback:
        """A tap on a button of an earlier message."""
        return self._message(sender, "text", message_id, Content=title, bizmsgmenuid=menu_id)

    def voice(self, sender: str, media_id: str, recognition: str = "", message_id: str | None = None) -> Callback:
        """A voice message; `recognition` is what the platform heard, often nothing."""
        return self._message(
            sender, "voice", message_id, MediaId=media_id, Format="amr", Recognition=recognition
        )  # fmt: skip

    def image(self, sender: str, media_id: str, url: str = "", message_id: str | None = None) -> Callback:
        """A photo."""
        return self._message(sender, "image", message_id, PicUrl=url, MediaId=media_id)

    def location(self, sender: str, lat: float, lon: float, label: str, message_id: str | None = None) -> Callback:
        """A place chosen on the map."""
        place = {"Location_X": str(lat), "Location_Y": str(lon), "Scale": "16", "Label": label}
        return self._message(sender, "location", message_id, **place)

    def event(self, sender: str, name: str, **fields: Any) -> Callback:
        """An event such as `subscribe`, `CLICK` (with `EventKey`) or `user_enter_tempsession`."""
        return self.push({**self._head(sender), "MsgType": "event", "Event": name, **fields})

    def again(self, callback: Callback) -> Callback:
        """The retry after five seconds without an answer: the same message under a new signature."""
        return self.push(callback.fields)

    def push(self, fields: Fields) -> Callback:
        """Any decoded body, signed and encrypted as the account's mode demands."""
        channel, body, query = self._channel, envelope.render(fields, self._form), self._signed()
        if channel.crypt:
            sealed = channel.crypt.encrypt(body)
            signature = sign(channel.token, query["timestamp"], query["nonce"], sealed)
            query |= {"encrypt_type": "aes", "msg_signature": signature, "openid": str(fields.get("FromUserName", ""))}
            outer = {"ToUserName": fields.get("ToUserName", ""), "Encrypt": sealed}
            # 兼容模式 sends the clear text beside the sealed one.
            body = envelope.render(fields | outer if channel.mode == "compatible" else outer, self._form)
        kind = "text/xml" if self._form == "xml" else "application/json"
        return Callback(query, body.encode(), kind, fields)

    def read_reply(self, body: str) -> Fields | None:
        """The passive reply in our answer, None for the bare acknowledgement. Raises `Refused` as WeChat would."""
        if body in ("", "success"):
            return None
        fields, _ = envelope.parse(body.encode())
        sealed = scalar(fields, "Encrypt")
        if not (sealed and self._channel.crypt):
            return fields
        parts = (scalar(fields, "TimeStamp"), scalar(fields, "Nonce"), sealed)
        require_signature(scalar(fields, "MsgSignature"), self._channel.token, *parts)
        return envelope.parse(self._channel.crypt.decrypt(sealed).encode())[0]

    def _message(self, sender: str, kind: str, message_id: str | None, **fields: Any) -> Callback:
        # Above 2^53, as the real ones are, so that nobody gets away with a float.
        number = message_id or str(2**62 + secrets.randbelow(2**61))
        return self.push({**self._head(sender), "MsgType": kind, **fields, "MsgId": number})

    def _head(self, sender: str) -> Fields:
        return {"ToUserName": "gh_street", "FromUserName": sender, "CreateTime": int(self._clock().timestamp())}

    def _signed(self) -> dict[str, str]:
        timestamp, nonce = str(int(self._clock().timestamp())), str(secrets.randbelow(10**10))
        return {"signature": sign(self._channel.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}


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


Platform = WeChatPlatform | WeComPlatform | WebPlatform


def platform_for(channel: Channel, clock: Clock = utc_now) -> Platform:
    """The platform's side of `channel`."""
    if isinstance(channel, WeComKf):
        return WeComPlatform(channel, clock)
    if isinstance(channel, WeChat):
        return WeChatPlatform(channel, clock)
    return WebPlatform(channel, clock)
