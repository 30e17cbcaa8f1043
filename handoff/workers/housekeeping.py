"""The clockwork: silent caseworkers give the place back, what was told and not confirmed is asked once more, the queue
widens, what is kept too long is forgotten."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..service import attachments, phoning, queue, retention, sending, silence, unfinished
from ..service.office import Office

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
        """Each conversation in a transaction of its own: one that another desk moved must not hold up the others."""
        now = self._clock.now()
        for conversation_id in await self._ledger.read(silence.held):
            await self._ledger.write(silence.give_back, self._office, conversation_id, now)
        for conversation_id in await self._ledger.read(unfinished.waiting, now):
            await self._ledger.write(unfinished.remind, conversation_id, now)
        await self._ledger.write(queue.widen, self._office, now)
        await self._ledger.write(queue.page_again, now)
        await self._ledger.write(_forget, now - self._raw_kept)
        await self._ledger.write(phoning.forget, now)
        await self._ledger.write(sending.give_up_held, now)
        while await self._ledger.write(attachments.forget, now - self._media_kept):
            continue
        while self._chat_kept is not None and await self._ledger.write(retention.purge, self._chat_kept, now):
            continue


def _forget(tx, before) -> int:
    return tx.messages.drop_raw(before)
