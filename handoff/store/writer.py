"""The ledger's one writer: a thread that takes all work that waits and carries it with one flush.

Why a thread and groups: a durable commit costs one disk flush. One transaction a request through an async driver
saturates near 150 messages a second; draining a queue and flushing once for all that wait carries several times that,
and each caller still gets its answer only after its own work is on disk (docs/performance.md).
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from ..domain.errors import Unavailable, Unfit
from .engine import is_shared
from .transaction import Event, SqlTransaction, notify

logger = logging.getLogger(__name__)

GROUP = 64  # how many pieces of work one flush may carry
RETRIES = 5  # of a piece of work that lost a race on PostgreSQL
# serialization_failure, deadlock_detected, lock_not_available: PostgreSQL asks for the transaction again.
LOST_RACES = ("40001", "40P01", "55P03")
# A group holds the rows of many conversations; one that waits for another desk's group gives way soon, and its pieces
# go alone: two groups that wait for each other would stand still for PostgreSQL's second of deadlock detection.
GROUP_WAITS, ALONE_WAITS = "100ms", "5s"


@dataclass
class Work:
    """One piece: `run(tx)`, or `together(tx, items)` for work that is cheaper in numbers, with this `item`."""

    done: asyncio.Future
    loop: asyncio.AbstractEventLoop
    run: Callable[[SqlTransaction], Any] | None = None
    together: Callable[[SqlTransaction, list[Any]], list[Any]] | None = None
    item: Any = None
    result: Any = None
    error: BaseException | None = None


class _FateUnknown(Exception):
    """The connection was lost while committing: it may be stored or not, so nothing may be done a second time."""


class Writer:
    def __init__(self, engine: Engine, vault: Any, origin: str, publish: Callable[[list[Event]], None]) -> None:
        self._engine, self._vault, self._origin, self._publish = engine, vault, origin, publish
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._forever, name="ledger-write", daemon=True)
        self._thread.start()

    def put(self, work: Work) -> None:
        self._queue.put(work)

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(timeout=10)

    def _forever(self) -> None:
        stop = False
        while not stop and (first := self._queue.get()) is not None:
            group = [first]
            while len(group) < GROUP and not stop:
                try:
                    work = self._queue.get_nowait()
                except queue.Empty:
                    break
                stop = work is None
                group += [work] if work is not None else []
            self._commit_group(group)
        self._drop_connection()

    def _commit_group(self, group: list[Work]) -> None:
        try:
            events = self._run(group)
        except Exception as error:
            events = self._after_failed_group(group, error)
        except BaseException as error:  # the writer thread must outlive any single piece of work
            logger.exception("ledger group failed")
            events = []
            for work in group:
                work.error = work.error or error
        loop = group[0].loop
        loop.call_soon_threadsafe(_settle, group)
        if events:
            loop.call_soon_threadsafe(self._publish, events)

    def _after_failed_group(self, group: list[Work], error: Exception) -> list[Event]:
        """Nothing of the group was stored. One bad neighbour must not fail the others, so each is tried alone."""
        if len(group) == 1 and not isinstance(error, (DBAPIError, _FateUnknown)):
            group[0].error = error  # its own answer: already claimed, say
            return []
        events: list[Event] = []
        for work in group:
            work.result, work.error = None, None
            try:
                if isinstance(error, _FateUnknown):
                    raise error
                events += self._retry_alone(work)
            except (DBAPIError, _FateUnknown) as alone:
                cause = alone.orig if isinstance(alone, DBAPIError) else alone
                logger.error("ledger refused a write: %s", type(cause).__name__)
                # What is unfit, unlike a database that is away, stays so; a lost race was tried again long ago.
                unfit = isinstance(alone, (DataError, IntegrityError))
                work.result, work.error = None, Unfit() if unfit else Unavailable()
                work.error.__cause__ = alone
            except Exception as alone:
                work.error = alone
        return events

    def _retry_alone(self, work: Work) -> list[Event]:
        for attempt in range(RETRIES):
            try:
                return self._run([work], ALONE_WAITS)
            except (IntegrityError, OperationalError) as error:
                # A unique key taken by another desk in this moment: the second look finds its row.
                lost = isinstance(error, IntegrityError) or getattr(error.orig, "pgcode", None) in LOST_RACES
                # A connection that had died while it lay idle; its successor is tried once.
                dead = error.connection_invalidated and attempt == 0
                if not (lost or dead) or attempt == RETRIES - 1:
                    raise
                work.result, work.error = None, None
        raise AssertionError("unreachable")

    def _run(self, group: list[Work], waits: str = GROUP_WAITS) -> list[Event]:
        """One transaction for the group. Raises when none of it was stored."""
        try:
            connection = self._writing()
            transaction = connection.begin()
            try:
                if waits != GROUP_WAITS and is_shared(self._engine):
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{waits}'")
                events = self._do_all(connection, _batches(group))
                notify(connection, self._origin, events)
            except BaseException:
                transaction.rollback()
                raise
            _commit(transaction)
        except (DBAPIError, _FateUnknown):
            self._drop_connection()
            raise
        return events

    def _writing(self) -> Connection:
        """The thread's own connection: a borrowed one would be asked whether it lives at every group."""
        if self._connection is None:
            # On SQLite the write lock is taken at once: a transaction that reads first and then writes may be refused.
            self._connection = self._engine.connect().execution_options(writes=True)
            if is_shared(self._engine):
                self._connection.exec_driver_sql(f"SET lock_timeout = '{GROUP_WAITS}'")
                self._connection.commit()
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            if is_shared(self._engine):
                self._connection.invalidate()  # whoever borrowed it next would wait as shortly for a lock
            self._connection.close()
            self._connection = None

    def _do_all(self, connection: Connection, batches: list[list[Work]]) -> list[Event]:
        if len(batches) > 1:
            return [event for pieces in batches for event in self._do(connection, pieces)]
        # Nobody beside it that its failure could harm: without a savepoint, two journeys to the database less.
        tx = SqlTransaction(connection, self._vault)
        _fill_in(tx, batches[0])
        return tx.events

    def _do(self, connection: Connection, pieces: list[Work]) -> list[Event]:
        """Does the pieces in a savepoint of their own; what fails leaves no trace and fails no neighbour."""
        tx = SqlTransaction(connection, self._vault)
        connection.exec_driver_sql("SAVEPOINT work")  # SQLAlchemy's nested transaction costs four times as much
        try:
            _fill_in(tx, pieces)
        except DBAPIError:
            raise  # the whole transaction is lost; the group is tried again one by one
        except Exception as error:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT work")
            connection.exec_driver_sql("RELEASE SAVEPOINT work")
            if len(pieces) > 1:
                return [event for piece in pieces for event in self._do(connection, [piece])]
            pieces[0].error = error
            return []
        connection.exec_driver_sql("RELEASE SAVEPOINT work")
        return tx.events


def _batches(group: list[Work]) -> list[list[Work]]:
    """Work that can be done together as one list, everything else alone, in the order of the queue.

    Such a list stands where its last piece does, so that none of it comes before what was queued ahead of it: a message
    stored before the end of its conversation, though it came after, would count as attended to.
    """
    together: dict[Any, list[Work]] = {}
    for work in group:
        kind = work.together or id(work)
        together[kind] = [*together.pop(kind, ()), work]
    return list(together.values())


def _fill_in(tx: SqlTransaction, pieces: list[Work]) -> None:
    first = pieces[0]
    if first.together is None:
        first.result = first.run(tx)
        return
    for piece, result in zip(pieces, first.together(tx, [piece.item for piece in pieces]), strict=True):
        piece.result = result


def _commit(transaction: Any) -> None:
    try:
        transaction.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _FateUnknown() from error
        transaction.rollback()
        raise


def _settle(group: list[Work]) -> None:
    for work in group:
        if work.done.cancelled():
            continue
        if work.error is not None:
            work.done.set_exception(work.error)
        else:
            work.done.set_result(work.result)
