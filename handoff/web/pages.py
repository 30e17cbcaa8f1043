"""The pages: chat for residents, the caseworker's desk, the admin's figures, the simulator."""

from __future__ import annotations

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from .keys import ACCOUNTS, SETTINGS, SIMULATED

HERE = Path(__file__).parent
PAGES = {"/chat": "chat.html", "/desk": "desk.html", "/admin": "admin.html"}


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", index),
        *[web.get(path, _page(template)) for path, template in PAGES.items()],
        web.get("/simulator", simulator),
        web.static("/static", HERE / "static"),
    ]


def set_up(app: web.Application) -> None:
    aiohttp_jinja2.setup(
        app, loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )


def _page(template: str):
    async def show(request: web.Request) -> web.Response:
        return _render(request, template)

    return show


async def index(request: web.Request) -> web.Response:
    raise web.HTTPFound("/chat")


async def simulator(request: web.Request) -> web.Response:
    if not request.app[SIMULATED]:
        raise web.HTTPNotFound
    return _render(request, "simulator.html")


def _render(request: web.Request, template: str) -> web.Response:
    office = request.app[SETTINGS].office
    context = {
        "office": office,
        "simulated": request.app[SIMULATED],
        "has_web": any(account.kind == "web" for account in request.app[ACCOUNTS].values()),
    }
    return aiohttp_jinja2.render_template(template, request, context)
