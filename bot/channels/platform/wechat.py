"""公众号 and 小程序, from the platform's side."""

from __future__ import annotations

import secrets
from typing import Any

from bot.channels import envelope
from bot.channels.crypto import require_signature, sign
from bot.channels.envelope import Fields, scalar
from bot.channels.message import Clock, utc_now
from bot.channels.platform.callback import Callback
from bot.channels.wechat import WeChat


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
