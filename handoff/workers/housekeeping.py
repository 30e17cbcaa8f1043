"""The clockwork: silent caseworkers give the place back, raw payloads are forgotten in time."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..domain.models import Conversation
from ..service import attachments, ownership, sending
from ..service.office import Office

logger = logging.getLogger(__name__)
EVERY = 30.0


class Housekeeping:
    def __init__(self, ledger, office: Office, raw_kept: timedelta, media_kept: timedelta, clock: Clock) -> None:
        self._ledger, self._office, self._raw_kept, self._clock = ledger, office, raw_kept, clock
        self._media_kept = media_kept

    async def run(self) -> None:
        while True:
            try:
                await self.once()
            except Unavailable:
                logger.warning("ledger away; housekeeping waits")
            await asyncio.sleep(EVERY)

    async def once(self) -> None:
        now = self._clock.now()
        await self._ledger.write(give_back_silent, self._office, now)
        await self._ledger.write(_forget, now - self._raw_kept)
        await self._ledger.write(sending.give_up_held, now)
        while await self._ledger.write(attachments.forget, now - self._media_kept):
            continue


def give_back_silent(tx, office: Office, now) -> list[int]:
    """Conversations whose caseworker let a waiting resident sit for longer than the published rule, in office hours."""
    if not office.calendar.is_open(now):
        return []
    given = []
    for conversation in tx.conversations.held_by_people():
        if _unanswered_since(tx, conversation, now - office.silent_after):
            ownership.expire(tx, office, conversation, now)
            given.append(conversation.id)
    return given


def _unanswered_since(tx, conversation: Conversation, before) -> bool:
    """Whether the oldest resident message after the last human one is older than `before`."""
    waiting = None
    for message in tx.messages.last(conversation.id, 50):
        if message.sender == "human" and message.kind != "note":
            waiting = None
        elif message.sender == "system" and message.kind == "text":
            waiting = None if waiting is None else waiting
        elif message.sender == "resident" and waiting is None:
            waiting = message
    return waiting is not None and waiting.at < before


def _forget(tx, before) -> int:
    return tx.messages.drop_raw(before)
