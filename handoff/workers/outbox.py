"""Sends what the outbox holds: in order per conversation, at least once, or tells a person."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta

from bot.channels.message import Button, Outgoing, SendFailure

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..domain.models import OutboxItem
from ..service import sending

logger = logging.getLogger(__name__)
SWEEP = 1.0  # seconds between looks for what became due


class PassiveReplies:
    """Requests of a platform that still wait for their answer: the next text to that person may ride on them.

    WeChat holds its request for five seconds; an answer in it costs none of the five sends.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], asyncio.Future[str]] = {}

    def offer(self, account: str, person: str) -> asyncio.Future[str]:
        future = asyncio.get_running_loop().create_future()
        self._open[account, person] = future
        return future

    def withdraw(self, account: str, person: str, future: asyncio.Future[str]) -> None:
        if self._open.get((account, person)) is future:
            del self._open[account, person]

    def take(self, account: str, person: str, text: str) -> bool:
        """Puts the text on the waiting request; False when none waits any more."""
        future = self._open.pop((account, person), None)
        if future is None or future.done():
            return False
        future.set_result(text)
        return True

    @property
    def waiting(self) -> frozenset[tuple[str, str]]:
        return frozenset(self._open)


class OutboxSender:
    """`grace`: how long a text is left to the desk that wrote it before another one takes it. There the platform's
    request may still be waiting for it, and an answer on that costs no send."""

    def __init__(
        self,
        ledger,
        channels: Callable[[str], object],
        passive: PassiveReplies,
        clock: Clock,
        grace: timedelta = timedelta(0),
    ) -> None:
        self._ledger, self._channels, self._passive, self._clock = ledger, channels, passive, clock
        self._grace = grace
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
        due = await self._ledger.write(sending.take, now, only, self._passive.waiting)
        for sendable in due:
            task = asyncio.create_task(self._send(sendable.item, sendable.passive_only))
            self._tasks.add(task)
            task.add_done_callback(
                lambda done, conversation=sendable.item.conversation_id: self._sent(done, conversation)
            )

    def _sent(self, task: asyncio.Task, conversation_id: int) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.error("sending failed", exc_info=task.exception())
        self.wake(conversation_id)  # its next text may be due now

    async def _send(self, item: OutboxItem, passive_only: bool) -> None:
        channel = self._channels(item.account)
        riding = channel.passive_text(outgoing(item)) if channel and item.author != "human" else None
        if riding and self._passive.take(item.account, item.recipient, riding):
            await self._ledger.write_surely(sending.sent_passively, item, riding)
            return
        if passive_only:
            await self._ledger.write_surely(sending.put_back, item, self._clock.now())
            return
        if channel is None:
            failure = SendFailure("GIVE_TO_PERSON", 0, "这个渠道账号已停用")
            await self._ledger.write_surely(sending.failed, item, failure, self._clock.now())
            return
        try:
            receipt = await channel.send(item.recipient, outgoing(item), message_id(item))
        except Unavailable:  # no token without the ledger, so nothing was sent
            await self._ledger.write_surely(sending.put_back, item, self._clock.now())
        except SendFailure as failure:
            logger.warning("send refused: %s %s", failure.disposition, failure.code)
            await self._ledger.write_surely(sending.failed, item, failure, self._clock.now())
        else:
            await self._ledger.write_surely(sending.sent, item, receipt.platform_id, receipt.sends, self._clock.now())

    async def stop(self) -> None:
        """Lets what is under way finish: a text whose fate is unknown would be sent twice."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)


def outgoing(item: OutboxItem) -> Outgoing:
    buttons = tuple(Button(button.get("id") or str(n), button["title"]) for n, button in enumerate(item.buttons, 1))
    return Outgoing(item.text, buttons)


def message_id(item: OutboxItem) -> str:
    """The same for every attempt, so that a platform which takes one drops repeats (微信客服: ≤32 of [0-9a-zA-Z_-])."""
    return hashlib.sha256(f"{item.account}:{item.conversation_id}:{item.seq}".encode()).hexdigest()[:32]
