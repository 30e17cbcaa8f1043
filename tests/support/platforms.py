"""A real desk with an account on every platform, and a stub in the platforms' place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.channels.platform import Callback, WeChatPlatform, WeComPlatform, platform_for
from bot.channels.registry import KINDS, build_accounts
from handoff.web import keys
from tests.contract.conftest import ACCOUNTS
from tests.contract.stub import Stub

from .desk import Desk, running_desk
from .scripted_bot import ScriptedBot
from .street import EVERYTHING

NAMES = {"wechat": "oa", "miniprogram": "mini", "wecom_kf": "kf", "web": "web"}


@dataclass
class Platforms:
    """The desk, and the platforms' side of each of its accounts."""

    desk: Desk
    bot: ScriptedBot
    stub: Stub
    http: ClientSession
    oa: WeChatPlatform
    mini: WeChatPlatform
    kf: WeComPlatform

    async def call(self, kind: str, callback: Callback) -> tuple[int, str]:
        """The platform calls the desk; (status, body) of the answer."""
        url = f"{self.desk.base}/channels/{KINDS[kind].path}/{NAMES[kind]}"
        async with self.http.post(url, params=callback.query, data=callback.body) as answer:
            return answer.status, await answer.text()

    async def conversation(self, kind: str, sender: str):
        return await self.desk.ledger.read(lambda tx: tx.conversations.find(NAMES[kind], sender))

    async def transcript(self, kind: str, sender: str) -> list:
        def read(tx) -> list:
            found = tx.conversations.find(NAMES[kind], sender)
            return tx.messages.after(found.id, 0) if found else []

        return await self.desk.ledger.read(read)

    async def tasks(self) -> list[tuple[str, str]]:
        return [
            (t["kind"], t["text"]) for t in await self.desk.ledger.read(lambda tx: tx.records.open_tasks(EVERYTHING))
        ]

    async def until(self, holds: Callable[[], Awaitable[Any]], seconds: float = 20) -> Any:
        """Waits for what the desk has still to do: looks again whenever something was committed."""
        async with self.desk.app[keys.LIVE].listen() as events:
            while not (found := await holds()):
                await asyncio.wait_for(events.get(), seconds)
        return found

    async def said(self, kind: str, sender: str, words: str, seconds: float = 20) -> str:
        """The text with these words, once the desk has sent it to this person."""

        async def sent() -> str | None:
            for message in await self.transcript(kind, sender):
                if message.sender != "resident" and message.state == "sent" and words in message.text:
                    return message.text
            return None

        return await self.until(sent, seconds)


@asynccontextmanager
async def platforms(
    folder: Path, database: str, clock=None, stub: Stub | None = None, more: tuple[dict[str, str], ...] = (), **env: str
) -> AsyncIterator[Platforms]:
    """`more` are further accounts beside one of each kind."""
    entries = [{"name": NAMES[kind], "kind": kind, **settings} for kind, settings in ACCOUNTS.items()] + [*more]
    (folder / "channels.yml").write_text(yaml.safe_dump(entries), "utf-8")
    channels = build_accounts(entries, {})
    sides = {kind: platform_for(channels[name]) for kind, name in NAMES.items()}
    stub = stub or Stub()
    stub.mailbox = stub.mailbox or sides["wecom_kf"]
    async with TestServer(stub.app()) as server, ClientSession() as http:
        stub.url = str(server.make_url("")).rstrip("/")
        bases = {"WECHAT_API_BASE": stub.url, "WECOM_API_BASE": stub.url}
        async with running_desk(folder, database, **bases, **env) as (desk, bot):
            yield Platforms(desk, bot, stub, http, sides["wechat"], sides["miniprogram"], stub.mailbox)
        stub.release()
