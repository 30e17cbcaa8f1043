"""Where a conversation belongs (area, skills, sealed) and which channels are one resident."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..domain import areas, skills
from ..domain.errors import BadInput
from ..domain.models import User
from ..service import links
from ..service import queue as queues
from .auth import EVERYONE, STAFF, needs
from .body import json_object, number_in_path, text_field
from .keys import CLOCK, LEDGER, SETTINGS


def routes() -> list[web.RouteDef]:
    one = "/api/conversations/{id}"
    return [
        web.get("/api/routing", choices),
        web.post(f"{one}/route", route),
        web.post(f"{one}/link-code", link_code),
        web.post(f"{one}/unlink", unlink),
    ]


@needs(*EVERYONE)
async def choices(request: web.Request, user: User) -> web.Response:
    """What a conversation may be routed by: the areas known here and the skills colleagues may have."""
    app = request.app
    found = await app[LEDGER].read(queues.choices, app[SETTINGS].office, user)
    return web.json_response(found)


@needs(*STAFF)
async def route(request: web.Request, user: User) -> web.Response:
    """`{"area"?, "skills"?, "sealed"?}`: whom the conversation is for."""
    changes = _changes(await json_object(request))
    app = request.app
    after = await app[LEDGER].write(queues.route, user, number_in_path(request), changes, app[CLOCK].now())
    return web.json_response({"area": after.area, "skills": after.skills, "sealed": after.sealed})


def _changes(body: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "area" in body:
        changes["area"] = text_field(body, "area", areas.LONGEST, required=False).strip() or None
    if "skills" in body:
        given = body["skills"]
        if not isinstance(given, list) or len(given) > 10 or not all(isinstance(name, str) for name in given):
            raise BadInput("skills", "skills 应是技能名称的列表。")
        try:
            changes["skills"] = skills.known(name.replace("\x00", "") for name in given)
        except ValueError:
            raise BadInput("skills", f"技能名称最长 {skills.LONGEST} 个字。") from None
    if "sealed" in body:
        if not isinstance(body["sealed"], bool):
            raise BadInput("sealed", "sealed 只能是 true 或 false。")
        changes["sealed"] = body["sealed"]
    return changes


@needs(*STAFF)
async def link_code(request: web.Request, user: User) -> web.Response:
    """Sends the resident a code; sent back from another channel by the resident, it joins the two."""
    app = request.app
    await app[LEDGER].write(links.offer_by_staff, user, number_in_path(request), app[CLOCK].now())
    return web.json_response({"offered": True})


@needs(*STAFF)
async def unlink(request: web.Request, user: User) -> web.Response:
    """Takes this channel out of the resident's linked ones again."""
    app = request.app
    ended = await app[LEDGER].write(links.undo_by_staff, user, number_in_path(request), app[CLOCK].now())
    return web.json_response({"ended": ended})
