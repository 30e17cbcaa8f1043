"""The promise ledger: what is broken, what a caseworker promises, what was kept."""

from __future__ import annotations

from aiohttp import web

from ..domain.models import User
from ..service import promises, statistics
from .auth import EVERYONE, STAFF, needs
from .body import json_object, number_in_path, text_field
from .keys import CLOCK, LEDGER, SETTINGS
from .stats_api import period

PERIOD, FILTERS = ("from", "to"), ("broken", "said_by")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/promises", listed),
        web.post("/api/conversations/{id}/promises", make),
        web.post("/api/promises/{id}/kept", kept),
    ]


@needs(*EVERYONE)
async def listed(request: web.Request, user: User) -> web.Response:
    """With from, to, broken (yes or all), said_by: the promises behind a figure. Without: what is broken and still owed.
    Each look is in the audit log."""
    given = {name: request.query[name] for name in (*PERIOD, "area", *FILTERS) if request.query.get(name)}
    wanted, now = {name: given[name] for name in FILTERS if name in given}, request.app[CLOCK].now()
    due = period(request, user) if given.keys() & {*PERIOD, *FILTERS} else None

    def look(tx) -> dict:
        found, hidden = (
            statistics.listed_promises(tx, due, user, wanted) if due else (promises.broken(tx, user, now), 0)
        )
        detail = {"filters": given, "shown": len(found)}
        tx.people.audit(now, user.username, "list_promises", due.area if due else user.area, detail)
        return {"promises": found, "hidden": hidden}

    return web.json_response(await request.app[LEDGER].write(look))


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
