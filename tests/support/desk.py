"""A real desk on a free port, over SQLite or PostgreSQL, with the scripted bot in Rasa's place."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientSession, CookieJar
from aiohttp.web import AppRunner, TCPSite
from sqlalchemy import func, select

from handoff import settings as settings_module
from handoff.app import create_app
from handoff.domain.clock import Clock
from handoff.service import accounts
from handoff.store.ledger import make_engine
from handoff.store.migrate import migrate
from handoff.store.schema import conversations, inbound, messages, residents
from handoff.web import keys

from .scripted_bot import ScriptedBot, start

PASSWORD = "only-for-tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accounts_file(folder: Path) -> str:
    """The channels.yml of this folder; where the test has written none, one with the web page alone."""
    path = folder / "channels.yml"
    if not path.exists():
        path.write_text("- {name: web, kind: web}\n", encoding="utf-8")
    return str(path)


class Desk:
    def __init__(self, app, base: str) -> None:
        self.app, self.base = app, base
        self.ledger = app[keys.LEDGER]

    async def add_user(self, name: str, role: str = "caseworker") -> None:
        await self.ledger.write(accounts.create, name, role, PASSWORD, self.app[keys.CLOCK].now())

    async def stored(self) -> int:
        """How many rows there are of residents and of what they sent."""
        tables = (residents, conversations, messages, inbound)
        counts = [select(func.count()).select_from(table) for table in tables]
        return await self.ledger.read(lambda tx: sum(tx.connection.execute(count).scalar_one() for count in counts))

    @asynccontextmanager
    async def logged_in(self, name: str) -> AsyncIterator[Console]:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            async with session.post(f"{self.base}/api/login", json={"username": name, "password": PASSWORD}) as answer:
                csrf = (await answer.json())["csrf"]
            yield Console(self.base, session, csrf)


class Console:
    def __init__(self, base: str, session: ClientSession, csrf: str) -> None:
        self._base, self._session, self._headers = base, session, {"X-CSRF-Token": csrf}

    async def get(self, path: str, **params) -> tuple[int, dict]:
        async with self._session.get(self._base + path, params=params) as answer:
            return answer.status, await answer.json()

    async def text(self, path: str, **params) -> str:
        async with self._session.get(self._base + path, params=params) as answer:
            assert answer.status == 200, answer.status
            return await answer.text()

    async def post(self, path: str, **body) -> tuple[int, dict]:
        async with self._session.post(self._base + path, json=body, headers=self._headers) as answer:
            return answer.status, await answer.json()

    def live(self):
        """The WebSocket of live events: `async with console.live() as events`."""
        return self._session.ws_connect(self._base + "/api/live")

    async def close(self) -> None:
        await self._session.close()


class Resident:
    """Somebody at the H5 page."""

    def __init__(self, base: str, http: ClientSession, session: str) -> None:
        self._base, self._http, self.session, self.seen = base, http, session, 0

    @classmethod
    async def arrives(cls, base: str, http: ClientSession) -> Resident:
        async with http.post(f"{base}/channels/web/session") as answer:
            return cls(base, http, (await answer.json())["session"])

    async def says(self, text: str, message_id: str | None = None) -> int:
        body = {"session": self.session, "message_id": message_id or secrets.token_hex(8), "text": text}
        async with self._http.post(f"{self._base}/channels/web/messages", json=body) as answer:
            assert answer.status == 202, await answer.text()
            return (await answer.json())["seq"]

    async def hears(self, wait: float = 10) -> list[dict]:
        """What is new; waits for the first."""
        params = {"session": self.session, "after": self.seen, "wait": wait}
        async with self._http.get(f"{self._base}/channels/web/messages", params=params) as answer:
            found = (await answer.json())["messages"]
        self.seen = max([self.seen, *(message["seq"] for message in found)])
        return found

    async def hears_until(self, words: str, rounds: int = 10) -> str:
        heard = []
        for _ in range(rounds):
            heard += [message["text"] for message in await self.hears(5)]
            if any(words in text for text in heard):
                return "\n".join(heard)
        raise AssertionError(f"{words!r} was not said; heard {len(heard)} texts")


@asynccontextmanager
async def running_desk(
    folder: Path, database: str, clock: Clock | None = None, **env: str
) -> AsyncIterator[tuple[Desk, ScriptedBot]]:
    bot = ScriptedBot()
    server = await start(bot)
    rasa = str(server.make_url("")).rstrip("/")
    port = free_port()
    given = {
        "VAR_DIR": str(folder),
        "DATABASE_URL": database,
        "DESK_PORT": str(port),
        "RASA_URL": rasa,
        "ACTIONS_URL": rasa,
        "RATE_PER_SENDER": "0",
        "RATE_PER_ADDRESS": "0",
        **env,
    }
    # Without that file the desk simulates a platform, whatever accounts this checkout has.
    settings = replace(settings_module.load(given), channels_file=folder / "channels.yml")
    engine = make_engine(settings.database_url)
    await asyncio.to_thread(migrate, engine)
    engine.dispose()
    app = create_app(settings, clock)
    runner = AppRunner(app)
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield Desk(app, f"http://127.0.0.1:{port}"), bot
    finally:
        await runner.cleanup()
        await server.close()
