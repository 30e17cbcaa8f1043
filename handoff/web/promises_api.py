"""The promise ledger: what is broken, what a caseworker promises, what was kept."""

from __future__ import annotations

from aiohttp import web

from ..domain.models import User
from ..service import promises, statistics
from .auth import EVERYONE, STAFF, needs
from .body import json_object, number_in_path, text_field
from .keys import CLOCK, LEDGER, SETTINGS
from .stats_api import period

FILTERS = ("broken", "said_by")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/promises", listed),
        web.post("/api/conversations/{id}/promises", make),
        web.post("/api/promises/{id}/kept", kept),
    ]


@needs(*EVERYONE)
async def listed(request: web.Request, user: User) -> web.Response:
    """With from, to, broken (yes or all), said_by: the promises behind a figure. Without: what is broken and still owed."""
    query, app = request.query, request.app
    if any(query.get(name) for name in ("from", "to", *FILTERS)):
        wanted = {name: query[name] for name in FILTERS if query.get(name)}
        found, hidden = await app[LEDGER].read(statistics.listed_promises, period(request, user), user, wanted)
        return web.json_response({"promises": found, "hidden": hidden})
    found = await app[LEDGER].read(promises.broken, user, app[CLOCK].now())
    return web.json_response({"promises": found, "hidden": 0})


@needs(*STAFF)
async def make(request: web.Request, user: User) -> web.Response:
    """`{"text", "due_at"}`: what the owner has promised the resident, until when: a time, or a day (its closing time)."""
    body = await json_object(request)
    text, due_at = text_field(body, "text", promises.LONGEST), text_field(body, "due_at", 40)
    app = request.app
    closes = app[SETTINGS].office.calendar.closes
    made = await app[LEDGER].write(promises.make, user, number_in_path(request), text, due_at, app[CLOCK].now(), closes)
    return web.json_response(made, status=201)


@needs(*STAFF)
async def kept(request: web.Request, user: User) -> web.Response:
    app = request.app
    return web.json_response(await app[LEDGER].write(promises.kept, user, number_in_path(request), app[CLOCK].now()))
