"""Real desk processes with a town in front of them, on both engines."""

import os
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector
from aiohttp.test_utils import TestServer

from handoff.domain.clock import SystemClock
from handoff.service import accounts
from handoff.store.ledger import Ledger, make_engine
from tests.support.databases import fresh_database, give_back
from tests.support.desk import PASSWORD, Console, free_port
from tests.support.processes import BotProcess, DeskProcess, Process, as_run, environment, migrated
from tests.support.town import Town


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/fire/" in str(item.path):
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "postgresql" and not os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("TEST_DATABASE_URL is not set")
    url = fresh_database(request.param, tmp_path)
    yield url
    give_back(url)


@pytest.fixture
async def http():
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        yield session


class Fire:
    """The town, its desks (not yet started) and the bot, and a look into the ledger."""

    def __init__(self, folder, database, town, bot, api) -> None:
        self.folder, self.database, self.town, self.bot, self._api = folder, database, town, bot, api
        self.engine = make_engine(database)

    def desk(self, **more: str) -> DeskProcess:
        return DeskProcess(self._environment(self.bot.base, **more))

    def everything(self) -> dict[str, Process]:
        """Desk, Rasa and actions as they are run, in place of `desk` and `bot`."""
        rasa, actions = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        return as_run(self._environment(rasa, ACTIONS_URL=actions))

    def _environment(self, rasa: str, **more: str) -> dict[str, str]:
        given = {"WECHAT_API_BASE": self._api, "WECOM_API_BASE": self._api, "CAPACITY": "1000", **more}
        return environment(self.folder, self.database, free_port(), rasa, **given)

    def add_users(self, *names: str) -> None:
        ledger = Ledger(self.database, None)
        for name in names:
            ledger.write_now(accounts.create, name, "caseworker", PASSWORD, SystemClock().now())
        ledger.close()


@pytest.fixture
async def fire(tmp_path, database, http):
    Town.write_accounts(tmp_path)
    town = Town(http)
    server = TestServer(town.platform.app())
    await server.start_server()
    await migrated(database)
    built = Fire(tmp_path, database, town, BotProcess(tmp_path, free_port()), str(server.make_url("")).rstrip("/"))
    yield built
    built.engine.dispose()
    await server.close()


@asynccontextmanager
async def console_of(base: str, name: str):
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.post(f"{base}/api/login", json={"username": name, "password": PASSWORD}) as answer:
            csrf = (await answer.json())["csrf"]
        yield Console(base, session, csrf)
