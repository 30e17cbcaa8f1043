"""The pages: chat for residents, the caseworker's desk, figures, audit log, the simulator, help for each."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import aiohttp_jinja2
import jinja2
import plotly
from aiohttp import web
from plotly.offline import get_plotlyjs

from ..domain.errors import NotLoggedIn
from .auth import user_of
from .keys import ACCOUNTS, SETTINGS, SIMULATED

HERE = Path(__file__).parent
FOR_EVERYBODY = {
    "/chat": "chat.html",
    "/help": "help_resident.html",
    "/help/caseworker": "help_caseworker.html",
    "/help/admin": "help_admin.html",
}
FOR_STAFF = {"/desk": "desk.html", "/admin": "admin.html", "/audit": "audit.html"}
FILES = {path.relative_to(HERE).as_posix(): path for path in (HERE / "static").rglob("*") if path.is_file()}
PLOTLY = "/static/vendor/plotly.js"
A_YEAR = "public, max-age=31536000, immutable"  # its address changes with its version


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", index),
        *[web.get(path, _page(template)) for path, template in FOR_EVERYBODY.items()],
        *[web.get(path, _staff_page(template)) for path, template in FOR_STAFF.items()],
        web.get("/simulator", simulator),
        web.get(PLOTLY, plotly_js),
        web.get("/static/{path:.+}", static),
    ]


def set_up(app: web.Application) -> None:
    aiohttp_jinja2.setup(
        app, loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    app.on_response_prepare.append(_ask_again)


async def _ask_again(request: web.Request, response: web.StreamResponse) -> None:
    """Browsers keep style and modules, but ask each time whether they are still current: no old page after an update."""
    if request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-cache")


def _page(template: str):
    async def show(request: web.Request) -> web.Response:
        return render(request, template)

    return show


def _staff_page(template: str):
    async def show(request: web.Request) -> web.Response:
        """The page with or without the log-in form over it; what it shows it asks for itself."""
        try:
            await user_of(request)
        except NotLoggedIn:
            return render(request, template, signed_in=False)
        return render(request, template, signed_in=True)

    return show


async def index(request: web.Request) -> web.Response:
    raise web.HTTPFound("/chat")


async def simulator(request: web.Request) -> web.Response:
    if not request.app[SIMULATED]:
        raise web.HTTPNotFound
    return render(request, "simulator.html")


async def static(request: web.Request) -> web.FileResponse:
    """One of the files there are: no address leads anywhere else. What aiohttp would refuse without a word is said here."""
    file = FILES.get(f"static/{request.match_info['path']}")
    if file is None:
        raise web.HTTPNotFound
    try:
        there = (request.http_range.start or 0) < file.stat().st_size
    except ValueError:
        there = False
    if not there:
        raise web.HTTPRequestRangeNotSatisfiable
    return web.FileResponse(file)


async def plotly_js(request: web.Request) -> web.Response:
    """The chart library, from the installed package."""
    headers = {"Cache-Control": A_YEAR, "Vary": "Accept-Encoding"}
    plain, packed = _plotly()
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=plain, content_type="text/javascript", charset="utf-8", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return web.Response(body=packed, content_type="text/javascript", charset="utf-8", headers=headers)


@cache
def _plotly() -> tuple[bytes, bytes]:
    """Plain and packed; packed once, because 5 MB take a quarter of a second."""
    plain = get_plotlyjs().encode()
    return plain, gzip.compress(plain, 6)


def render(request: web.Request, template: str, status: int = 200, **more: object) -> web.Response:
    office = request.app[SETTINGS].office
    context = {
        "office": office,
        "simulated": request.app[SIMULATED],
        "has_web": any(account.kind == "web" for account in request.app[ACCOUNTS].values()),
        "plotly": f"{PLOTLY}?v={plotly.__version__}",
        **more,
    }
    return aiohttp_jinja2.render_template(template, request, context, status=status)
