"""Answers that ride on the platform's own request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A request that waits for a text of this conversation, for as long as the platform `listens`."""

    conversation: int
    listens: Callable[[], bool]
    answer: asyncio.Future[str | None]

    def let_go(self) -> None:
        if not self.answer.done():
            self.answer.set_result(None)


class PassiveReplies:
    """Requests of a platform that still wait for their answer: the next text to that person may ride on them.

    WeChat holds its request for five seconds; an answer in it costs none of the five sends.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Waiting] = {}

    def offer(
        self, account: str, person: str, conversation: int, listens: Callable[[], bool]
    ) -> asyncio.Future[str | None]:
        """This person's newest request waits; the one before is let go."""
        self.release(account, person)
        future = asyncio.get_running_loop().create_future()
        self._open[account, person] = Waiting(conversation, listens, future)
        return future

    def withdraw(self, account: str, person: str, future: asyncio.Future[str | None]) -> None:
        one = self._open.get((account, person))
        if one is not None and one.answer is future:
            del self._open[account, person]

    def take(self, account: str, person: str, text: str) -> bool:
        """Puts the text on the waiting request; False when none waits any more, or nobody would hear it there."""
        one = self._open.pop((account, person), None)
        if one is None or one.answer.done():
            return False
        heard = one.listens()
        one.answer.set_result(text if heard else None)
        return heard

    def release(self, account: str, person: str) -> None:
        """The answer goes another way: the platform need not wait for it."""
        one = self._open.pop((account, person), None)
        if one is not None:
            one.let_go()

    def release_conversation(self, conversation: int | None) -> None:
        for sender in [sender for sender, one in self._open.items() if one.conversation == conversation]:
            self.release(*sender)

    def release_all(self) -> None:
        """What other desks told may have been missed: any of these may be a request that nobody hears any more."""
        for sender in list(self._open):
            self.release(*sender)

    @property
    def waiting(self) -> frozenset[tuple[str, str]]:
        return frozenset(sender for sender, one in self._open.items() if one.listens())
