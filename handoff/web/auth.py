"""Who is asking: the session cookie, the token against cross-site requests, the roles."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps

from aiohttp import web

from ..domain.errors import Forbidden, NotLoggedIn, Unavailable
from ..domain.models import User
from ..service import accounts
from .body import json_object, text_field
from .keys import CLOCK, LEDGER, LIMITS
from .limits import Limits

COOKIE = "desk_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
SIGN_OF_LIFE = timedelta(minutes=1)  # finer is not needed to see that somebody is gone
Handler = Callable[[web.Request, User], Awaitable[web.StreamResponse]]
STAFF = ("caseworker", "supervisor")
EVERYONE = accounts.ROLES


async def user_of(request: web.Request) -> tuple[User, str]:
    """(user, csrf token) of the session. Raises `NotLoggedIn`."""
    token = request.cookies.get(COOKIE)
    if not token:
        raise NotLoggedIn()
    now = request.app[CLOCK].now()
    user, csrf, seen_at = await request.app[LEDGER].read(accounts.session, token, now)
    if seen_at is None or now - seen_at >= SIGN_OF_LIFE:
        await request.app[LEDGER].write(accounts.touch, token, now)
    return user, csrf


class OpenConsole:
    """`async with`: while a console listens its owner is there, with a sign of life every now and then."""

    def __init__(self, request: web.Request) -> None:
        self._ledger, self._clock, self._token = request.app[LEDGER], request.app[CLOCK], request.cookies[COOKIE]

    async def __aenter__(self) -> None:
        await self._show()
        self._staying = asyncio.create_task(self._stay())

    async def __aexit__(self, *error: object) -> None:
        self._staying.cancel()
        with suppress(Unavailable):  # it runs out by itself
            await self._ledger.write(accounts.close_console, self._token, self._until)

    async def _show(self) -> None:
        now = self._clock.now()
        self._until = now + 2 * SIGN_OF_LIFE
        with suppress(Unavailable):
            await self._ledger.write(accounts.open_console, self._token, now, self._until)

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(SIGN_OF_LIFE.total_seconds())
            await self._show()


def needs(*roles: str) -> Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
    """Lets in only these roles; a request that changes something must also carry the session's csrf token."""

    def decorate(handler: Handler):
        @wraps(handler)
        async def checked(request: web.Request) -> web.StreamResponse:
            user, csrf = await user_of(request)
            if request.method not in SAFE_METHODS:
                given = request.headers.get(CSRF_HEADER, "")
                if not hmac.compare_digest(given.encode(), csrf.encode()):
                    raise Forbidden("页面已过期，请刷新后再试。")
            if user.role not in roles:
                raise Forbidden()
            return await handler(request, user)

        checked.roles = roles
        return checked

    return decorate


def count_log_in(limits: Limits, username: str, address: str) -> str:
    """Returns under what it is counted. Raises `TooMany`; what one address is refused does not count against the name."""
    here = f"{username} {address}"
    limits.count("login", here)
    limits.count("name", username)
    return here


async def login(request: web.Request) -> web.Response:
    body = await json_object(request)
    username, password = text_field(body, "username", 64), text_field(body, "password", 256)
    counted = count_log_in(request.app[LIMITS], username, request.remote or "")
    ledger, now = request.app[LEDGER], request.app[CLOCK].now()
    user = await ledger.read(lambda tx: tx.people.get(username))
    if not await asyncio.to_thread(accounts.check_password, user, password):
        raise accounts.WrongLogin()
    opened = await ledger.write(accounts.start_session, user, now)
    request.app[LIMITS].forget("login", counted)
    response = web.json_response({"csrf": opened.csrf, "username": user.username, "role": user.role})
    response.set_cookie(
        COOKIE,
        opened.token,
        httponly=True,
        samesite="Strict",
        # Behind a proxy that speaks HTTPS for it; who claims so wrongly only loses the cookie.
        secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
        max_age=int(accounts.SESSION.total_seconds()),
        path="/",
    )
    return response


@needs(*EVERYONE)
async def logout(request: web.Request, user: User) -> web.Response:
    await request.app[LEDGER].write(accounts.end_session, request.cookies[COOKIE])
    response = web.json_response({"ok": True})
    response.del_cookie(COOKIE, path="/")
    return response


@needs(*EVERYONE)
async def me(request: web.Request, user: User) -> web.Response:
    _, csrf = await user_of(request)
    shown = {"username": user.username, "role": user.role, "area": user.area, "skills": user.skills, "csrf": csrf}
    return web.json_response(shown)


def routes() -> list[web.RouteDef]:
    return [web.post("/api/login", login), web.post("/api/logout", logout), web.get("/api/me", me)]
