"""Whatever a client sends, it is the client's mistake: hostile values in every field of every route, never a 5xx."""

import asyncio
import gzip
import json
import shutil
import socket
import threading
from urllib.parse import urlencode, urlsplit

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from handoff.domain.clock import SystemClock
from handoff.service import accounts
from handoff.web import simulator
from tests.support.desk import Resident, running_desk
from tests.support.hostile import (
    FIELDS,
    ROOT,
    TEXTS,
    TOO_LONG_A_NUMBER,
    WAITS,
    Hostile,
    Route,
    certain,
    requests_to,
    send,
    values,
)

JSON = {"Content-Type": "application/json"}
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
            # Not described there, but as open to everybody as the rest while no real account is configured.
            self.routes += [Route(route.method, route.path) for route in simulator.routes()]
            self._ready.set()
            await self._stop.wait()

    async def _people(self, desk) -> None:
        self.cookies, self.tokens = [], []
        for name, role in ROLES.items():
            await desk.add_user(name, role)
        async with ClientSession() as http:
            resident = await Resident.arrives(desk.base, http)
            self.session = resident.session
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
        check(target, route, hostile)

    for hostile in certain(route, target.ids, target.cookies, target.tokens):
        check(target, route, hostile)
    one()


def check(target: Target, route: Route, hostile: Hostile) -> None:
    status, body = send(target.host, target.port, hostile)
    assert status < 500, hostile
    if status >= 400 and route.path.startswith(("/api/", "/channels/", "/simulator/")):
        refusal = json.loads(body)
        assert refusal["code"]
        assert refusal["message"]


def test_no_word_of_a_resident_with_a_session_is_our_error(target):
    """Here what is hostile gets past the session, so that it reaches the ledger, the screen and the bot."""
    route = Route("POST", "/channels/web/messages")

    def says(text, message_id) -> None:
        body = {"session": target.session, "message_id": message_id, "text": text}
        check(target, route, Hostile(route.method, route.path, json.dumps(body).encode(), JSON))

    for number, words in enumerate(TEXTS):
        says(words, f"m-{number}")
        says("路灯坏了", words)

    @settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(values, values)
    def anything(text, message_id) -> None:
        says(text, message_id)

    anything()
    for name in ("after", "wait", "all", "session"):
        for value in TEXTS:
            query = urlencode({"session": target.session, "after": "0", name: value[:500]}, errors="surrogatepass")
            path = f"/channels/web/messages?{query}"
            if name != "wait" or value in WAITS:
                check(target, Route("GET", "/channels/web/messages"), Hostile("GET", path, b""))


REFUSED_BELOW = [
    ("/healthz", {"Expect": "the unexpected"}, (417, "expectation")),
    ("/static/site.css", {"Expect": "the unexpected"}, (417, "expectation")),
    ("/static/site.css", {"Range": "bytes=99999999-"}, (416, "no_such_part")),
    ("/static/site.css", {"Range": "bytes=9-1"}, (416, "no_such_part")),
    ("/static/..%2fkeys.py", {}, (404, "not_found")),
    ("/static/none.css", {}, (404, "not_found")),
    ("/static/" + "n" * 300, {}, (404, "not_found")),
]


def test_what_the_server_below_would_refuse_in_its_own_way_is_said_in_ours(target):
    for path, headers, expected in REFUSED_BELOW:
        assert refused(target, Hostile("GET", path, b"", headers)) == expected, (path, headers)
    asked = Hostile("GET", "/static/site.css", b"", {"Range": "bytes=0-9"})
    assert send(target.host, target.port, asked)[0] == 206  # a part that is there is served


def test_what_comes_packed_is_refused_unread(target):
    for coding in ("gzip", "deflate", "br", "zstd"):
        for body in (b"garbage", gzip.compress(b'{"username": "wang", "password": "x"}')):
            hostile = Hostile("POST", "/api/login", body, {"Content-Encoding": coding})
            assert refused(target, hostile) == (400, "bad_body"), coding


def test_a_number_too_long_to_read_is_no_json(target):
    for path in ("/api/login", "/channels/web/messages"):
        assert refused(target, Hostile("POST", path, TOO_LONG_A_NUMBER)) == (400, "bad_json")


def test_who_waits_to_be_asked_for_the_body_is_asked(target):
    head = b"POST /api/login HTTP/1.1\r\nHost: desk\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection((target.host, target.port), timeout=30) as line:
        line.sendall(head)
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"{}")
        assert line.recv(1000).startswith(b"HTTP/1.1 400 ")


def refused(target, hostile: Hostile) -> tuple[int, str]:
    status, body = send(target.host, target.port, hostile)
    refusal = json.loads(body)
    assert refusal["message"]
    return status, refusal["code"]
