"""微信模拟器: a browser plays the resident, this module plays the platform.

Everything goes the real way: a signed and encrypted callback over HTTP to this desk, the passive reply decrypted, the
customer-service API answered here. It is there only while no real account is configured.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientTimeout, web

from bot.channels import platform
from bot.channels.channel import Channel
from bot.channels.registry import build_accounts

from ..domain.clock import Clock
from ..domain.errors import BadInput
from ..settings import Settings, stored_secret
from .body import json_object, number_in_query, text_field
from .keys import ACCOUNTS, CLOCK, SETTINGS

NAME = "simulator"
PLATFORM_WAIT = ClientTimeout(total=5)  # as WeChat: cut after five seconds
REMEMBERED = 500
APP_ID = "wx0000000000000000"
VOICE = "voice-"  # begins the media ids of recordings
# What the pretended platform keeps of every photo and recording: one grey dot, one frame of silence.
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
SILENCE = b"#!AMR\n\x3c" + bytes(31)


@dataclass
class Platform:
    """What the pretended platform remembers: the texts it was asked to deliver, newest last."""

    sent: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    serial: int = 0

    def deliver(self, openid: str, body: dict[str, Any]) -> None:
        self.serial += 1
        self.sent.append({"n": self.serial, "openid": openid, "body": body})


PLATFORM = web.AppKey("simulated_platform", Platform)


def accounts(settings: Settings, clock: Clock) -> list[Channel]:
    """The web page and one pretended 公众号 in secure mode, with secrets of this installation."""
    key = stored_secret(settings.var_dir, "simulator.key").replace("-", "A").replace("_", "B")
    entries = [
        {"name": "web", "kind": "web"},
        {
            "name": NAME,
            "kind": "wechat",
            "app_id": APP_ID,
            "token": key[43:63],
            "encoding_aes_key": key[:43],
            "app_secret": key[:16],
            "mode": "secure",
        },
    ]
    env = {"WECHAT_API_BASE": f"{settings.address}/simulator/platform"}
    return list(build_accounts(entries, env, clock.now).values())


def routes() -> list[web.RouteDef]:
    api = "/simulator/platform/cgi-bin"
    return [
        web.post("/simulator/api/messages", send),
        web.get("/simulator/api/messages", delivered),
        web.post(f"{api}/stable_token", token),
        web.post(f"{api}/message/custom/send", custom_send),
        web.post(f"{api}/message/custom/typing", custom_typing),
        web.get(f"{api}/media/get", media),
    ]


def set_up(app: web.Application) -> None:
    app[PLATFORM] = Platform()


async def send(request: web.Request) -> web.Response:
    """`{"openid", "kind": text|voice|location|image|event, "text", "menu_id"?}` → what the platform sent and got."""
    body = await json_object(request)
    openid = text_field(body, "openid", 64)
    callback = _callback(request.app, openid, body)
    url = f"{request.app[SETTINGS].address}/channels/wechat/{NAME}"
    started = time.perf_counter()
    try:
        async with ClientSession(timeout=PLATFORM_WAIT) as session:
            headers = {"Content-Type": callback.content_type}
            async with session.post(url, params=callback.query, data=callback.body, headers=headers) as response:
                status, answer = response.status, await response.text()
    except asyncio.TimeoutError:
        status, answer = 0, ""  # as WeChat sees it: nobody answered
    reply = _side(request.app).read_reply(answer) if status == 200 else None
    return web.json_response(
        {
            "clear": dict(callback.fields),
            "query": dict(callback.query),
            "body": callback.body.decode(),
            "status": status,
            "answer": answer,
            "reply": dict(reply) if reply else None,
            "ms": round((time.perf_counter() - started) * 1000),
        }
    )


def _side(app: web.Application) -> platform.WeChatPlatform:
    return platform.platform_for(app[ACCOUNTS][NAME].channel, app[CLOCK].now)


def _callback(app: web.Application, openid: str, body: dict[str, Any]) -> platform.Callback:
    side, menu_id = _side(app), text_field(body, "menu_id", 64, required=False)
    kind = text_field(body, "kind", 16, required=False) or "text"
    makers: dict[str, Callable[[str], platform.Callback]] = {
        "text": lambda words: side.menu_click(openid, menu_id, words) if menu_id else side.text(openid, words),
        "voice": lambda words: side.voice(openid, VOICE + secrets.token_hex(8), words),
        "location": lambda words: side.location(openid, 30.0, 120.0, words),
        "image": lambda words: side.image(openid, secrets.token_hex(8)),
        "event": lambda words: side.event(openid, words),
    }
    if kind not in makers:
        raise BadInput("kind", "没有这种消息。")
    return makers[kind](text_field(body, "text", 2000, required=kind in ("text", "location", "event")))


async def delivered(request: web.Request) -> web.Response:
    """What the desk had the platform deliver to one person through the customer-service API."""
    openid, after = request.query.get("openid", ""), number_in_query(request, "after")
    found = [entry for entry in request.app[PLATFORM].sent if entry["openid"] == openid and entry["n"] > after]
    return web.json_response({"messages": found})


async def token(request: web.Request) -> web.Response:
    return web.json_response({"access_token": secrets.token_urlsafe(32), "expires_in": 7200})


async def custom_send(request: web.Request) -> web.Response:
    body = await json_object(request)
    request.app[PLATFORM].deliver(text_field(body, "touser", 128), body)
    return web.json_response({"errcode": 0, "errmsg": "ok"})


async def custom_typing(request: web.Request) -> web.Response:
    return web.json_response({"errcode": 0, "errmsg": "ok"})


async def media(request: web.Request) -> web.Response:
    if request.query.get("media_id", "").startswith(VOICE):
        return web.Response(body=SILENCE, content_type="audio/amr")
    return web.Response(body=DOT, content_type="image/png")
