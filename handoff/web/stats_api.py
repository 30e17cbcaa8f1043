"""Statistics: the catalogue, one figure as JSON or CSV, and the handoffs behind a figure."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from bot.boundary import notices as boundary_notices

from ..domain.calendar import CHINA
from ..domain.errors import BadInput
from ..domain.models import User
from ..domain.sight import narrowed
from ..service import community, statistics
from ..service.statistics import CATALOGUE, Period
from .auth import EVERYONE, needs
from .body import days_in_query
from .csv_text import to_csv
from .keys import CLOCK, LEDGER, SETTINGS

# `list` is cases, handoffs or promises: /api/LIST?FILTER lists what the numerator counts, /api/LIST?BASE the denominator.
COLUMNS = ("key", "label", "numerator", "denominator", "note", "list", "filter", "base")
HANDOFF_FILTERS = ("trigger", "priority", "answered", "wrong", "ended", "in_time")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/stats", catalogue),
        web.get("/api/stats/{name}", one),
        web.get("/api/handoffs", handoffs),
    ]


@needs(*EVERYONE)
async def catalogue(request: web.Request, user: User) -> web.Response:
    """The statistics there are, and the areas they and the lists can be asked for."""
    entries = [
        {"name": name, "title": s.title, "meaning": s.meaning, "chart": s.chart} for name, s in CATALOGUE.items()
    ]
    areas = await request.app[LEDGER].read(community.areas, request.app[SETTINGS].office, user)
    return web.json_response({"statistics": entries, "areas": areas})


@needs(*EVERYONE)
async def one(request: web.Request, user: User) -> web.Response:
    wanted = request.query.get("format", "json")
    if wanted not in ("json", "csv"):
        raise BadInput("format", "format 只能是 json 或 csv。")
    name = request.match_info["name"]
    found = await request.app[LEDGER].read(statistics.compute, name, period(request, user))
    if wanted == "json":
        return web.json_response(found)
    return web.Response(
        text=as_csv(found["rows"]),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


@needs(*EVERYONE)
async def handoffs(request: web.Request, user: User) -> web.Response:
    wanted = {name: request.query[name] for name in HANDOFF_FILTERS if request.query.get(name)}
    found, hidden = await request.app[LEDGER].read(statistics.listed_handoffs, period(request, user), user, wanted)
    times = ("requested_at", "claimed_at", "first_human_at", "ended_at")
    shown = [
        {
            **h,
            **{name: h[name].isoformat() if h[name] else None for name in times},
            "reason_text": boundary_notices.for_trigger(h["trigger"]).reason,
        }
        for h in found
    ]
    return web.json_response({"handoffs": shown, "hidden": hidden})


def period(request: web.Request, user: User) -> Period:
    """Somebody of one area sees that area, or a part of it, whatever they ask for."""
    now = request.app[CLOCK].now()
    since, until = days_in_query(request, now.astimezone(CHINA).date())
    return Period(since, until, narrowed(user, request.query.get("area")), now)


def as_csv(rows: list[dict]) -> str:
    lead = [{**row, "filter": urlencode(row["filter"]), "base": urlencode(row["base"])} for row in rows]
    return to_csv(COLUMNS, ([row[column] for column in COLUMNS] for row in lead))
