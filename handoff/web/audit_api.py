"""The append-only audit log, and how long chats are kept with the proof of each purge."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from ..domain.calendar import CHINA
from ..domain.models import User
from ..service import retention
from .auth import needs
from .body import days_in_query, number_in_query, text_in_query
from .keys import CLOCK, LEDGER, SETTINGS

PAGE = 200
FILTERS = ("actor", "action", "target")


def routes() -> list[web.RouteDef]:
    return [web.get("/api/audit", audit), web.get("/api/retention", kept)]


@needs("auditor")
async def audit(request: web.Request, user: User) -> web.Response:
    """Every view, export and edit of personal data, newest first. Filters: actor, action, target, from, to; `before`
    an id for the next page. Reading it is logged as well."""
    now, query = request.app[CLOCK].now(), request.query
    filters: dict = {name: text_in_query(request, name) for name in FILTERS if query.get(name)}
    if query.get("from") or query.get("to"):
        filters["since"], filters["until"] = days_in_query(request, now.astimezone(CHINA).date())
    before = number_in_query(request, "before") or None

    def read(tx) -> list[dict]:
        found = tx.people.audited(PAGE, before, **filters)
        tx.people.audit(now, user.username, "view_audit", None, {"shown": len(found)})
        return found

    entries = [{**row, "at": row["at"].isoformat()} for row in await request.app[LEDGER].write(read)]
    return web.json_response({"entries": entries, "next": entries[-1]["id"] if len(entries) == PAGE else None})


@needs("auditor", "admin", "supervisor")
async def kept(request: web.Request, user: User) -> web.Response:
    """The retention settings, what is older and why it is still there, and what each purge deleted."""
    settings, now = request.app[SETTINGS], request.app[CLOCK].now()
    raw_kept: timedelta = settings.raw_kept
    return web.json_response(await request.app[LEDGER].read(retention.report, settings.chat_kept, raw_kept, now))
