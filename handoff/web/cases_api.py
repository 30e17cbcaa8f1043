"""The register of cases (工单)."""

from __future__ import annotations

from aiohttp import web

from bot.boundary.taxonomy import taxonomy

from ..domain.calendar import CHINA
from ..domain.errors import BadInput
from ..domain.models import CASE_STATES, OUTCOMES, User
from ..domain.sight import in_area, narrowed
from ..service import cases, cases_list, packet, steps
from ..service.statistics import LONG_OPEN
from .auth import EVERYONE, STAFF, needs
from .body import days_in_query, flag_field, json_object, number_in_query, one_of_in_query, text_field, texts_field
from .csv_text import to_csv
from .keys import CLOCK, LEDGER, SETTINGS

PAGE = 100
FILTERS = ("category", "area", "corrected")
ONE_OF = {"status": CASE_STATES, "type": taxonomy().case_types, "outcome": OUTCOMES}


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/cases", search),
        web.post("/api/cases", register),
        web.get("/api/cases/export", export),
        web.get("/api/cases/{number}", show),
        web.post("/api/cases/{number}/events", record),
    ]


@needs(*EVERYONE)
async def search(request: web.Request, user: User) -> web.Response:
    """Filters: status, category, type, area, outcome, corrected (yes or a pair of codes), by_bot, open, overdue,
    extended, long_open (yes), confirmed (yes or no: whether the resident has said that it is solved), from, to, numbers (comma separated), offset. `hidden` counts sealed cases that are not listed."""
    filters = _filters(request, user)
    offset, now = number_in_query(request, "offset"), request.app[CLOCK].now()
    found = await request.app[LEDGER].write(cases_list.page, user, filters, PAGE, offset, now)
    return web.json_response({**found, "offset": offset, "page": PAGE})


@needs("caseworker", "supervisor", "admin", "auditor")
async def export(request: web.Request, user: User) -> web.Response:
    """Every case of one's own area, without asking anybody: `format` csv or json, filters as in the list. Masked for
    whoever sees no personal data; sealed ones only for whom they are open; logged with the number of cases."""
    wanted = request.query.get("format", "csv")
    if wanted not in ("csv", "json"):
        raise BadInput("format", "format 只能是 json 或 csv。")
    now = request.app[CLOCK].now()
    found = await request.app[LEDGER].write(cases_list.everything, user, _filters(request, user), wanted, now)
    if wanted == "json":
        return web.json_response({"cases": found})
    text = to_csv([*cases_list.COLUMNS.values()], map(cases_list.row, found))
    headers = {"Content-Disposition": 'attachment; filename="cases.csv"'}
    return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)


def _filters(request: web.Request, user: User) -> dict:
    now, query = request.app[CLOCK].now(), request.query
    filters = {name: query.get(name) or None for name in FILTERS}
    filters |= {name: one_of_in_query(request, name, values) for name, values in ONE_OF.items()}
    if not in_area(user, filters["area"]):
        filters["area"] = None  # whatever they ask for, they are shown what is theirs
    if query.get("from") or query.get("to"):
        filters["since"], filters["until"] = days_in_query(request, now.astimezone(CHINA).date())
    if query.get("numbers"):
        filters["numbers"] = query["numbers"].split(",")[:500]
    late, extended, long_open = (_yes(request, name) for name in ("overdue", "extended", "long_open"))
    return {
        **filters,
        "by_bot": _yes(request, "by_bot"),
        "confirmed": {"yes": True, "no": False}.get(one_of_in_query(request, "confirmed", ("yes", "no"))),
        "open": _yes(request, "open") or late or extended or long_open,
        "extended": extended,
        "due_before": now if late else None,
        "created_before": now - LONG_OPEN if long_open else None,
    }


def _yes(request: web.Request, name: str) -> bool | None:
    """True for `yes`, None when the filter is not given: a list of what is not so is not offered."""
    return True if one_of_in_query(request, name, ("yes",)) else None


@needs(*STAFF)
async def register(request: web.Request, user: User) -> web.Response:
    """A case filed by staff, for somebody at the counter or without a phone (代办)."""
    body = await json_object(request)
    details = {
        "request_type": text_field(body, "type", 8),
        "category": text_field(body, "category", 8),
        "description": text_field(body, "description", cases.DESCRIPTION_LIMIT),
        "place": text_field(body, "place", 200, required=False) or None,
        "area": narrowed(user, text_field(body, "area", 64, required=False) or None),
        "urgent": flag_field(body, "urgent"),
    }
    office, now = request.app[SETTINGS].office, request.app[CLOCK].now()

    def write(tx) -> dict:
        case = cases.register(tx, office, None, now, created_by=user.username, **details)
        tx.people.audit(now, user.username, "file_case", case.number)
        return packet.case_view(case, user)

    return web.json_response(await request.app[LEDGER].write(write), status=201)


@needs(*EVERYONE)
async def show(request: web.Request, user: User) -> web.Response:
    number, now = request.match_info["number"], request.app[CLOCK].now()

    return web.json_response(await request.app[LEDGER].write(cases_list.one, user, number, now))


@needs(*STAFF)
async def record(request: web.Request, user: User) -> web.Response:
    body = await json_object(request)
    kind = text_field(body, "kind", 24)
    text = text_field(body, "text", 1000, required=False)
    data = texts_field(body, "data")
    office, now = request.app[SETTINGS].office, request.app[CLOCK].now()
    step = (request.match_info["number"], kind, text, data)
    changed = await request.app[LEDGER].write(steps.take, office, user, *step, now)
    return web.json_response(packet.case_view(changed, user))
