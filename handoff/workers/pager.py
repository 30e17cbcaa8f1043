"""Calls the person on duty for life and safety. The console rings by itself; a webhook is called where one is set."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..service import queue

logger = logging.getLogger(__name__)
SWEEP = 2.0
AGAIN = timedelta(seconds=20)


class Pager(Protocol):
    async def page(self, conversation_id: int, trigger: str) -> bool: ...


class ConsolePager:
    """The consoles ring on the `page` event itself. With none open nobody was called, and it is tried again."""

    def __init__(self, ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock

    async def page(self, conversation_id: int, trigger: str) -> bool:
        return await self._ledger.read(_rings, conversation_id, self._clock.now())


class WebhookPager:
    """POSTs `{"conversation", "trigger"}` to the operator's address; anything but 2xx is tried again. No words go out."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def page(self, conversation_id: int, trigger: str) -> bool:
        body = {"conversation": conversation_id, "trigger": trigger}
        try:
            async with self._session.post(self._url, json=body, timeout=ClientTimeout(total=5)) as response:
                return response.status < 300
        except (ClientError, asyncio.TimeoutError):
            return False


class PagerWorker:
    def __init__(self, ledger, pager: Pager, clock: Clock) -> None:
        self._ledger, self._pager, self._clock = ledger, pager, clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.page_due()
            except Unavailable:
                logger.warning("ledger away; pages wait")
            try:
                await asyncio.wait_for(self._wake.wait(), SWEEP)
            except asyncio.TimeoutError:
                continue

    async def page_due(self) -> None:
        now = self._clock.now()
        for page in await self._ledger.write(_take, now):
            if await self._pager.page(page["conversation_id"], page["trigger"]):
                await self._ledger.write(_delivered, page["id"], self._clock.now())
            else:
                logger.error("page %s not delivered, attempt %s", page["id"], page["attempts"] + 1)


def _rings(tx, conversation_id, now):
    return queue.rings(tx, tx.conversations.get(conversation_id), now)


def _take(tx, now):
    return tx.records.take_pages(now, now + AGAIN)


def _delivered(tx, page_id, now):
    tx.records.page_delivered(page_id, now)
