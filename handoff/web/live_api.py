"""Live events for the consoles. Each says what to look at; what may be seen is decided when it is looked at."""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, WSMsgType, web

from ..domain.errors import DeskError, Forbidden, NotLoggedIn
from ..service import access, accounts, cases
from .auth import COOKIE, OpenConsole, user_of
from .keys import CLOCK, LEDGER, LIVE

HEARTBEAT = 25.0
OWN = "same-origin"
SHOWN = ("message", "owner", "page", "case", "task")


def routes() -> list[web.RouteDef]:
    return [web.get("/api/live", live)]


async def live(request: web.Request) -> web.WebSocketResponse:
    await user_of(request)
    _own_page(request)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=4096)
    async with request.app[LIVE].listen() as events, OpenConsole(request):
        await socket.prepare(request)
        reader = asyncio.create_task(_until_closed(socket))
        try:
            await _forward(request.app, request.cookies[COOKIE], socket, events, reader)
        except NotLoggedIn:  # the log-in has ended while the page stayed open
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
        finally:
            reader.cancel()
    return socket


def _own_page(request: web.Request) -> None:
    """A page of somebody else's must not listen with the cookie of ours. As the browser sees it: a proxy may call us by
    another name than the page's. Raises `Forbidden`."""
    if request.headers.get("Sec-Fetch-Site", OWN) != OWN:
        raise Forbidden()


async def _forward(app, token, socket, events, reader) -> None:
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
        elif event.type in SHOWN and await _may_hear(app, token, event):
            body = {"type": event.type, "conversation": event.conversation, "seq": event.seq, **event.data}
            await socket.send_json(body)


async def _may_hear(app, token, event) -> bool:
    try:
        await app[LEDGER].read(_check, token, app[CLOCK].now(), event)
    except NotLoggedIn:
        raise
    except DeskError:
        return False
    return True


def _check(tx, token, now, event) -> None:
    """Raises for what the session's user, as of now, may not see: the conversation, or the case, which may have none."""
    user, *_ = accounts.session(tx, token, now)
    if event.conversation is not None:
        access.visible(tx, user, event.conversation)
    if "number" in event.data:
        cases.visible(tx, user, event.data["number"])


async def _until_closed(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        if message.type in (WSMsgType.CLOSE, WSMsgType.ERROR):
            return
