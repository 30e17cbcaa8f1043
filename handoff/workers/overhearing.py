"""Has the messages read that residents send while they wait for a person: one at a time per conversation, a few at once.

What cannot be read now is left to the person who takes over, as it always was: nothing is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..service import overhearing
from ..service.office import Office
from .faults import named
from .rasa import Rasa, RasaAway

logger = logging.getLogger(__name__)
AT_ONCE = 4  # the turns of those who wait for the bot's answer go before
MOST = 50  # messages of one conversation that wait to be read


class Overhearing:
    def __init__(self, ledger, rasa: Rasa, office: Office, clock: Clock) -> None:
        self._ledger, self._rasa, self._office, self._clock = ledger, rasa, office, clock
        self._unread: dict[int, deque[int]] = {}
        self._running: dict[int, asyncio.Task] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    def wake(self, conversation_id: int, seq: int) -> asyncio.Task:
        """Makes sure that the message is read after those before it; returns the task that sees to it."""
        unread = self._unread.setdefault(conversation_id, deque())
        if len(unread) < MOST:
            unread.append(seq)
        if conversation_id not in self._running:
            task = asyncio.create_task(self._run(conversation_id, unread), name=f"overhearing-{conversation_id}")
            self._running[conversation_id] = task
        return self._running[conversation_id]

    async def _run(self, conversation_id: int, unread: deque[int]) -> None:
        while unread:
            async with self._slots:
                await self._read(conversation_id, unread.popleft())
        del self._unread[conversation_id], self._running[conversation_id]

    async def _read(self, conversation_id: int, seq: int) -> None:
        try:
            one = await self._ledger.read(overhearing.begin, conversation_id, seq)
            if one is not None:
                understanding = await self._rasa.read(one.text)
                await self._ledger.write(overhearing.commit, self._office, one, understanding, self._clock.now())
        except (RasaAway, Unavailable) as error:
            logger.warning("message %s of conversation %s stays unread: %s", seq, conversation_id, type(error).__name__)
        except Exception as error:  # one bad reading must not keep the next from being read
            logger.error("reading message %s of conversation %s failed: %s", seq, conversation_id, named(error))

    async def stop(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
