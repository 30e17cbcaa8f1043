"""The H5 page's API for residents: no account, no password, no personal data asked."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from typing import Any

from aiohttp import web

from bot.channels.web import sender_of

from ..domain.errors import BadInput, Forbidden, NotFound
from ..domain.models import Message
from ..workers.channels import Account
from .body import json_object, number_in_query, seconds_in_query
from .intake import accept
from .keys import ACCOUNTS, CROWDED, LEDGER, LIVE, SETTINGS


def routes() -> list[web.RouteDef]:
    return [
        web.post("/channels/web/session", open_session),
        web.post("/channels/web/messages", send),
        web.get("/channels/web/messages", receive),
    ]


def _account(app: web.Application) -> Account:
    for account in app[ACCOUNTS].values():
        if account.kind == "web":
            return account
    raise NotFound("没有开通网页渠道。")


async def open_session(request: web.Request) -> web.Response:
    """A token signed by the desk; nothing is stored until the resident writes."""
    _account(request.app)
    body = secrets.token_urlsafe(24)
    return web.json_response({"session": f"{body}.{_signature(request.app, body)}"})


def _signature(app: web.Application, body: str) -> str:
    return hmac.new(app[SETTINGS].secret_key.encode(), f"web:{body}".encode(), hashlib.sha256).hexdigest()[:32]


def _check(app: web.Application, session: object) -> str:
    """The session token, if this desk made it. Raises `BadInput` or `Forbidden`."""
    if not isinstance(session, str) or not 0 < len(session) <= 200:
        raise BadInput("session", "缺少会话，请刷新页面。")
    body, _, given = session.partition(".")
    if not hmac.compare_digest(given.encode(), _signature(app, body).encode()):
        raise Forbidden("会话无效，请刷新页面。")
    return session


def _without_session(body: dict[str, Any]) -> bytes:
    """What is kept of a request: whoever reads it later, in an export too, must not be able to speak as the resident."""
    return json.dumps({name: value for name, value in body.items() if name != "session"}, ensure_ascii=False).encode()


async def send(request: web.Request) -> web.Response:
    body = await json_object(request)
    _check(request.app, body.get("session"))
    channel = _account(request.app).channel
    kept = _without_session(body)
    for inbound in channel.receive({}, await request.read()).inbounds:
        accepted = await accept(request.app, inbound, channel.kind, kept, crowded=request.get(CROWDED, False))
    return web.json_response({"seq": accepted.seq}, status=202)


async def receive(request: web.Request) -> web.Response:
    """Messages after a sequence number; waits up to `wait` seconds for the first. `all=1` also gives one's own words."""
    app = request.app
    sender = sender_of(_check(app, request.query.get("session")))
    after, wait = number_in_query(request, "after"), seconds_in_query(request, "wait")
    account = _account(app).channel.name
    deadline = asyncio.get_running_loop().time() + wait
    own = request.query.get("all") == "1"
    while True:
        changed = app[LIVE].next_message(None)
        conversation = await app[LEDGER].read(lambda tx: tx.conversations.find(account, sender))
        if conversation:
            changed = app[LIVE].next_message(conversation.id)
        found = await app[LEDGER].read(_shown, conversation.id, after, own) if conversation else []
        left = deadline - asyncio.get_running_loop().time()
        if found or left <= 0 or app[LIVE].closing:
            owner = conversation.owner_kind.value if conversation else "bot"
            return web.json_response({"messages": found, "owner": owner})
        try:
            await asyncio.wait_for(changed.wait(), min(left, 5.0))
        except asyncio.TimeoutError:
            continue


def _shown(tx, conversation_id: int, after: int, own: bool) -> list[dict]:
    return [_view(message) for message in tx.messages.shown(conversation_id, after, own)]


def _view(message: Message) -> dict:
    return {
        "seq": message.seq,
        "from": message.sender,
        "text": message.text,
        "buttons": [
            {"id": button.get("id") or str(number), "title": button["title"]}
            for number, button in enumerate(message.data.get("buttons") or [], 1)
        ],
        "at": message.at.isoformat(),
    }
