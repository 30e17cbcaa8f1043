"""Whether the desk is up, whether what it needs is, and numbers for Prometheus."""

from __future__ import annotations

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from ..remarks import of_staff, remarks
from ..store.ledger import reachable
from .keys import CLOCK, LEDGER, RASA, SETTINGS

REGISTRY = CollectorRegistry()
REQUESTS = Counter("desk_requests_total", "Requests by route and status", ["route", "status"], registry=REGISTRY)
SECONDS = Histogram("desk_request_seconds", "Time to answer by route", ["route"], registry=REGISTRY)


def routes() -> list[web.RouteDef]:
    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]


async def healthz(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 when all is there, 503 naming what is not. The desk takes messages in either case while the database is up.

    `remarks` are lines for the operator on what is there and yet could surprise; they never make it unready.
    `understanding`: "whole", "wording" when the encoder cannot be had and the bot reads less well, "answerless" when answers
    cannot be looked up and questions go to a person, None without a bot.
    """
    app = request.app
    database, workers, actions = await asyncio.gather(
        asyncio.to_thread(reachable, app[LEDGER].engine),
        app[RASA].ready(),
        app[RASA].actions_ready(app[SETTINGS].actions_url),
    )
    parts = {"database": database, "rasa": bool(workers), "actions": actions}
    missing = [name for name, up in parts.items() if not up]
    readings = [worker.get("understanding", "whole") for worker in workers]
    understanding = next((reading for reading in readings if reading != "whole"), "whole" if readings else None)
    noted = remarks(app[SETTINGS], app[CLOCK].now())
    if database:
        noted += of_staff(await app[LEDGER].read(lambda tx: tx.people.all()))
    body = {"ready": not missing, "missing": missing, **parts, "understanding": understanding, "remarks": noted}
    return web.json_response(body, status=503 if missing else 200)


async def metrics(request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


@web.middleware
async def count(request: web.Request, handler) -> web.StreamResponse:
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "unknown"
    status = 500
    try:
        with SECONDS.labels(route).time():
            response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        REQUESTS.labels(route, status).inc()
