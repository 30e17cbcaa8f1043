"""Whatever a client sends, it is the client's mistake: hostile values in every field of every route, never a 5xx."""

import asyncio
import json
import shutil
import threading
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from handoff.domain.clock import SystemClock
from handoff.service import accounts
from tests.support.desk import Resident, running_desk
from tests.support.hostile import FIELDS, ROOT, Hostile, Route, requests_to, send

EXAMPLES = 12  # of each route and engine
PATHS = (
    "/",
    "/chat",
    "/desk",
    "/admin",
    "/audit",
    "/help",
    "/report",
    "/report.csv",
    "/simulator",
    "/static/{name}",
    "/{name}",
)
PAGES = [Route("GET", path) for path in PATHS]
BY_EVERYBODY = ("/healthz", "/readyz", "/metrics")
ROLES = {"wang": "caseworker", "chen": "supervisor", "guan": "admin"}


class Target:
    """A desk in a thread of its own, with people, a conversation in somebody's hands and a case."""

    def __init__(self, folder, database) -> None:
        self._folder, self._database = folder, database
        self._loop, self._stop, self._ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._run()), daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *error):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    async def _run(self) -> None:
        boundary = self._folder / "policy.yml"  # an approved change is written there
        shutil.copy(ROOT / "bot" / "boundary" / "policy.yml", boundary)
        async with running_desk(self._folder, self._database, BOUNDARY_FILE=str(boundary)) as (desk, _):
            self.ledger = desk.ledger
            await self._people(desk)
            address = urlsplit(desk.base)
            self.host, self.port = address.hostname, address.port
            async with ClientSession() as http, http.get(f"{desk.base}/api/openapi.json") as answer:
                self.routes = [Route(m.upper(), p) for p, ms in (await answer.json())["paths"].items() for m in ms]
            self._ready.set()
            await self._stop.wait()

    async def _people(self, desk) -> None:
        self.cookies, self.tokens = [], []
        for name, role in ROLES.items():
            await desk.add_user(name, role)
        async with ClientSession() as http:
            resident = await Resident.arrives(desk.base, http)
            await resident.says("转人工")
            await resident.hears_until("已为您转人工")
        async with desk.logged_in("wang") as console:
            waiting = (await console.get("/api/queue"))[1]["waiting"]
            await console.post(f"/api/conversations/{waiting[0]['id']}/claim")
            case = {"type": "求助", "category": "C0406", "description": "路灯坏了"}
            number = (await console.post("/api/cases", **case))[1]["number"]
        self.ids = [str(waiting[0]["id"]), number, "simulator", "2147483647", "2147483648"]

    async def log_in(self) -> None:
        """New sessions: a route that ends them must not protect those after it."""
        self.cookies, self.tokens = [], []
        for name in ROLES:
            user = await self.ledger.read(lambda tx, name=name: tx.people.get(name))
            opened = await self.ledger.write(accounts.start_session, user, SystemClock().now())
            self.cookies.append(opened.token)
            self.tokens.append(opened.csrf)

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


@pytest.fixture
def target(tmp_path, database):
    with Target(tmp_path, database) as running:
        yield running


def test_no_value_in_any_field_of_any_route_is_our_error(target):
    assert {"text", "outcome", "username", "session"} <= set(FIELDS)
    assert len(target.routes) > 30
    for route in [*target.routes, *PAGES]:
        target.do(target.log_in())
        attack(target, route)
    # After all of it the desk works, and nothing that was sent was run as SQL.
    assert send(target.host, target.port, Hostile("GET", "/readyz", b""))[0] == 200
    users = target.do(target.ledger.read(lambda tx: tx.connection.execute(text("SELECT count(*) FROM users")).scalar()))
    assert users == len(ROLES)


def attack(target: Target, route: Route) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests_to(route, target.ids, target.cookies, target.tokens))
    def one(hostile: Hostile) -> None:
        status, body = send(target.host, target.port, hostile)
        assert status < 500, hostile
        if status >= 400 and route.path.startswith(("/api/", "/channels/")):
            refusal = json.loads(body)
            assert refusal["code"]
            assert refusal["message"]

    one()
