"""公众号 / 服务号."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.channels import api, envelope, media, menu, template
from bot.channels.api import Tokens
from bot.channels.channel import Channel, Query, Write, echo_in
from bot.channels.crypto import Crypt, freshness, require_fresh, require_signature, sign
from bot.channels.envelope import Fields, loose, scalar
from bot.channels.fields import to_inbound
from bot.channels.limits import Limits
from bot.channels.message import (
    GIVE_TO_PERSON,
    Clock,
    ConfigError,
    Envelope,
    Media,
    Outgoing,
    Receipt,
    Received,
    Refused,
    SendFailure,
    utc_now,
)
from bot.channels.text import byte_length, numbered
from bot.channels.token import TokenSource, TokenStore

MODES = ("secure", "compatible", "plain")
NO_MENU = 40200
# Typing is decoration: already shown, or the resident has gone quiet.
TYPING_IGNORED = (45072, 45080, 45081)


class WeChat(Channel):
    """A 公众号. `mode` is what the account demands: a secure account takes no plain body."""

    kind = path = "wechat"
    base_setting, default_base = "WECHAT_API_BASE", api.WECHAT_API_BASE
    required = ("app_id", "token", "app_secret")
    optional = ("mode", "encoding_aes_key", "freshness", *template.FIELDS)
    # 2,047 bytes: no official figure; 2,048 is cut. msgmenu has no official limits either, those of 微信客服 are safe.
    limits = Limits(text_bytes=2047, buttons=10, button_bytes=128, passive=True, typing=True, media=True, menu=True)
    tells_who_serves = True
    send_path = "/cgi-bin/message/custom/send"
    typing_path = "/cgi-bin/message/custom/typing"
    remind_paths = {
        "template": "/cgi-bin/message/template/send",
        "subscription": "/cgi-bin/message/subscribe/bizsend",
    }

    def __init__(self, name: str, settings: Mapping[str, str], *, api_base: str = "", clock: Clock = utc_now) -> None:
        super().__init__(name, settings, api_base=api_base, clock=clock)
        self.app_id, self.token = settings["app_id"], settings["token"]
        self.mode = settings.get("mode", "secure")
        if self.mode not in MODES:
            raise ConfigError("mode 应为 secure、compatible 或 plain")
        self._freshness = freshness(settings)
        if self.template and self.template.kind not in self.remind_paths:
            raise ConfigError(f"template_kind 应为 {'、'.join(self.remind_paths)}")
        key = settings.get("encoding_aes_key", "")
        self.crypt = Crypt(key, self.app_id) if self.mode != "plain" else None

    def verify(self, query: Query) -> str:
        require_fresh(query.get("timestamp", ""), self._clock(), self._freshness)
        self._require_plain_signature(query)
        return echo_in(query)

    def receive(self, query: Query, body: bytes, headers: Mapping[str, str] | None = None) -> Received:
        require_fresh(query.get("timestamp", ""), self._clock(), self._freshness)
        fields, form, secure = self._open(query, body)
        wrapping = Envelope(
            sender=scalar(fields, "FromUserName"),
            receiver=scalar(fields, "ToUserName"),
            nonce=query.get("nonce", ""),
            secure=secure,
            form=form,
        )
        return Received((to_inbound(self.name, fields),), wrapping)

    def acknowledge(self, received: Received, text: str | None = None) -> tuple[str, str]:
        # An empty reply must be the bare word; an XML with an empty Content shows an error to the resident.
        if not text:
            return "success", "text/plain"
        if not self.limits.passive or byte_length(text) > self.limits.text_bytes:
            raise ValueError("this text does not fit a passive reply; see passive_text")
        wrapping = received.envelope
        reply = {
            "ToUserName": wrapping.sender,
            "FromUserName": wrapping.receiver,
            "CreateTime": int(self._clock().timestamp()),
            "MsgType": "text",
            "Content": text,
        }
        body = envelope.render(reply, wrapping.form)
        if wrapping.secure:
            body = envelope.render(self.seal(body, wrapping.nonce), wrapping.form)
        return body, "application/xml" if wrapping.form == "xml" else "application/json"

    def seal(self, plaintext: str, nonce: str, random16: bytes | None = None) -> Fields:
        """The encrypted and signed wrapping of a reply."""
        encrypted, timestamp = self.crypt.encrypt(plaintext, random16), str(int(self._clock().timestamp()))
        signature = sign(self.token, timestamp, nonce, encrypted)
        return {"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": int(timestamp), "Nonce": nonce}

    def tokens(self, session: aiohttp.ClientSession, store: TokenStore) -> Tokens:
        async def fetch(force: bool) -> tuple[str, int]:
            answer = await api.post(
                session,
                f"{self._api}/cgi-bin/stable_token",
                {
                    "grant_type": "client_credential",
                    "appid": self.app_id,
                    "secret": self._settings["app_secret"],
                    "force_refresh": force,
                },
            )
            return api.granted(answer)

        return TokenSource(f"wechat:{self.app_id}", fetch, store, self._clock, can_force=True)

    async def send(
        self, session: aiohttp.ClientSession, tokens: Tokens, to: str, outgoing: Outgoing, message_id: str
    ) -> Receipt:
        url = self._api + self.send_path
        if self.shows_buttons(outgoing):
            try:
                return _receipt(await api.call(session, tokens, url, menu_body(to, outgoing)))
            except SendFailure as refused:
                if refused.code != NO_MENU:
                    raise
        text = numbered(outgoing.text, outgoing.buttons)
        if not text or byte_length(text) > self.limits.text_bytes:
            raise SendFailure(GIVE_TO_PERSON, 0, "消息为空或太长，没有发送")
        return _receipt(await api.call(session, tokens, url, text_body(to, text)))

    async def remind(
        self, session: aiohttp.ClientSession, tokens: Tokens, to: str, words: Mapping[str, str], message_id: str
    ) -> Receipt:
        if self.template is None:
            return await super().remind(session, tokens, to, words, message_id)
        url = self._api + self.remind_paths[self.template.kind]
        return _receipt(await api.call(session, tokens, url, self.template.body(to, words, message_id)))

    async def typing(self, session: aiohttp.ClientSession, tokens: Tokens, to: str, on: bool = True) -> None:
        body = {"touser": to, "command": "Typing" if on else "CancelTyping"}
        try:
            await api.call(session, tokens, self._api + self.typing_path, body)
        except SendFailure as refused:
            if refused.code not in TYPING_IGNORED:
                raise

    async def served_by(self, session: aiohttp.ClientSession, tokens: Tokens, to: str) -> str | None:
        if not self.tells_who_serves:
            return await super().served_by(session, tokens, to)
        url = f"{self._api}/customservice/kfsession/getsession"  # by GET, unlike most
        params = {"openid": to}
        answer = await api.with_token(tokens, lambda token: api.get(session, url, {**params, "access_token": token}))
        return loose(answer, "kf_account") or None

    async def fetch_media(self, session: aiohttp.ClientSession, tokens: Tokens, media_id: str, write: Write) -> Media:
        return await media.fetch(session, tokens, f"{self._api}/cgi-bin/media/get", media_id, write)

    async def create_menu(self, session: aiohttp.ClientSession, tokens: Tokens, menu_body: Mapping[str, Any]) -> None:
        if not self.limits.menu:
            return await super().create_menu(session, tokens, menu_body)
        menu.check(menu_body)
        await api.call(session, tokens, f"{self._api}/cgi-bin/menu/create", menu_body)

    def _open(self, query: Query, body: bytes) -> tuple[Fields, envelope.Form, bool]:
        """(fields, form, was it encrypted). An encrypted part outranks the clear one beside it, which is unsigned."""
        fields, form = envelope.parse(body)
        # Tencent's own JSON sample writes the name in lower case.
        sealed = scalar(fields, "Encrypt") or scalar(fields, "encrypt")
        if self.crypt and sealed:
            self._require_sealed_signature(query, sealed)
            inner, _ = envelope.parse(self.crypt.decrypt(sealed).encode())
            return inner, form, True
        if self.mode == "secure":
            raise Refused("plain_body", 403, "该账号只接受加密消息")
        self._require_plain_signature(query)
        return fields, form, False

    def _require_plain_signature(self, query: Query) -> None:
        require_signature(query.get("signature", ""), self.token, query.get("timestamp", ""), query.get("nonce", ""))

    def _require_sealed_signature(self, query: Query, sealed: str) -> None:
        given = query.get("msg_signature", "")
        require_signature(given, self.token, query.get("timestamp", ""), query.get("nonce", ""), sealed)


def text_body(to: str, text: str) -> dict[str, Any]:
    """A text for custom/send."""
    return {"touser": to, "msgtype": "text", "text": {"content": text}}


def menu_body(to: str, outgoing: Outgoing) -> dict[str, Any]:
    """A text with choices for custom/send."""
    choices = [{"id": button.id, "content": button.title} for button in outgoing.buttons]
    return {
        "touser": to,
        "msgtype": "msgmenu",
        "msgmenu": {"head_content": outgoing.text, "list": choices, "tail_content": ""},
    }


def _receipt(answer: Fields) -> Receipt:
    return Receipt(str(answer.get("msgid", "")))
