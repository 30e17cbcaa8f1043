"""Platforms whose callback only rings (微信客服): what waits there is fetched page by page, and nothing is skipped.

The cursor is kept once all of a page is in the ledger; a page that comes twice is stored once. An item that cannot be
taken in becomes a person's (service/set_aside.py); only a ledger that is away stops the page. One pull at a time per
account and desk; all that rings meanwhile is fetched by one more after it, since what is under way may have passed it
by. A ring may be lost, so every account is looked into now and then without one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.channels.message import Inbound, Notice, Page, SendFailure, stable_key

from ..domain.clock import Clock
from ..domain.errors import TooMany, Unavailable
from ..service import first_pull, happenings, set_aside
from ..service.attempts import delay
from ..service.intake import Accepted
from .channels import Account
from .client_sessions import ClientSessions
from .faults import first_that_can, named

logger = logging.getLogger(__name__)
TRIES = 8  # of a failed pull, some minutes; after them the next ring or look fetches it
SWEEP = timedelta(minutes=5)  # an account that has not been asked for so long is asked without a ring
LOOK = 10.0  # seconds between looks, about: each asks one account, so that many are not asked in one moment

# accept(inbound, channel kind, raw payload, limited) → what became of it. Raises `TooMany` only when limited.
Accept = Callable[[Inbound, str, bytes | None, bool], Awaitable[Accepted]]


class Puller:
    def __init__(self, ledger, accounts: dict[str, Account], accept: Accept, clock: Clock) -> None:
        self._ledger, self._accounts, self._accept, self._clock = ledger, accounts, accept, clock
        self._sessions = ClientSessions(ledger, accounts, clock)
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task] = set()
        self._rung: dict[str, tuple[asyncio.Task, Notice]] = {}  # the pull that each account waits for, its newest ring
        self._retrying: set[str] = set()
        self._asked: dict[str, datetime] = {}  # when each account was last asked for what waits

    async def run(self) -> None:
        """At the start what came while no desk was there to hear the bell, then what came without one."""
        for account in self._accounts.values():
            notice = account.missed()
            if notice is not None:
                self.begin(account, notice)
        asks = None
        while True:
            await asyncio.sleep(LOOK * random.uniform(0.5, 1.5))  # desks that began together do not ask together
            self.sweep()
            if asks is None or asks.done():
                self._keep(asks := asyncio.create_task(self._sessions.sweep()))

    def sweep(self) -> asyncio.Task | None:
        """Asks the account that has not been asked for longest, if it is due; what fails is due again after `SWEEP`."""
        before = self._clock.now() - SWEEP
        due = [name for name, asked in self._asked.items() if asked <= before]
        if not due:
            return None
        account = self._accounts[min(due, key=self._asked.__getitem__)]
        task = asyncio.create_task(self.pull(account, account.missed()))
        self._keep(task)
        return task

    def begin(self, account: Account, notice: Notice) -> asyncio.Task:
        """Starts to fetch, or joins the rings that wait for the pull under way; the task ends with the first attempt, and
        failed ones go on behind it."""
        name = account.channel.name
        task = self._rung[name][0] if name in self._rung else None
        if task is None or task.done():
            task = asyncio.create_task(self._first(account))
            self._keep(task)
        self._rung[name] = task, notice
        return task

    def _keep(self, task: asyncio.Task) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() and not isinstance(task.exception(), Unavailable):
            logger.error("pulling failed: %s", named(task.exception()))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _first(self, account: Account) -> None:
        name = account.channel.name
        try:
            async with self._alone(account):
                _, notice = self._rung.pop(name)  # what rings from here on may come too late for this pull
                await self._fetch(account, notice)
        except Unavailable:
            if name not in self._retrying:
                self._retrying.add(name)
                self._keep(asyncio.create_task(self._again(account, notice)))
            raise

    async def _again(self, account: Account, notice: Notice) -> None:
        try:
            for attempt in range(TRIES):
                await asyncio.sleep(delay(attempt).total_seconds())
                try:
                    return await self.pull(account, notice)
                except Unavailable:
                    logger.warning("pull of %s failed, attempt %s", account.channel.name, attempt + 2)
        finally:
            self._retrying.discard(account.channel.name)

    async def pull(self, account: Account, notice: Notice) -> None:
        """Fetches all that waits. Raises `Unavailable` when the platform or the ledger does not answer."""
        async with self._alone(account):
            await self._fetch(account, notice)

    def _alone(self, account: Account) -> asyncio.Lock:
        name = account.channel.name
        self._asked[name] = self._clock.now()
        return self._locks.setdefault(name, asyncio.Lock())

    async def _fetch(self, account: Account, notice: Notice) -> None:
        name = stable_key(account.channel.name, notice.open_kfid)
        place = await self._ledger.read(first_pull.reached, name)
        place = place or await self._ledger.write(first_pull.begin, name, notice.at)
        try:
            async for page in account.pull(notice, place.cursor, place.began):
                place = place.on(page.cursor, await self._take(account, page))
                await self._ledger.write(first_pull.save, name, place)
        except SendFailure as failure:
            logger.warning("pull refused: %s %s", failure.disposition, failure.code)
            raise Unavailable() from failure
        if place.began:
            now = self._clock.now()
            await self._ledger.write(first_pull.come_through, name, place, account.channel.name, now)

    async def _take(self, account: Account, page: Page) -> int:
        """Stores one page; returns how many older messages of a first pull were in it."""
        backlog, name, now, write = 0, account.channel.name, self._clock.now(), self._ledger.write
        tell = partial(write, set_aside.tell, name, now)
        for inbound in page.inbounds:
            backlog += bool(inbound.data.get("backlog")) and inbound.kind != "event"
            keeps = [partial(write, *way) for way in set_aside.ways(inbound, account.kind, now)]
            await first_that_can(name, partial(self._take_one, account, inbound), *keeps, tell)
        for duty in page.duties:
            if not duty.on:
                await first_that_can(name, partial(write, happenings.off_duty, duty.servicer, now), tell)
        return backlog

    async def _take_one(self, account: Account, inbound: Inbound) -> None:
        accepted = await self._store(account, inbound)
        if inbound.conversational and inbound.author == "resident":
            await self._sessions.look(account, accepted.conversation_id)

    async def _store(self, account: Account, inbound: Inbound) -> Accepted:
        try:
            return await self._accept(inbound, account.kind, inbound.raw or None, True)
        except TooMany:
            # Behind the cursor nothing comes again: the flood of one resident is kept, but not answered one by one.
            quiet = replace(inbound, conversational=False, data={**inbound.data, "flood": True})
            return await self._accept(quiet, account.kind, inbound.raw or None, False)

    def look_who_serves(self, account: Account, conversation_id: int) -> None:
        """For a message that a callback brought, behind its answer."""
        if account.tells_who_serves:
            self._keep(asyncio.create_task(self._sessions.look(account, conversation_id)))
