"""Accounts of every registered kind, a clock that only tests move, and a stub server in the platforms' place."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.channels.api import Tokens
from bot.channels.channel import Channel
from bot.channels.message import Inbound, Outgoing, Receipt
from bot.channels.platform import Callback, Platform, platform_for
from bot.channels.registry import KINDS, build_accounts
from bot.channels.token import MemoryTokenStore

from .stub import Stub

VECTORS = Path(__file__).with_name("vectors")
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WECHAT = {"app_id": "wx9900000000000001", "token": "street", "app_secret": "secret", "encoding_aes_key": AES_KEY}

# One account per registered kind: a new channel adds its line here and the whole suite runs for it.
ACCOUNTS: dict[str, dict[str, str]] = {
    "wechat": WECHAT,
    "miniprogram": WECHAT,
    "wecom_kf": {
        "corp_id": "ww9900000000000001",
        "secret": "secret",
        "token": "street",
        "encoding_aes_key": AES_KEY,
        "open_kfid": "wk99000001",
    },
    "web": {},
}


def vectors(name: str) -> list[Any]:
    """The cases of one vector file as pytest parameters, named by their ids."""
    cases = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return [pytest.param(case, id=case["id"]) for case in cases]


class SetClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Side:
    """Both ends of one channel."""

    channel: Channel
    platform: Platform
    stub: Stub
    session: aiohttp.ClientSession
    tokens: Tokens
    clock: SetClock

    async def hear(self, callback: Callback, cursor: str = "") -> list[Inbound]:
        """What a callback brings, pulled where the platform wants that."""
        received = self.channel.receive(callback.query, callback.body)
        inbounds = list(received.inbounds)
        if received.notice:
            async for page in self.channel.pull(self.session, self.tokens, received.notice, cursor):
                inbounds += page.inbounds
        return inbounds

    async def send(self, outgoing: Outgoing, to: str = "resident-99", message_id: str = "m-1") -> Receipt:
        return await self.channel.send(self.session, self.tokens, to, outgoing, message_id)


def account(kind: str, clock: SetClock, api_base: str = "", **settings: str) -> Channel:
    """One account of `kind`, through the same door as channels.yml."""
    entry = {"name": "street", "kind": kind, **ACCOUNTS[kind], **settings}
    env = {KINDS[kind].base_setting: api_base} if api_base else {}
    return build_accounts([entry], env, clock)["street"]


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc))


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    stub = Stub()
    stub.refuses_repeats = False  # one id serves for every text here
    async with TestServer(stub.app()) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub
        stub.release()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def side_of(kind: str, stub: Stub, session: aiohttp.ClientSession, clock: SetClock, **settings: str) -> Side:
    channel = account(kind, clock, stub.url, **settings)
    platform = platform_for(channel, clock)
    if kind == "wecom_kf":
        stub.mailbox = platform
    return Side(channel, platform, stub, session, channel.tokens(session, MemoryTokenStore()), clock)


@pytest.fixture(params=sorted(KINDS))
def side(request: pytest.FixtureRequest, stub: Stub, session: aiohttp.ClientSession, clock: SetClock) -> Side:
    """Both ends of every registered channel in turn."""
    return side_of(request.param, stub, session, clock)


@pytest.fixture(params=sorted(kind for kind in KINDS if KINDS[kind].base_setting))
def remote(request: pytest.FixtureRequest, stub: Stub, session: aiohttp.ClientSession, clock: SetClock) -> Side:
    """Both ends of every channel behind which a platform stands."""
    return side_of(request.param, stub, session, clock)


@pytest.fixture
def wechat(stub: Stub, session: aiohttp.ClientSession, clock: SetClock) -> Side:
    return side_of("wechat", stub, session, clock)


@pytest.fixture
def wecom(stub: Stub, session: aiohttp.ClientSession, clock: SetClock) -> Side:
    return side_of("wecom_kf", stub, session, clock)


@pytest.fixture
def page(stub: Stub, session: aiohttp.ClientSession, clock: SetClock) -> Side:
    return side_of("web", stub, session, clock)
