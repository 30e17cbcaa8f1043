"""The ledger: one writer thread that commits in groups, a few reader threads, synchronous SQLAlchemy Core.

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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from ..domain.errors import Unavailable
from .transaction import Event, SqlTransaction

logger = logging.getLogger(__name__)
T = TypeVar("T")

GROUP = 64  # how many pieces of work one flush may carry
READERS = 4
RETRIES = 5  # of a piece of work that lost a deadlock or a serialisation race on PostgreSQL


@dataclass
class _Work:
    run: Callable[[SqlTransaction], Any]
    done: asyncio.Future
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None


class Ledger:
    """`write` and `read` take a function of a transaction; what it returns is returned after the commit."""

    def __init__(self, url: str, vault: Any, publish: Callable[[list[Event]], None] = lambda events: None) -> None:
        self.engine = make_engine(url)
        self._vault = vault
        self._publish = publish
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-read")
        self._writer = threading.Thread(target=self._write_forever, name="ledger-write", daemon=True)
        self._writer.start()

    async def write(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Runs `work(tx, …)` in a durable transaction. Raises what it raises, or `Unavailable` when nothing was stored."""
        loop = asyncio.get_running_loop()
        item = _Work(lambda tx: work(tx, *args, **kwargs), loop.create_future(), loop)
        self._queue.put(item)
        return await item.done

    async def read(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.read_now(work, *args, **kwargs))

    def read_now(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        with _available(), self.engine.connect() as connection, connection.begin():
            return work(SqlTransaction(connection, self._vault), *args, **kwargs)

    def write_now(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """The same for commands that have no event loop."""
        with _available(), self._writing() as connection, connection.begin():
            return work(SqlTransaction(connection, self._vault), *args, **kwargs)

    def close(self) -> None:
        self._queue.put(None)
        self._writer.join(timeout=10)
        self._readers.shutdown(wait=True)
        self.engine.dispose()

    def _writing(self) -> Connection:
        # On SQLite the write lock is taken at once: a transaction that reads first and then writes may be refused.
        return self.engine.connect().execution_options(writes=True)

    def _write_forever(self) -> None:
        while (first := self._queue.get()) is not None:
            group, stop = [first], False
            while len(group) < GROUP:
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    stop = True
                    break
                group.append(item)
            self._commit_group(group)
            if stop:
                return

    def _commit_group(self, group: list[_Work]) -> None:
        try:
            events = self._run_together(group) if len(group) > 1 else self._run_alone(group[0])
        except DBAPIError as error:
            events = self._after_failed_group(group, error)
        except BaseException as error:  # the writer thread must outlive any single piece of work
            logger.exception("ledger group failed")
            events = []
            for item in group:
                item.error = item.error or error
        for item in group:
            item.loop.call_soon_threadsafe(_settle, item)
        if events:
            group[0].loop.call_soon_threadsafe(self._publish, events)

    def _after_failed_group(self, group: list[_Work], error: DBAPIError) -> list[Event]:
        """Nothing of the group was stored. One bad neighbour must not fail the others, so each is tried alone."""
        events: list[Event] = []
        for item in group:
            item.result, item.error = None, None
            try:
                events += self._retry_alone(item)
            except DBAPIError as alone:
                logger.error("ledger refused a write: %s", type(alone.orig).__name__)
                item.error = Unavailable()
            except Exception as alone:
                item.error = alone
        return events

    def _retry_alone(self, item: _Work) -> list[Event]:
        for attempt in range(RETRIES):
            try:
                return self._run_alone(item)
            except (IntegrityError, OperationalError) as error:
                # 40001 serialization_failure, 40P01 deadlock_detected: PostgreSQL asks for the transaction again.
                # A unique key taken by another desk in this moment: the second look finds its row.
                again = isinstance(error, IntegrityError) or getattr(error.orig, "pgcode", None) in ("40001", "40P01")
                if not again or attempt == RETRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def _run_alone(self, item: _Work) -> list[Event]:
        with self._writing() as connection:
            tx = SqlTransaction(connection, self._vault)
            with connection.begin() as transaction:
                try:
                    item.result = item.run(tx)
                except DBAPIError:
                    raise
                except Exception as error:
                    item.error = error
                    transaction.rollback()
                    return []
                tx.notify()
        return tx.events

    def _run_together(self, group: list[_Work]) -> list[Event]:
        events: list[Event] = []
        with self._writing() as connection, connection.begin():
            for item in group:
                tx = SqlTransaction(connection, self._vault)
                with _savepoint(connection) as keep:
                    try:
                        item.result = item.run(tx)
                        keep()
                    except DBAPIError:
                        raise
                    except Exception as error:
                        item.error = error
                        continue
                tx.notify()
                events += tx.events
        return events


class _savepoint:
    """A savepoint in plain SQL: SQLAlchemy's nested transaction costs four times as much per piece of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept = False

    def __enter__(self) -> Callable[[], None]:
        self._connection.exec_driver_sql("SAVEPOINT work")
        return self._keep

    def _keep(self) -> None:
        self._kept = True

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError):
            return  # the whole transaction is lost; the group is tried again one by one
        if not self._kept:
            self._connection.exec_driver_sql("ROLLBACK TO SAVEPOINT work")
        self._connection.exec_driver_sql("RELEASE SAVEPOINT work")


class _available:
    """Turns a database that is away into `Unavailable`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OperationalError):
            logger.error("ledger unavailable: %s", type(error.orig).__name__)
            raise Unavailable() from error


def _settle(item: _Work) -> None:
    if item.done.cancelled():
        return
    if item.error is not None:
        error = item.error
        item.done.set_exception(Unavailable() if isinstance(error, DBAPIError) else error)
    else:
        item.done.set_result(item.result)


def make_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(url, future=True, connect_args={"timeout": 10, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        # pysqlite begins transactions late and never for SELECT; take over, and take the write lock at once.
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg2")
    return create_engine(parsed, future=True, pool_pre_ping=True, pool_size=READERS + 2)


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def reachable(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return True
    except DBAPIError:
        return False
