"""Runs the bot's turns: one at a time per conversation, several conversations at once."""

from __future__ import annotations

import asyncio
import logging
import secrets

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..service import turns
from ..service.commands import Refused
from ..service.office import Office
from .faults import named
from .rasa import Rasa, RasaAway

logger = logging.getLogger(__name__)
SWEEP = 5.0  # seconds between looks for turns whose desk died
AT_ONCE = 16  # more would only queue inside Rasa


class TurnRunner:
    def __init__(self, ledger, rasa: Rasa, office: Office, clock: Clock) -> None:
        self._ledger, self._rasa, self._office, self._clock = ledger, rasa, office, clock
        self._running: dict[int, asyncio.Task] = {}
        self._again: set[int] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def wake(self, conversation_id: int) -> asyncio.Task:
        """Makes sure that the conversation's waiting messages get their turns; returns the task that sees to it."""
        task = self._running.get(conversation_id)
        if task is None or task.done():
            task = asyncio.create_task(self._run(conversation_id), name=f"turn-{conversation_id}")
            self._running[conversation_id] = task
            task.add_done_callback(lambda done: self._finished(conversation_id, done))
        else:
            self._again.add(conversation_id)
        return task

    def _finished(self, conversation_id: int, task: asyncio.Task) -> None:
        if self._running.get(conversation_id) is task:
            del self._running[conversation_id]
        if not task.cancelled() and task.exception():
            logger.error("turn failed: %s", named(task.exception()))
        if conversation_id in self._again and not task.cancelled():
            self._again.discard(conversation_id)
            self.wake(conversation_id)

    async def _run(self, conversation_id: int) -> None:
        while True:
            async with self._slots:
                self._again.discard(conversation_id)
                turn = await self._begin(conversation_id)
                if turn is None:
                    return
                await self._take(turn)

    async def _begin(self, conversation_id: int) -> turns.Turn | None:
        of_it = self._office, conversation_id, secrets.token_hex(16)
        try:
            return await self._ledger.write(turns.begin, *of_it, self._clock.now())
        except Unavailable:
            logger.warning("ledger away; the turn of conversation %s waits", conversation_id)
        except Exception as error:  # as in `_take`
            logger.error("turn of conversation %s cannot begin: %s", conversation_id, named(error))
            await self._ledger.write_surely(turns.pass_on, *of_it, self._clock.now())
        return None

    async def _take(self, turn: turns.Turn) -> None:
        try:
            proposed = await self._rasa.propose(turn)
            await self._ledger.write_surely(turns.commit, self._office, turn, proposed, self._clock.now())
        except turns.TurnLost:
            logger.warning("turn of conversation %s was taken over", turn.before.id)
        except (RasaAway, Refused) as error:
            logger.warning("no usable proposal for conversation %s: %s", turn.before.id, error)
            await self._give_to_person(turn)
        except Unavailable:
            raise  # the sweep takes it up again when the ledger is back
        except Exception as error:  # whatever it is, trying the same again would keep the resident waiting for ever
            logger.error("turn of conversation %s failed: %s", turn.before.id, named(error))
            await self._give_to_person(turn)

    async def _give_to_person(self, turn: turns.Turn) -> None:
        try:
            await self._ledger.write_surely(turns.fail, self._office, turn, self._clock.now())
        except turns.TurnLost:
            logger.warning("turn of conversation %s was taken over", turn.before.id)

    async def sweep(self) -> None:
        """Picks up turns that nobody runs: of a desk that died, or that waited through a restart."""
        while True:
            try:
                for conversation_id in await self._ledger.read(_waiting, self._clock.now()):
                    self.wake(conversation_id)
            except Unavailable:
                logger.warning("ledger away; turns wait")
            await asyncio.sleep(SWEEP)

    async def stop(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _waiting(tx, now) -> list[int]:
    return tx.conversations.with_waiting_turns(now)
