"""The ledger: one writer that commits in groups, a few reader threads, synchronous SQLAlchemy Core."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError

from ..domain.errors import Unavailable, Unfit
from .engine import READERS, is_shared, make_engine, reachable
from .neighbours import Hear, Neighbours, neighbours
from .transaction import Event, SqlTransaction, notify
from .writer import Work, Writer

__all__ = ["Ledger", "make_engine", "reachable"]
logger = logging.getLogger(__name__)
T = TypeVar("T")
Item = TypeVar("Item")
AGAIN = 0.5  # seconds between attempts to store what must be stored


class Ledger:
    """`write` and `read` take a function of a transaction; what it returns is returned after the commit.

    `publish` is called in the event loop of the writers with what was committed here.
    """

    def __init__(self, url: str, vault: Any, publish: Callable[[list[Event]], None] = lambda events: None) -> None:
        self.engine = make_engine(url)
        self._vault = vault
        self._origin = secrets.token_hex(6)
        self._neighbours: Neighbours | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-read")
        self._writer = Writer(self.engine, vault, self._origin, publish)

    @property
    def shared(self) -> bool:
        """Whether other desks may work on the same ledger."""
        return is_shared(self.engine)

    def join(self, hear: Hear, alone: Callable[..., None], *args: Any) -> None:
        """Begins to hear what other desks commit. `alone(tx, …)` is done first if no other is on the ledger; one that
        comes at the same moment waits until it is.

        `hear(events)` is called in a thread of its own, `hear(None)` when some may have been missed.
        """
        self._neighbours = neighbours(self.engine, self._origin, hear)
        self._neighbours.join(lambda: self.write_now(alone, *args))

    async def write(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Runs `work(tx, …)` in a durable transaction. Raises what it raises, or `Unavailable` when nothing was stored:
        `Unfit`, when it never could be."""
        loop = asyncio.get_running_loop()
        item = Work(loop.create_future(), loop, run=lambda tx: work(tx, *args, **kwargs))
        self._writer.put(item)
        return await item.done

    async def write_together(self, work: Callable[[Any, list[Item]], list[T]], item: Item) -> T:
        """Like `write`, for work that is cheaper in numbers: `work(tx, items)` gets the items of all callers that wait
        for the same flush and returns as many results in their order. When it raises, each is tried alone."""
        loop = asyncio.get_running_loop()
        waiting = Work(loop.create_future(), loop, together=work, item=item)
        self._writer.put(waiting)
        return await waiting.done

    async def write_surely(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Like `write`, for the record of what has already happened outside: waits while nothing can be stored. Raises
        what the database said of what never can be."""
        while True:
            try:
                return await self.write(work, *args, **kwargs)
            except Unfit as refused:
                raise refused.__cause__ from None
            except Unavailable:
                await asyncio.sleep(AGAIN)

    async def read(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.read_now(work, *args, **kwargs))

    def read_now(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        with _available(), self.engine.connect() as connection, connection.begin():
            return work(SqlTransaction(connection, self._vault), *args, **kwargs)

    def write_now(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """The same for commands that have no event loop."""
        writing = self.engine.connect().execution_options(writes=True)
        with _available(), writing as connection, connection.begin():
            tx = SqlTransaction(connection, self._vault)
            result = work(tx, *args, **kwargs)
            notify(connection, self._origin, tx.events)
            return result

    def close(self) -> None:
        if self._neighbours:
            self._neighbours.leave()
        self._writer.close()
        self._readers.shutdown(wait=True)
        self.engine.dispose()


class _available:
    """Turns a database that is away into `Unavailable`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OperationalError):
            logger.error("ledger unavailable: %s", type(error.orig).__name__)
            raise Unavailable() from error
