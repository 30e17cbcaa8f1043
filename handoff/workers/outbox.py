"""Sends what the outbox holds: in order per conversation, at least once, or tells a person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from bot.channels.api import unreachable
from bot.channels.message import GIVE_TO_PERSON, Receipt, SendFailure

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..domain.message_id import message_id
from ..service import attempts, reaching, sending, window
from ..service.sending import Sendable
from .channels import Account
from .faults import named
from .passive import PassiveReplies

logger = logging.getLogger(__name__)
SWEEP = 1.0  # seconds between looks for what became due
# Seconds that one attempt may take, tokens fetched and renewed included: a claim waits longer than this for what is on
# its way (`IN_FLIGHT_WAIT` in web/console_api.py).
ATTEMPT = 9.0
CODE_LASTS = timedelta(seconds=20)  # of the code that ending a service gives (微信客服)


class OutboxSender:
    """`reminding` names the accounts that can still say something when the reply window is closed.

    `grace`: how long a text is left to the desk that wrote it before another one takes it. There the platform's
    request may still be waiting for it, and an answer on that costs no send.
    """

    def __init__(
        self,
        ledger,
        channels: Callable[[str], Account | None],
        passive: PassiveReplies,
        clock: Clock,
        reminding: frozenset[str] = frozenset(),
        grace: timedelta = timedelta(0),
    ) -> None:
        self._ledger, self._channels, self._passive, self._clock = ledger, channels, passive, clock
        self._reminding, self._grace = reminding, grace
        self._wake = asyncio.Event()
        self._woken: set[int] = set()
        self._tasks: set[asyncio.Task] = set()

    def wake(self, conversation_id: int) -> None:
        """Something of this conversation may be sent now."""
        self._woken.add(conversation_id)
        self._wake.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        swept_at = -SWEEP
        while True:
            self._wake.clear()
            woken, self._woken = self._woken, set()
            try:
                if woken:
                    await self.send_due(woken)
                if loop.time() - swept_at >= SWEEP:
                    swept_at = loop.time()
                    await self.send_due()
            except Unavailable:
                logger.warning("ledger away; the outbox waits")
            try:
                await asyncio.wait_for(self._wake.wait(), SWEEP)
            except asyncio.TimeoutError:
                continue

    async def send_due(self, only: set[int] | None = None) -> None:
        """Begins to send what is due: of the conversations in `only`, or of all after the grace."""
        now = self._clock.now() - (timedelta(0) if only else self._grace)
        due = await self._ledger.write(sending.take, now, only, self._passive.waiting, self._reminding)
        for sendable in due:
            task = asyncio.create_task(self._send(sendable))
            self._tasks.add(task)
            task.add_done_callback(
                lambda done, conversation=sendable.item.conversation_id: self._sent(done, conversation)
            )

    def _sent(self, task: asyncio.Task, conversation_id: int) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.error("sending failed: %s", named(task.exception()))
        self.wake(conversation_id)  # its next text may be due now

    async def _send(self, sendable: Sendable) -> None:
        item, account = sendable.item, self._channels(sendable.item.account)
        if await self._rides(account, sendable):
            return
        try:
            if account is None:
                raise SendFailure(GIVE_TO_PERSON, 0, "这个渠道账号已停用")
            receipt = await asyncio.wait_for(self._attempt(account, sendable), ATTEMPT)
        except asyncio.TimeoutError:
            await self._refused(account, sendable, unreachable())
        except Unavailable:  # no words and no token without the ledger, so nothing was sent
            await self._surely(attempts.put_back, item)
        except SendFailure as failure:
            await self._refused(account, sendable, failure)
        else:
            if sendable.remind:
                await self._surely(attempts.reminded, sendable, receipt.platform_id)
            else:
                await self._surely(attempts.sent, sendable, receipt.platform_id)
                self._passive.release(item.account, item.recipient)

    async def _attempt(self, account: Account, sendable: Sendable) -> Receipt:
        item = sendable.item
        if sendable.remind:
            words = await self._ledger.read(reaching.reminder, item.conversation_id, self._clock.now())
            return await account.remind(item.recipient, words, message_id(item))
        return await account.send(item.recipient, sendable.part, message_id(item, sendable.number))

    async def _surely(self, work: Callable, *args) -> None:
        """Writes what became of an attempt, however long the ledger is away."""
        await self._ledger.write_surely(work, *args, self._clock.now())

    async def _rides(self, account: Account | None, sendable: Sendable) -> bool:
        """Whether the text is settled by riding on the platform's own request, or by having to wait for another look."""
        item = sendable.item
        free = account is not None and item.author != "human" and not sendable.number and not sendable.part.event_code
        riding = account.passive_text(window.outgoing(item)) if free else None
        if riding and self._passive.take(item.account, item.recipient, riding):
            await self._ledger.write_surely(attempts.sent_passively, item, riding)
            return True
        if sendable.passive_only:
            await self._surely(attempts.put_back, item)
        return sendable.passive_only

    async def _refused(self, account: Account | None, sendable: Sendable, failure: SendFailure) -> None:
        logger.warning("send refused: %s %s", failure.disposition, failure.code)
        item = sendable.item
        servicer = None
        if failure.why == "elsewhere":
            try:
                servicer = await account.served_by(item.recipient)
                if servicer and await self._ledger.read(attempts.may_end_service, sendable):
                    # Our own colleague holds the conversation and speaks: the other service ends, and its code carries this.
                    code = await account.end_service(item.recipient)
                    if code:
                        await self._surely(attempts.ended_for, sendable, code, self._clock.now() + CODE_LASTS)
                        return
                    servicer = await account.served_by(item.recipient)  # it may have ended by itself
            except SendFailure as unknown:
                logger.warning("session state unknown: %s", unknown.code)
                if servicer:  # whether their service has ended nobody knows: asked again with the next attempt
                    servicer, failure = None, unknown
            except Unavailable:  # no token without the ledger: it is asked again with the next attempt
                await self._surely(attempts.put_back, item)
                return
        if servicer:
            await self._surely(attempts.served_elsewhere, item, servicer)
        else:
            await self._surely(attempts.failed, sendable, failure)

    async def stop(self) -> None:
        """Lets what is under way finish: a text whose fate is unknown would be sent twice."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
