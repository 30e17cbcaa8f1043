"""A busy afternoon: a thousand residents wait, two hundred consoles watch."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from aiohttp import ClientSession, CookieJar, TCPConnector

from handoff.domain.clock import SystemClock
from handoff.service import accounts
from handoff.store.ledger import Ledger
from tests.support.desk import PASSWORD, free_port
from tests.support.processes import BotProcess, DeskProcess, environment, migrated, running
from tests.support.town import Town

from .door import WORDS, fill

CONSOLES, ROUNDS = 200, 9


@dataclass(frozen=True)
class ConsolesResult:
    queue: float  # milliseconds to read the whole queue
    told: float  # milliseconds from a resident's message until the last console knows of it
    memory: int


async def measure(folder: Path, database: str) -> ConsolesResult:
    Town.write_accounts(folder)
    await migrated(database)
    fill(database, folder)
    ledger = Ledger(database, None)
    ledger.write_now(accounts.create, "wang", "supervisor", PASSWORD, SystemClock().now())
    ledger.close()
    bot = BotProcess(folder, free_port())
    desk = DeskProcess(environment(folder, database, free_port(), bot.base))
    jar, connector = CookieJar(unsafe=True), TCPConnector(limit=0)
    async with ClientSession(cookie_jar=jar, connector=connector) as http, running(http, bot, desk):
        async with http.post(f"{desk.base}/api/login", json={"username": "wang", "password": PASSWORD}) as answer:
            answer.raise_for_status()
        queue = [await _queue(http, desk.base) for _ in range(ROUNDS)]
        consoles = await asyncio.gather(*(http.ws_connect(f"{desk.base}/api/live") for _ in range(CONSOLES)))
        told = [await _told(Town(http), desk.base, consoles, number) for number in range(ROUNDS)]
        memory = desk.memory
        await asyncio.gather(*(console.close() for console in consoles))
    return ConsolesResult(median(queue), median(told), memory)


async def _queue(http: ClientSession, base: str) -> float:
    begun = time.perf_counter()
    async with http.get(f"{base}/api/queue") as answer:
        if not (await answer.json())["waiting"]:
            raise AssertionError("nobody waits")
    return 1000 * (time.perf_counter() - begun)


async def _told(town: Town, base: str, consoles, number: int) -> float:
    begun = time.perf_counter()
    heard = [asyncio.create_task(console.receive_json(timeout=60)) for console in consoles]
    await town.says([base], "mini", f"o-{number}", WORDS)
    await asyncio.gather(*heard)
    return 1000 * (time.perf_counter() - begun)
