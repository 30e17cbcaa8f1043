"""Live events for the consoles. Each says what to look at; what may be seen is decided when it is looked at."""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, WSMsgType, web

from ..domain.errors import DeskError
from ..service import access, cases
from .auth import OpenConsole, user_of
from .keys import LEDGER, LIVE

HEARTBEAT = 25.0
SHOWN = ("message", "owner", "page", "case", "task")


def routes() -> list[web.RouteDef]:
    return [web.get("/api/live", live)]


async def live(request: web.Request) -> web.WebSocketResponse:
    user, _ = await user_of(request)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=4096)
    async with request.app[LIVE].listen() as events, OpenConsole(request):
        await socket.prepare(request)
        reader = asyncio.create_task(_until_closed(socket))
        try:
            await _forward(request.app, user, socket, events, reader)
        finally:
            reader.cancel()
    return socket


async def _forward(app, user, socket, events, reader) -> None:
    while not socket.closed:
        next_event = asyncio.create_task(events.get())
        await asyncio.wait({next_event, reader}, return_when=asyncio.FIRST_COMPLETED)
        if reader.done():
            next_event.cancel()
            return
        event = next_event.result()
        if app[LIVE].closing:  # the page connects again as soon as there is a desk
            await socket.close(code=WSCloseCode.GOING_AWAY)
            return
        if event is None:
            await socket.send_json({"type": "missed"})
        elif event.type in SHOWN and await _may_hear(app, user, event):
            body = {"type": event.type, "conversation": event.conversation, "seq": event.seq, **event.data}
            await socket.send_json(body)


async def _may_hear(app, user, event) -> bool:
    try:
        await app[LEDGER].read(_check, user, event)
    except DeskError:
        return False
    return True


def _check(tx, user, event) -> None:
    """Raises for what this user may not see: the conversation, or the case, which may have no conversation."""
    if event.conversation is not None:
        access.visible(tx, user, event.conversation)
    if "number" in event.data:
        cases.visible(tx, user, event.data["number"])


async def _until_closed(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        if message.type in (WSMsgType.CLOSE, WSMsgType.ERROR):
            return
