"""The register of cases (工单)."""

from __future__ import annotations

from aiohttp import web

from ..domain.calendar import CHINA
from ..domain.errors import BadInput
from ..domain.models import User
from ..service import cases, packet
from ..service.statistics import LONG_OPEN
from .auth import EVERYONE, STAFF, needs
from .body import days_in_query, json_object, number_in_query, text_field
from .keys import CLOCK, LEDGER, SETTINGS

PAGE = 100
FILTERS = ("status", "category", "type", "area", "outcome", "corrected")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/cases", search),
        web.post("/api/cases", register),
        web.get("/api/cases/{number}", show),
        web.post("/api/cases/{number}/events", record),
    ]


@needs(*EVERYONE)
async def search(request: web.Request, user: User) -> web.Response:
    """Filters: status, category, type, area, outcome, corrected (yes or a pair of codes), by_bot, open, overdue,
    long_open (yes), from, to, numbers (comma separated), offset. `hidden` counts sealed cases that are not listed."""
    filters = _filters(request, user)
    offset, sealed = number_in_query(request, "offset"), None if user.role in packet.SEES_SEALED else False

    def read(tx) -> dict:
        shown = tx.cases.search(PAGE, offset, **filters, sealed=sealed)
        total = tx.cases.count(**filters)
        listed = tx.cases.count(**filters, sealed=sealed)
        return {"cases": [_view(case, user) for case in shown], "total": total, "hidden": total - listed}

    return web.json_response({**await request.app[LEDGER].read(read), "offset": offset, "page": PAGE})


def _filters(request: web.Request, user: User) -> dict:
    now, query = request.app[CLOCK].now(), request.query
    filters = {name: query.get(name) or None for name in FILTERS}
    if user.area:
        filters["area"] = user.area
    if query.get("from") or query.get("to"):
        filters["since"], filters["until"] = days_in_query(request, now.astimezone(CHINA).date())
    if query.get("numbers"):
        filters["numbers"] = query["numbers"].split(",")[:500]
    late, long_open = _yes(request, "overdue"), _yes(request, "long_open")
    return {
        **filters,
        "by_bot": _yes(request, "by_bot"),
        "open": _yes(request, "open") or late or long_open,
        "due_before": now if late else None,
        "created_before": now - LONG_OPEN if long_open else None,
    }


def _yes(request: web.Request, name: str) -> bool | None:
    """True for `yes`, None when the filter is not given: a list of what is not so is not offered."""
    given = request.query.get(name)
    if given not in (None, "", "yes"):
        raise BadInput(name, f"{name} 只能是 yes。")
    return True if given else None


@needs(*STAFF)
async def register(request: web.Request, user: User) -> web.Response:
    """A case filed by staff, for somebody at the counter or without a phone (代办)."""
    body = await json_object(request)
    details = {
        "request_type": text_field(body, "type", 8),
        "category": text_field(body, "category", 8),
        "description": text_field(body, "description", cases.DESCRIPTION_LIMIT),
        "place": text_field(body, "place", 200, required=False) or None,
        "area": user.area or text_field(body, "area", 64, required=False) or None,
        "urgent": body.get("urgent") is True,
    }
    case = await request.app[LEDGER].write(
        cases.register,
        request.app[SETTINGS].office,
        None,
        request.app[CLOCK].now(),
        created_by=user.username,
        **details,
    )
    return web.json_response(packet.case_view(case), status=201)


@needs(*EVERYONE)
async def show(request: web.Request, user: User) -> web.Response:
    number, now = request.match_info["number"], request.app[CLOCK].now()

    def read(tx) -> dict:
        case = cases.visible(tx, number, user.area, user.role in packet.SEES_SEALED)
        tx.people.audit(now, user.username, "view_case", number)
        events = [
            {**{key: event[key] for key in ("id", "actor", "kind", "text", "data")}, "at": event["at"].isoformat()}
            for event in tx.cases.events(number)
        ]
        return {**_view(case, user), "events": events}

    return web.json_response(await request.app[LEDGER].write(read))


@needs(*STAFF)
async def record(request: web.Request, user: User) -> web.Response:
    body = await json_object(request)
    kind = text_field(body, "kind", 24)
    text = text_field(body, "text", 1000, required=False)
    data = body.get("data") or {}
    if not isinstance(data, dict) or any(not isinstance(value, str) for value in data.values()):
        raise BadInput("data", "data 应是由文字组成的对象。")
    number, now = request.match_info["number"], request.app[CLOCK].now()

    def write(tx) -> dict:
        cases.visible(tx, number, user.area, user.role in packet.SEES_SEALED)
        return packet.case_view(cases.record_event(tx, number, user.username, kind, text, data, now))

    return web.json_response(await request.app[LEDGER].write(write))


def _view(case, user: User) -> dict:
    shown = packet.case_view(case)
    if user.role not in packet.SEES_PERSONAL_DATA:
        shown["description"] = packet.mask(shown["description"])
        shown["place"] = packet.mask(shown["place"]) if shown["place"] else None
    return shown
