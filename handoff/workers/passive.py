"""Answers that ride on the platform's own request."""

from __future__ import annotations

import asyncio


class PassiveReplies:
    """Requests of a platform that still wait for their answer: the next text to that person may ride on them.

    WeChat holds its request for five seconds; an answer in it costs none of the five sends.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], asyncio.Future[str | None]] = {}

    def offer(self, account: str, person: str) -> asyncio.Future[str | None]:
        """This person's newest request waits; the one before is let go."""
        self.release(account, person)
        future = asyncio.get_running_loop().create_future()
        self._open[account, person] = future
        return future

    def withdraw(self, account: str, person: str, future: asyncio.Future[str | None]) -> None:
        if self._open.get((account, person)) is future:
            del self._open[account, person]

    def take(self, account: str, person: str, text: str) -> bool:
        """Puts the text on the waiting request; False when none waits any more."""
        future = self._open.pop((account, person), None)
        if future is None or future.done():
            return False
        future.set_result(text)
        return True

    def release(self, account: str, person: str) -> None:
        """The answer goes another way: the platform need not wait for it."""
        future = self._open.pop((account, person), None)
        if future is not None and not future.done():
            future.set_result(None)

    @property
    def waiting(self) -> frozenset[tuple[str, str]]:
        return frozenset(self._open)
