"""Live updates: who listens, and what each may hear. Events carry no words, only what to look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

WAITING = 1000  # events one slow listener may be behind before it is told to look at everything again


class Live:
    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue] = set()
        # Only what somebody waits for: an event goes with the last who holds it.
        self._changed: WeakValueDictionary[int | None, asyncio.Event] = WeakValueDictionary()
        self.closing = False

    def close(self) -> None:
        """The desk stops: nobody is left waiting for what will not come any more."""
        self.closing = True
        for changed in self._changed.values():
            changed.set()
        for queue in self._listeners:
            _start_over(queue)

    def publish(self, events: Iterable) -> None:
        for event in events:
            if event.type == "message":
                self._tell(event.conversation)
                if event.seq == 1:
                    self._tell(None)
            for queue in self._listeners:
                if queue.full():
                    _start_over(queue)
                else:
                    queue.put_nowait(event)

    def _tell(self, conversation_id: int | None) -> None:
        if changed := self._changed.pop(conversation_id, None):
            changed.set()

    def missed(self) -> None:
        """Events of other desks may have been lost: everybody looks at everything again."""
        for queue in self._listeners:
            _start_over(queue)
        changed, self._changed = self._changed, WeakValueDictionary()
        for event in changed.values():
            event.set()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue]:
        """A queue of events; None in it means that some were missed."""
        queue: asyncio.Queue = asyncio.Queue(WAITING)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def next_message(self, conversation_id: int | None) -> asyncio.Event:
        """Set when the next message of the conversation is in the ledger, for None when the next conversation begins.
        Take it before looking into the ledger."""
        return self._changed.setdefault(conversation_id, asyncio.Event())


def _start_over(queue: asyncio.Queue) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
