"""Sends what the outbox holds: in order per conversation, at least once, or tells a person."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta

from bot.channels.message import GIVE_TO_PERSON, SendFailure

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..domain.models import OutboxItem
from ..service import reaching, sending, window
from ..service.sending import Sendable
from .channels import Account
from .passive import PassiveReplies

logger = logging.getLogger(__name__)
SWEEP = 1.0  # seconds between looks for what became due
CODE_LASTS = timedelta(seconds=20)  # of the code that ending a service gives (微信客服)


class OutboxSender:
    def __init__(
        self,
        ledger,
        channels: Callable[[str], Account | None],
        passive: PassiveReplies,
        clock: Clock,
        reminding: frozenset[str] = frozenset(),
    ) -> None:
        """`reminding` names the accounts that can still say something when the reply window is closed."""
        self._ledger, self._channels, self._passive, self._clock = ledger, channels, passive, clock
        self._reminding = reminding
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.send_due()
            except Unavailable:
                logger.warning("ledger away; the outbox waits")
            try:
                await asyncio.wait_for(self._wake.wait(), SWEEP)
            except asyncio.TimeoutError:
                continue

    async def send_due(self) -> None:
        now = self._clock.now()
        due = await self._ledger.write(sending.take, now, None, self._passive.waiting, self._reminding)
        for sendable in due:
            task = asyncio.create_task(self._send(sendable))
            self._tasks.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.error("sending failed", exc_info=task.exception())
        self._wake.set()  # the next text of the same conversation may be due now

    async def _send(self, sendable: Sendable) -> None:
        item, account = sendable.item, self._channels(sendable.item.account)
        if await self._rides(account, sendable):
            return
        try:
            if account is None:
                raise SendFailure(GIVE_TO_PERSON, 0, "这个渠道账号已停用")
            if sendable.remind:
                words = await self._ledger.read(reaching.reminder, item.conversation_id, self._clock.now())
                receipt = await account.remind(item.recipient, words)
                await self._ledger.write(sending.reminded, item, receipt.platform_id, self._clock.now())
                return
            receipt = await account.send(item.recipient, sendable.part, message_id(item, sendable.number))
        except SendFailure as failure:
            logger.warning("send refused: %s %s", failure.disposition, failure.code)
            await self._refused(account, sendable, failure)
        else:
            await self._ledger.write(sending.sent, sendable, receipt.platform_id, self._clock.now())
            self._passive.release(item.account, item.recipient)

    async def _rides(self, account: Account | None, sendable: Sendable) -> bool:
        """Whether the text is settled by riding on the platform's own request, or by having to wait for another look."""
        item = sendable.item
        free = account is not None and item.author != "human" and not sendable.number and not sendable.part.event_code
        riding = account.passive_text(window.outgoing(item)) if free else None
        if riding and self._passive.take(item.account, item.recipient, riding):
            await self._ledger.write(sending.sent_passively, item, riding)
            return True
        if sendable.passive_only:
            await self._ledger.write(sending.put_back, item, self._clock.now())
        return sendable.passive_only

    async def _refused(self, account: Account | None, sendable: Sendable, failure: SendFailure) -> None:
        item, now = sendable.item, self._clock.now()
        servicer = None
        if failure.why == "elsewhere":
            try:
                servicer = await account.served_by(item.recipient)
                if servicer and item.author == "human":
                    # Our own colleague holds the conversation and speaks: the other service ends, and its code carries this.
                    code = await account.end_service(item.recipient)
                    if code:
                        await self._ledger.write(sending.ended_for, item, code, now + CODE_LASTS, now)
                        return
            except SendFailure as unknown:
                logger.warning("session state unknown: %s", unknown.code)
        if servicer:
            await self._ledger.write(sending.served_elsewhere, item, servicer, now)
        else:
            await self._ledger.write(sending.failed, sendable, failure, now)

    async def stop(self) -> None:
        """Lets what is under way finish: a text whose fate is unknown would be sent twice."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)


def message_id(item: OutboxItem, part: int = 0) -> str:
    """The same for every attempt, so that a platform which takes one drops repeats (微信客服: ≤32 of [0-9a-zA-Z_-]).

    Later parts of a text carry the first one's id and their number: `SqlOutbox.by_platform_id` finds the text by either.
    """
    name = hashlib.sha256(f"{item.account}:{item.conversation_id}:{item.seq}".encode()).hexdigest()[:28]
    return f"{name}-{part}" if part else name
