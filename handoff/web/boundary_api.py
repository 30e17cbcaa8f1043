"""The boundary: who may read it, propose a change, approve one. The file in BOUNDARY_FILE is the policy in force."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from aiohttp import web

from ..domain.errors import BadInput
from ..domain.models import User
from ..service import boundary
from .auth import EVERYONE, needs
from .body import json_object, number_in_path, text_field
from .keys import CLOCK, LEDGER, SETTINGS

LONGEST = 200_000
MAY_CHANGE = ("admin", "supervisor")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/boundary", show),
        web.put("/api/boundary", propose),
        web.post("/api/boundary/{id}/approve", approve),
        web.post("/api/boundary/{id}/reject", reject),
    ]


def current(app: web.Application) -> str:
    """The text of the file; empty when it cannot be read, which sends everything to people."""
    try:
        return app[SETTINGS].boundary_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


@needs(*EVERYONE)
async def show(request: web.Request, user: User) -> web.Response:
    return web.json_response(await request.app[LEDGER].read(boundary.view, current(request.app)))


@needs(*MAY_CHANGE)
async def propose(request: web.Request, user: User) -> web.Response:
    """`{"version", "policy"}` with the whole file, or `{"version", "changes": [{"code", "kind", "to"}]}` by cells."""
    body, app = await json_object(request), request.app
    changes = body.get("changes")
    if changes is not None and body.get("policy") is not None:
        raise BadInput("changes", "policy 和 changes 只能写一样：改全文写 policy，改几格写 changes。")
    made = boundary.propose if changes is None else boundary.propose_cells
    wanted = _text(body) if changes is None else _cells(changes)
    proposed = await app[LEDGER].write(made, user, wanted, current(app), body.get("version"), app[CLOCK].now())
    return web.json_response(proposed, status=202)


def _text(body: dict) -> str:
    text = body.get("policy")
    if text is None:
        raise BadInput("policy", "没有写要改什么：改全文写 policy，改几格写 changes。")
    if not isinstance(text, str) or len(text) > LONGEST:
        raise BadInput("policy", "policy 应是边界文件的全文（YAML）。")
    return text


def _cells(given: object) -> dict[tuple[str, str], str]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise BadInput("changes", "changes 应是列表，每项写明 code、kind、to。")
    return {(text_field(body, "code", 8), text_field(body, "kind", 8)): text_field(body, "to", 16) for body in given}


@needs(*MAY_CHANGE)
async def approve(request: web.Request, user: User) -> web.Response:
    """Approved and in force, or neither."""
    app = request.app
    put_in_force = partial(replace, app[SETTINGS].boundary_file)
    text = await app[LEDGER].write(boundary.approve, user, number_in_path(request), put_in_force, app[CLOCK].now())
    return web.json_response(await app[LEDGER].read(boundary.view, text))


@needs(*MAY_CHANGE)
async def reject(request: web.Request, user: User) -> web.Response:
    app = request.app
    await app[LEDGER].write(boundary.reject, user, number_in_path(request), app[CLOCK].now())
    return web.json_response(await app[LEDGER].read(boundary.view, current(app)))


def replace(path: Path, text: str) -> None:
    """Readers see the old file or the new one, never a half. Raises `NotWritten`."""
    beside = path.with_suffix(".new")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise boundary.NotWritten() from error
