"""The database is away for a moment: what a platform delivers meanwhile is kept as long as the platform listens."""

import asyncio

import pytest
from sqlalchemy import text

from handoff.domain.errors import Unavailable
from handoff.store.ledger import make_engine
from tests.support.databases import fresh_database, give_back
from tests.support.desk import running_desk
from tests.support.town import PATHS, Town

PUSHED = ["oa", "mini"]
WORDS = "路灯坏了"


@pytest.fixture
def database(tmp_path):
    """PostgreSQL: for SQLite the writer waits by itself until the file is free."""
    url = fresh_database("postgresql", tmp_path)
    yield url
    give_back(url)


class Guarded:
    """Nobody gets into the database while it is shut; those inside are thrown out."""

    def __init__(self, url: str) -> None:
        self._name, self._outside = url.rsplit("/", 1)[1], make_engine(url.rsplit("/", 1)[0] + "/postgres")

    def shut(self) -> None:
        self._run(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS false')
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'")

    def open(self) -> None:
        self._run(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS true')

    def _run(self, statement: str) -> None:
        with self._outside.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))


@pytest.fixture
def guarded(database):
    guarded = Guarded(database)
    yield guarded
    guarded.open()


def refusals_of(ledger) -> asyncio.Event:
    """Set when the ledger has refused to store once."""
    refused, write = asyncio.Event(), ledger.write_together

    async def watched(*args):
        try:
            return await write(*args)
        except Unavailable:
            refused.set()
            raise

    ledger.write_together = watched
    return refused


@pytest.mark.parametrize("account", PUSHED)
async def test_what_comes_meanwhile_is_stored_once_and_acknowledged(tmp_path, database, guarded, http, account):
    Town.write_accounts(tmp_path)
    town = Town(http)
    async with running_desk(tmp_path, database, RATE_PER_SENDER="1") as (desk, _):  # one message is counted as one
        refused = refusals_of(desk.ledger)
        guarded.shut()
        delivered = asyncio.create_task(town.deliver(desk.base, account, town.sides[account].text("o-1", WORDS)))
        await asyncio.wait_for(refused.wait(), 30)
        guarded.open()
        assert await delivered == 200
        assert await desk.ledger.read(lambda tx: tx.conversations.get(1).resident_seq) == 1


@pytest.mark.parametrize("account", PUSHED)
async def test_a_longer_absence_is_answered_without_a_word(tmp_path, database, guarded, http, account):
    """WeChat shows the resident a fault of the account when it cannot read the answer."""
    Town.write_accounts(tmp_path)
    callback = Town(http).sides[account].text("o-1", WORDS)
    async with running_desk(tmp_path, database) as (desk, _):
        guarded.shut()
        async with http.post(desk.base + PATHS[account], params=callback.query, data=callback.body) as answer:
            assert (answer.status, await answer.read()) == (503, b"")
        guarded.open()
