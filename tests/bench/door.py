"""The door: signed and encrypted callbacks → decrypted, screened, committed to the ledger, acknowledged."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from aiohttp import ClientSession
from sqlalchemy import update

from bot.channels.platform import platform_for
from bot.channels.registry import build_accounts
from handoff import settings as settings_module
from handoff.domain.ownership import held_by
from handoff.store.engine import make_engine
from handoff.store.ledger import Ledger
from handoff.store.schema import conversations
from tests.support.desk import free_port
from tests.support.processes import BotProcess, DeskProcess, environment, migrated, running
from tests.support.town import ACCOUNTS, PATHS, Town

from .load import Measured, middle, offer, request_bytes

RESIDENTS = 1000
ROUNDS, LASTING = 3, 12  # rounds, and how many of them one takes that lasts
WORDS = "幸福小区3号楼的路灯坏了三天了，晚上老人出门害怕"
_serial = itertools.count(2**62)


@dataclass(frozen=True)
class DoorResult:
    bare: float  # durable commits a second of one row each, one after the other, on the same disk
    at_500: Measured
    at_1000: Measured
    most: Measured
    cpu: float  # milliseconds of the desk's processor time a message, whatever else the machine does
    memory: int  # bytes of the desk


async def measure(folder: Path, database: str, seconds: float) -> DoorResult:
    Town.write_accounts(folder)
    await migrated(database)
    bare = bare_commits(database)
    # Of those who wait each message would be read a second time (handoff/workers/overhearing.py): here a person talks to all.
    fill(database, folder, owner=held_by("wang"))
    bot = BotProcess(folder, free_port())
    desk = DeskProcess(environment(folder, database, free_port(), bot.base))
    async with ClientSession() as http, running(http, bot, desk):
        await offer(desk.base, requests(desk.base, 600), 300)  # warm
        at_500 = await _rounds(desk.base, 500, seconds)
        at_1000 = await offer(desk.base, requests(desk.base, int(1000 * LASTING * seconds)), 1000)  # without a pause
        flood = requests(desk.base, int(1000 * seconds))
        before = desk.cpu
        most = await offer(desk.base, flood, 5000)
        return DoorResult(bare, at_500, at_1000, most, 1000 * (desk.cpu - before) / len(flood), desk.memory)


async def _rounds(base: str, rate: int, seconds: float) -> Measured:
    return middle([await offer(base, requests(base, int(rate * seconds)), rate) for _ in range(ROUNDS)])


def bare_commits(database: str, seconds: float = 2.0) -> float:
    """How often this database makes one small row durable in a second: what a desk without groups could never pass."""
    engine, count = make_engine(database), 0
    with engine.connect().execution_options(writes=True) as connection:
        with connection.begin():
            connection.exec_driver_sql("CREATE TABLE bench_bare (id INTEGER PRIMARY KEY, body VARCHAR(200))")
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            with connection.begin():
                connection.exec_driver_sql(f"INSERT INTO bench_bare VALUES ({count}, '{'x' * 200}')")
            count += 1
        with connection.begin():
            connection.exec_driver_sql("DROP TABLE bench_bare")
    engine.dispose()
    return count / seconds


def fill(database: str, folder: Path, owner: str = "queue") -> None:
    """Residents whom the bot answers no more: their messages are stored and shown."""
    now = datetime.now(timezone.utc)
    office = settings_module.load({"VAR_DIR": str(folder)}).office

    def work(tx) -> None:
        for number in range(RESIDENTS):
            tx.conversations.open("mini", "miniprogram", f"o-{number}", now)
        since = {"waiting_since": now, "owner_seen_at": now, "closed_period": office.calendar.closed_period(now)}
        tx.connection.execute(update(conversations).values(owner=owner, **since))

    ledger = Ledger(database, None)
    ledger.write_now(work)
    ledger.close()


def requests(base: str, count: int) -> list[bytes]:
    side = platform_for(build_accounts(ACCOUNTS, {})["mini"])
    return [
        request_bytes(base, PATHS["mini"], side.text(f"o-{number % RESIDENTS}", WORDS, str(next(_serial))))
        for number in range(count)
    ]
