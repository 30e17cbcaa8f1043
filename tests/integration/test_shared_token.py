"""One access token for all desks: real processes on one ledger, one request to the platform."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy import select, text

from bot.channels.registry import KINDS, build_accounts
from bot.channels.token import Token
from handoff.domain.clock import FixedClock, SystemClock
from handoff.domain.errors import Unavailable
from handoff.service import recovery
from handoff.store.schema import platform_tokens
from handoff.store.vault import Vault
from handoff.workers.channels import LedgerTokenStore
from tests.contract.conftest import ACCOUNTS
from tests.contract.stub import Stub
from tests.support.street import open_ledger

ROOT = Path(__file__).resolve().parents[2]
GRANT = "/cgi-bin/stable_token"
DESKS = 2


@pytest.fixture
async def platform():
    stub = Stub()
    async with TestServer(stub.app()) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub


@pytest.fixture
async def ledger(database):
    ledger = await asyncio.to_thread(open_ledger, database)
    yield ledger
    await asyncio.to_thread(ledger.close)


async def desks_ask(database: str, platform: Stub, wish: str) -> list[str]:
    """What each of several processes gets that ask in the same moment."""
    command = [sys.executable, "-m", "tests.support.token_process", database, platform.url, wish]
    desks = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        for _ in range(DESKS)
    ]
    for desk in desks:
        assert await desk.stdout.readline() == b"ready\n"
    for desk in desks:
        desk.stdin.close()
    told = []
    for desk in desks:
        out, complaint = await desk.communicate()
        assert desk.returncode == 0, complaint.decode()
        told.append(out.decode().strip())
    return told


def later(**span: float) -> datetime:
    return SystemClock().now() + timedelta(**span)


async def test_desks_that_need_a_token_at_once_ask_the_platform_once(database, ledger, platform):
    assert await desks_ask(database, platform, "get") == ["token-1"] * DESKS
    assert len(platform.calls(GRANT)) == 1


async def test_desks_whose_token_is_refused_at_once_force_one_renewal(database, ledger, platform):
    await LedgerTokenStore(ledger, SystemClock()).put("wechat:wx9900000000000001", Token("token-1", later(hours=2)))
    platform.granted = 1
    stale = "token-1"
    assert await desks_ask(database, platform, f"renew:{stale}") == ["token-2"] * DESKS
    assert [call.body["force_refresh"] for call in platform.calls(GRANT)] == [False, True]


@pytest.mark.parametrize("kind", ["wecom_kf", "wechat"])
async def test_the_token_of_the_longest_names_is_kept(ledger, platform, kind):
    names = {"corp_id": "w" * 64} if kind == "wecom_kf" else {"app_id": "w" * 64}
    env = {KINDS[kind].base_setting: platform.url}
    channel = build_accounts([{"name": "a" * 40, "kind": kind, **ACCOUNTS[kind], **names}], env)["a" * 40]
    async with ClientSession() as session:
        for _ in range(2):
            assert await channel.tokens(session, LedgerTokenStore(ledger, SystemClock())).token() == "token-1"
    assert len(platform.heard) == 1
    with ledger.engine.connect() as connection:
        (name,) = connection.execute(select(platform_tokens.c.account)).scalars()
    assert len(name) <= platform_tokens.c.account.type.length  # SQLite would take any


async def test_a_desk_that_died_while_asking_frees_the_others(ledger):
    clock = SystemClock()
    dead = LedgerTokenStore(ledger, clock)
    assert await ledger.write(dead._take, "wechat:wx", "dead")

    async with LedgerTokenStore(ledger, FixedClock(later(seconds=31))).lock("wechat:wx"):
        assert not await ledger.write(LedgerTokenStore(ledger, clock)._take, "wechat:wx", "third")


async def test_a_desk_that_died_while_asking_does_not_hold_up_the_next_one_if_that_is_alone(ledger):
    clock = FixedClock(later())  # on which no lock ever runs out
    assert await ledger.write(LedgerTokenStore(ledger, clock)._take, "wechat:wx", "dead")

    await ledger.write(recovery.free_all, clock.now())
    assert await ledger.write(LedgerTokenStore(ledger, clock)._take, "wechat:wx", "next")


async def test_a_desk_that_could_not_give_the_lock_back_takes_it_again_at_once(ledger):
    store = LedgerTokenStore(ledger, FixedClock(later()))  # on which no lock ever runs out
    with pytest.raises(Unavailable):
        async with store.lock("wechat:wx"):
            await rename(ledger, "platform_tokens", "away")
    await rename(ledger, "away", "platform_tokens")

    async with AsyncExitStack() as stack:
        await asyncio.wait_for(stack.enter_async_context(store.lock("wechat:wx")), 10)


async def rename(ledger, table: str, name: str) -> None:
    """A table that is not where it should be: what the database refuses then, it refuses as when its disk is full."""
    await ledger.write(lambda tx: tx.connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}")))


async def test_a_token_rests_sealed_and_one_of_another_key_is_fetched_anew(ledger):
    store = LedgerTokenStore(ledger, SystemClock())
    await store.put("wechat:wx", Token("very-secret", later(hours=2)))
    row = await ledger.read(lambda tx: tx.connection.execute(platform_tokens.select()).first())
    assert b"very-secret" not in row.token
    ledger._vault = Vault("another secret of tests")
    assert await store.get("wechat:wx") is None
