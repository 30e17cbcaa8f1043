import asyncio
import os

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from handoff.domain.clock import FixedClock
from handoff.store.ledger import Ledger, make_engine
from handoff.store.migrate import migrate
from handoff.store.vault import Vault
from tests.contract.stub import Stub
from tests.support.databases import fresh_database, give_back
from tests.support.desk import running_desk
from tests.support.platforms import platforms
from tests.support.scene import Scene
from tests.support.street import NOW, Street, open_ledger, street


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "postgresql" and not os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("TEST_DATABASE_URL is not set")
    url = fresh_database(request.param, tmp_path)
    yield url
    give_back(url)


@pytest.fixture
async def desk(tmp_path, database):
    async with running_desk(tmp_path, database) as (running, _):
        yield running


@pytest.fixture
async def town(tmp_path, database):
    """A desk with every channel, and their platforms."""
    async with platforms(tmp_path, database) as town:
        yield town


@pytest.fixture
async def http():
    async with ClientSession() as session:
        yield session


@pytest.fixture
def ledger(database):
    engine = make_engine(database)
    migrate(engine)
    engine.dispose()
    ledger = Ledger(database, Vault("only-for-tests-0000"))
    yield ledger
    ledger.close()


@pytest.fixture
def scene(ledger):
    return Scene(ledger)


@pytest.fixture
async def stub():
    """The platform's API."""
    stub = Stub()
    async with TestServer(stub.app()) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub
        stub.release()


@pytest.fixture
async def make(database, stub):
    """Makes a street on one ledger; called again, a second desk on the same ledger."""
    ledgers, clock = [], FixedClock(NOW)
    async with ClientSession() as session:

        async def made(kind: str = "wechat", **settings: str) -> Street:
            ledgers.append(await asyncio.to_thread(open_ledger, database))
            return street(kind, stub, session, ledgers[-1], clock, **settings)

        yield made
        for ledger in ledgers:
            await asyncio.to_thread(ledger.close)
