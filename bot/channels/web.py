"""Our own web page for residents (H5): no platform stands between, so nothing is called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import aiohttp

from bot.channels import envelope
from bot.channels.api import Tokens
from bot.channels.channel import Channel, Query
from bot.channels.envelope import is_blank, scalar
from bot.channels.limits import Limits
from bot.channels.message import Envelope, Inbound, Outgoing, Receipt, Received, Refused

MAX_TEXT = 2000  # characters; three hundred is a long message
MAX_MENU_ID = 128  # of a choice that the desk itself has named
_MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Web(Channel):
    """The page at /chat. Whether the session was issued by us is for the desk to check before `receive`."""

    kind = "web"
    limits = Limits(text_bytes=16 * 1024, buttons=20, button_bytes=256, read_from_ledger=True)

    def verify(self, query: Query) -> str:
        raise Refused("not_supported", 400, "网页渠道没有接入验证")

    def receive(self, query: Query, body: bytes, headers: Mapping[str, str] | None = None) -> Received:
        """Decode `{"session", "message_id", "text", "menu_id"?}`; errors name the field."""
        fields, form = envelope.parse(body)
        if form != "json":
            raise Refused("malformed", 400, "请求应为 JSON")
        sender, menu_id = sender_of(scalar(fields, "session")), scalar(fields, "menu_id")
        key, text = scalar(fields, "message_id"), fields.get("text")
        if not _MESSAGE_ID.fullmatch(key):
            raise Refused("bad_field", 400, "message_id 应为 1 到 64 个字母、数字、- 或 _", "message_id")
        if not isinstance(text, str) or is_blank(text) or len(text) > MAX_TEXT:
            raise Refused("bad_field", 400, f"text 应为 1 到 {MAX_TEXT} 个字", "text")
        if len(menu_id) > MAX_MENU_ID:
            raise Refused("bad_field", 400, f"menu_id 最长 {MAX_MENU_ID} 个字符", "menu_id")
        inbound = Inbound(
            account=self.name,
            key=f"{sender}:{key}",  # the page chooses message_id, so it is unique for one sender only
            sender=sender,
            kind="menu_click" if menu_id else "text",
            text=text,
            at=self._clock(),
            data={"menu_id": menu_id} if menu_id else {},
            opens="unlimited",
        )
        return Received((inbound,), Envelope(sender=sender, form="json"))

    def acknowledge(self, received: Received, text: str | None = None) -> tuple[str, str]:
        if text:
            raise ValueError("the web page has no passive reply; see passive_text")
        return "{}", "application/json"

    async def send(
        self, session: aiohttp.ClientSession, tokens: Tokens, to: str, outgoing: Outgoing, message_id: str
    ) -> Receipt:
        """The page reads the ledger itself: a message is sent once it is written there."""
        return Receipt(message_id)


def sender_of(session: str) -> str:
    """The resident's name in the ledger for a session token; the token itself, a credential, is not stored."""
    if not session or len(session) > 512:
        raise Refused("bad_field", 400, "session 缺失或无效", "session")
    return hashlib.sha256(session.encode()).hexdigest()[:32]
