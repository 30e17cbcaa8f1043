"""The clockwork: danger that nobody came to is paged again, silent caseworkers give the place back, what was told and not
confirmed is asked once more, the queue widens, what is kept too long is forgotten."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..service import attachments, attempts, phoning, queue, retention, silence, unfinished
from ..service.office import Office
from .faults import named

logger = logging.getLogger(__name__)
EVERY = 30.0


class Housekeeping:
    """`chat_kept` None: the operator has not set how long chats are kept, so none is deleted."""

    def __init__(
        self,
        ledger,
        office: Office,
        raw_kept: timedelta,
        media_kept: timedelta,
        chat_kept: timedelta | None,
        clock: Clock,
    ) -> None:
        self._ledger, self._office, self._clock = ledger, office, clock
        self._raw_kept, self._media_kept, self._chat_kept = raw_kept, media_kept, chat_kept

    async def run(self) -> None:
        while True:
            try:
                await self.once()
            except Unavailable:
                logger.warning("ledger away; housekeeping waits")
            await asyncio.sleep(EVERY)

    async def once(self) -> None:
        """Whoever is in danger first; then each step by itself, and in it each conversation in a transaction of its own:
        one that fails, or that another desk moved, must not hold up the others."""
        now, office, do = self._clock.now(), self._office, self._do
        await self._each(queue.unanswered, (now,), lambda one: (queue.page_again, one, now))
        await self._each(silence.held, (), lambda one: (silence.give_back, office, one, now))
        await self._each(unfinished.waiting, (now,), lambda one: (unfinished.remind, one, now))
        await self._each(queue.narrow, (office, now), lambda one: (queue.widen, office, one, now))
        await do(_forget, now - self._raw_kept)
        await do(phoning.forget, now)
        await do(attempts.give_up_held, now)
        while await do(attachments.forget, now - self._media_kept):
            continue
        while self._chat_kept is not None and await do(retention.purge, self._chat_kept, now):
            continue

    async def _each(self, find: Callable, args: tuple, work: Callable[[int], tuple]) -> None:
        """Does `work` for every conversation that `find(tx, *args)` finds."""
        for conversation_id in await self._unharmed(self._ledger.read(find, *args)) or ():
            await self._do(*work(conversation_id))

    async def _do(self, work: Callable, *args: Any) -> Any:
        return await self._unharmed(self._ledger.write(work, *args))

    async def _unharmed(self, step: Awaitable) -> Any:
        """What the step returns, None when it fails: the clockwork goes on, and tries it again the next time. Raises
        `Unavailable` when the ledger is away."""
        try:
            return await step
        except Unavailable:
            raise
        except Exception as error:  # one row that is bad
            logger.error("a step of housekeeping failed: %s", named(error))
            return None


def _forget(tx, before) -> int:
    return tx.messages.drop_raw(before)
