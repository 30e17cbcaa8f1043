import os

import pytest
from aiohttp import ClientSession

from tests.support.desk import drop_database, fresh_database, running_desk


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "postgresql" and not os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("TEST_DATABASE_URL is not set")
    url = fresh_database(request.param, tmp_path)
    yield url
    drop_database(url)


@pytest.fixture
async def desk(tmp_path, database):
    async with running_desk(tmp_path, database) as (running, _):
        yield running


@pytest.fixture
async def http():
    async with ClientSession() as session:
        yield session
