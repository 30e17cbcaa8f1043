"""企业微信「微信客服」: the callback only says that something waits; the messages are pulled."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from bot.channels import api, envelope, kf_message, media
from bot.channels.api import Tokens
from bot.channels.channel import Channel, Query, Write, echo_in
from bot.channels.crypto import Crypt, freshness, require_fresh, require_signature
from bot.channels.envelope import Fields, loose, scalar
from bot.channels.limits import Limits
from bot.channels.message import (
    GIVE_TO_PERSON,
    RETRY,
    Clock,
    Inbound,
    Media,
    Notice,
    Outgoing,
    Page,
    Receipt,
    Received,
    Refused,
    SendFailure,
    utc_now,
)
from bot.channels.text import byte_length, numbered
from bot.channels.token import TokenSource, TokenStore

PAGE_SIZE = 1000
BAD_SYNC_TOKEN = 95007
NO_MENU = 40200
# msgid of send_msg: at most 32 of these; one that the account has used is refused. https://developer.work.weixin.qq.com/document/path/96427
_MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")
# The first pull starts three days back; what was said so long before it began is kept but not answered.
BACKLOG = timedelta(minutes=10)

# Session states, and the moves that the API allows. https://developer.work.weixin.qq.com/document/path/94698
UNTREATED, ASSISTANT, POOL, SERVED, ENDED = 0, 1, 2, 3, 4
TRANSITIONS = frozenset(
    {
        (UNTREATED, POOL),
        (UNTREATED, SERVED),
        (ASSISTANT, POOL),
        (ASSISTANT, SERVED),
        (POOL, SERVED),
        (SERVED, SERVED),  # to another servicer
        (SERVED, ENDED),
    }
)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Who serves a conversation according to the platform; `servicer` is set in state 3 only."""

    state: int
    servicer: str = ""


class WeComKf(Channel):
    """One 微信客服 account (`open_kfid`) of a company."""

    kind = "wecom_kf"
    path = "wecom-kf"
    required = ("corp_id", "secret", "token", "encoding_aes_key", "open_kfid")
    optional = ("freshness",)
    base_setting, default_base = "WECOM_API_BASE", api.WECOM_API_BASE
    # Text is limited to 2,048 bytes; a menu to 10 items of 128 bytes under a head of 1,024.
    tells_who_serves = True
    limits = Limits(
        text_bytes=2047,
        buttons=10,
        button_bytes=128,
        head_bytes=1024,
        media=True,
        refuses_repeats=True,
        closes_with_service=True,
    )

    def __init__(self, name: str, settings: Mapping[str, str], *, api_base: str = "", clock: Clock = utc_now) -> None:
        super().__init__(name, settings, api_base=api_base, clock=clock)
        self.token, self.open_kfid = settings["token"], settings["open_kfid"]
        self.crypt = Crypt(settings["encoding_aes_key"], settings["corp_id"])
        self._freshness = freshness(settings)

    def verify(self, query: Query) -> str:
        # A plus sign that was not percent-encoded arrives as a space; base64 has no spaces of its own.
        return self._open(query, echo_in(query).replace(" ", "+"))

    def receive(self, query: Query, body: bytes, headers: Mapping[str, str] | None = None) -> Received:
        outer, _ = envelope.parse(body)
        sealed = scalar(outer, "Encrypt") or scalar(outer, "encrypt")
        if not sealed:
            raise Refused("plain_body", 403, "该账号只接受加密消息")
        fields, _ = envelope.parse(self._open(query, sealed).encode())
        event, open_kfid = scalar(fields, "Event"), scalar(fields, "OpenKfId")
        # One address hears of all accounts of the company and of other events; these are acknowledged, not acted on.
        if event != "kf_msg_or_event":
            return Received()
        notice = Notice(scalar(fields, "Token"), open_kfid, self._clock())
        return Received(notice=notice) if open_kfid == self.open_kfid else Received(for_another=notice)

    def acknowledge(self, received: Received, text: str | None = None) -> tuple[str, str]:
        if text:
            raise ValueError("微信客服 has no passive reply; see passive_text")
        return "success", "text/plain"

    def tokens(self, session: aiohttp.ClientSession, store: TokenStore) -> Tokens:
        corp_id, secret = self._settings["corp_id"], self._settings["secret"]

        async def fetch(force: bool) -> tuple[str, int]:
            url = f"{self._api}/cgi-bin/gettoken"
            return api.granted(await api.get(session, url, {"corpid": corp_id, "corpsecret": secret}))

        return TokenSource(f"wecom:{corp_id}:{self.name}", fetch, store, self._clock, can_force=False)

    def hears_through(self, other: Channel, notice: Notice) -> bool:
        same_company = isinstance(other, WeComKf) and other._settings["corp_id"] == self._settings["corp_id"]
        return same_company and notice.open_kfid == self.open_kfid

    def missed(self) -> Notice | None:
        return Notice("", self.open_kfid, self._clock())

    async def pull(
        self,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        notice: Notice,
        cursor: str,
        began: datetime | None = None,
    ) -> AsyncIterator[Page]:
        while True:
            answer = await self._sync(session, tokens, notice, cursor)
            listed = answer.get("msg_list")
            items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
            found = (self._inbound(item, began) for item in items)
            duties = (kf_message.duty(item) for item in items)
            reached = loose(answer, "next_cursor") or cursor
            yield Page(tuple(filter(None, found)), reached, tuple(filter(None, duties)))
            if not answer.get("has_more"):  # an empty page may still have successors
                return
            if reached == cursor:
                raise SendFailure(RETRY, 0, "拉取消息的游标没有前进，稍后自动重试")
            cursor = reached

    async def send(
        self, session: aiohttp.ClientSession, tokens: Tokens, to: str, outgoing: Outgoing, message_id: str
    ) -> Receipt:
        if self.shows_buttons(outgoing) and byte_length(outgoing.text) <= self.limits.head_bytes:
            try:
                return await self._send(session, tokens, to, outgoing, menu_part(outgoing), message_id)
            except SendFailure as refused:
                if refused.code != NO_MENU:
                    raise
        text = numbered(outgoing.text, outgoing.buttons)
        if not text or byte_length(text) > self.limits.text_bytes:
            raise SendFailure(GIVE_TO_PERSON, 0, "消息为空或太长，没有发送")
        part = {"msgtype": "text", "text": {"content": text}}
        return await self._send(session, tokens, to, outgoing, part, message_id)

    async def fetch_media(self, session: aiohttp.ClientSession, tokens: Tokens, media_id: str, write: Write) -> Media:
        return await media.fetch(session, tokens, f"{self._api}/cgi-bin/media/get", media_id, write)

    async def service_state(self, session: aiohttp.ClientSession, tokens: Tokens, to: str) -> ServiceState:
        """Who serves the conversation now. Raises `SendFailure`."""
        body = {"open_kfid": self.open_kfid, "external_userid": to}
        answer = await api.call(session, tokens, f"{self._api}/cgi-bin/kf/service_state/get", body)
        state = loose(answer, "service_state")
        return ServiceState(int(state) if state.isdigit() else UNTREATED, loose(answer, "servicer_userid"))

    async def change_state(
        self, session: aiohttp.ClientSession, tokens: Tokens, to: str, current: int, target: int, servicer: str = ""
    ) -> str:
        """Move the conversation from `current` to `target`; returns the `msg_code` for one message, or "".

        Raises `SendFailure`, without asking the platform when it is known to refuse the move.
        """
        if (current, target) not in TRANSITIONS or (target == SERVED and not servicer):
            raise SendFailure(GIVE_TO_PERSON, 0, f"微信客服不允许把会话从状态 {current} 改为 {target}")
        body = {"open_kfid": self.open_kfid, "external_userid": to, "service_state": target}
        if servicer:
            body["servicer_userid"] = servicer
        answer = await api.call(session, tokens, f"{self._api}/cgi-bin/kf/service_state/trans", body)
        return loose(answer, "msg_code")

    async def served_by(self, session: aiohttp.ClientSession, tokens: Tokens, to: str) -> str | None:
        state = await self.service_state(session, tokens, to)
        return state.servicer if state.state == SERVED else None

    async def end_service(self, session: aiohttp.ClientSession, tokens: Tokens, to: str) -> str:
        state = await self.service_state(session, tokens, to)
        # Only what a person serves can be ended by API; the resident's next message then finds the bot.
        if state.state != SERVED:
            return ""
        return await self.change_state(session, tokens, to, SERVED, ENDED)

    def _open(self, query: Query, sealed: str) -> str:
        timestamp = query.get("timestamp", "")
        require_fresh(timestamp, self._clock(), self._freshness)
        require_signature(query.get("msg_signature", ""), self.token, timestamp, query.get("nonce", ""), sealed)
        return self.crypt.decrypt(sealed)

    async def _sync(self, session: aiohttp.ClientSession, tokens: Tokens, notice: Notice, cursor: str) -> Fields:
        url = f"{self._api}/cgi-bin/kf/sync_msg"
        body = {"cursor": cursor, "limit": PAGE_SIZE, "voice_format": 0, "open_kfid": notice.open_kfid}
        if not notice.token:
            return await api.call(session, tokens, url, body)
        try:
            return await api.call(session, tokens, url, {**body, "token": notice.token})
        except SendFailure as refused:
            if refused.code != BAD_SYNC_TOKEN:
                raise
        # The notice is older than its ten minutes; without a token the rate is limited, but the messages are there.
        return await api.call(session, tokens, url, body)

    def _inbound(self, item: Fields, began: datetime | None) -> Inbound | None:
        inbound = kf_message.to_inbound(self.name, item, self._clock())
        if inbound and began and began - inbound.at > BACKLOG:
            return replace(inbound, conversational=False, data={**inbound.data, "backlog": True})
        return inbound

    async def _send(
        self,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        to: str,
        outgoing: Outgoing,
        part: Mapping[str, Any],
        message_id: str,
    ) -> Receipt:
        message_id = platform_message_id(message_id)
        if outgoing.event_code:
            path, address = "send_msg_on_event", {"code": outgoing.event_code}
        else:
            path, address = "send_msg", {"touser": to, "open_kfid": self.open_kfid}
        body = {**address, "msgid": message_id, **part}
        answer = await api.call(session, tokens, f"{self._api}/cgi-bin/kf/{path}", body)
        return Receipt(loose(answer, "msgid") or message_id)


def menu_part(outgoing: Outgoing) -> dict[str, Any]:
    """A text with choices for send_msg."""
    choices = [{"type": "click", "click": {"id": button.id, "content": button.title}} for button in outgoing.buttons]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": outgoing.text, "list": choices}}


def platform_message_id(message_id: str) -> str:
    """`message_id` where the platform takes it, else a name derived from it: every attempt carries the same one."""
    if _MESSAGE_ID.fullmatch(message_id):
        return message_id
    return hashlib.sha256(message_id.encode()).hexdigest()[:32]
