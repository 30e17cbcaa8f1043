"""What still has to be done by a person: undelivered texts, call-backs, conversations that came back."""

from __future__ import annotations

from aiohttp import web

from ..domain.models import User
from ..service import call_backs, phoning
from .auth import STAFF, needs
from .body import number_in_path
from .keys import CLOCK, LEDGER


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/tasks", tasks),
        web.post("/api/tasks/{id}/done", finish),
        web.post("/api/tasks/{id}/reopen", reopen),
        web.post("/api/tasks/{id}/tried", tried),
        web.post("/api/tries/{id}/undo", take_back),
        web.post("/api/tasks/{id}/phone", reveal),
    ]


@needs(*STAFF)
async def tasks(request: web.Request, user: User) -> web.Response:
    """Open tasks, call-backs first, then the oldest; telephone numbers masked."""
    found, more = await request.app[LEDGER].read(call_backs.listed, user)
    return web.json_response({"tasks": found, "tasks_more": more})


@needs(*STAFF)
async def finish(request: web.Request, user: User) -> web.Response:
    app = request.app
    done = await app[LEDGER].write(call_backs.finish, user, number_in_path(request), app[CLOCK].now())
    return web.json_response({"done": done})


@needs(*STAFF)
async def reopen(request: web.Request, user: User) -> web.Response:
    """Done by mistake: the task as it was; only for whoever did it, for a short while."""
    app = request.app
    reopened = await app[LEDGER].write(phoning.reopen, user, number_in_path(request), app[CLOCK].now())
    return web.json_response({"reopened": reopened})


@needs(*STAFF)
async def tried(request: web.Request, user: User) -> web.Response:
    """Nobody answered the call; the task stays."""
    app = request.app
    noted = await app[LEDGER].write(phoning.tried, user, number_in_path(request), app[CLOCK].now())
    return web.json_response({"id": noted})


@needs(*STAFF)
async def take_back(request: web.Request, user: User) -> web.Response:
    app = request.app
    await app[LEDGER].write(phoning.take_back, user, number_in_path(request), app[CLOCK].now())
    return web.json_response({"undone": True})


@needs(*STAFF)
async def reveal(request: web.Request, user: User) -> web.Response:
    """The whole number of a call-back, for the one who calls now; the look is in the audit log."""
    app = request.app
    return web.json_response(
        await app[LEDGER].write(call_backs.reveal, user, number_in_path(request), app[CLOCK].now())
    )
