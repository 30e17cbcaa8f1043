"""Other desks on the same ledger: whether there are any, and what they commit.

On PostgreSQL each desk listens on one connection of its own, which also holds a shared lock for as long as it lives; who
can take the lock for itself alone has no neighbours. SQLite is one desk's alone; a lock file says whether it truly is.
"""

from __future__ import annotations

import fcntl
import logging
import os
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from .engine import is_shared
from .transaction import NOTIFY_CHANNEL, Event, understand

logger = logging.getLogger(__name__)
Hear = Callable[[list[Event] | None], None]
Alone = Callable[[], None]  # the work of whoever has no neighbours, done before one can come
# An arbitrary number that is this project's own among PostgreSQL's advisory locks.
PRESENCE = 72_110_120
AGAIN = 1.0  # seconds between attempts to reach a database that is away
PROOF_OF_LIFE = 30.0  # seconds of silence after which the connection is asked whether it still is one


class Neighbours(Protocol):
    def join(self, alone: Alone) -> None: ...

    def leave(self) -> None: ...


def neighbours(engine: Engine, origin: str, hear: Hear) -> Neighbours:
    return Listener(engine, origin, hear) if is_shared(engine) else LockFile(engine.url.database)


class LockFile:
    """The lock is the kernel's: it goes with the process, however that ends."""

    def __init__(self, database: str | None) -> None:
        self._path = f"{database}.lock" if database and database != ":memory:" else os.devnull
        self._handle: int | None = None

    def join(self, alone: Alone) -> None:
        self._handle = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            logger.warning("another desk works on this SQLite file; several desks need PostgreSQL")
        else:
            alone()

    def leave(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class Listener:
    """A thread on LISTEN. After a lost connection it says so: what was committed meanwhile was not heard."""

    def __init__(self, engine: Engine, origin: str, hear: Hear) -> None:
        self._engine, self._origin, self._hear = engine, origin, hear
        self._stop, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._forever, name="ledger-listen", daemon=True)
        self._connection: Any = None

    def join(self, alone: Alone) -> None:
        """When the database is away nobody can know whether there are others: then nothing is done."""
        try:
            self._connection = self._connect()
            first = self._one("SELECT pg_try_advisory_lock(%s)")
            if first:
                alone()  # whoever starts meanwhile waits for the shared lock
            self._one("SELECT pg_advisory_lock_shared(%s)")
            if first:
                self._one("SELECT pg_advisory_unlock(%s)")
        except (self._engine.dialect.dbapi.Error, DBAPIError) as error:
            logger.warning("the database is away: %s", type(error).__name__)
            self._connection = None
        self._thread.start()

    def leave(self) -> None:
        self._stop.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._woken.close()

    def _connect(self) -> Any:
        borrowed = self._engine.raw_connection()
        borrowed.detach()  # its life is that of the desk, not of the pool
        connection = borrowed.dbapi_connection
        connection.rollback()  # the pool may have asked it something
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {NOTIFY_CHANNEL}")
        return connection

    def _one(self, statement: str) -> Any:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, (PRESENCE,))
            return cursor.fetchone()[0]

    def _forever(self) -> None:
        while True:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                    self._one("SELECT pg_advisory_lock_shared(%s)")
                    self._hear(None)
                if self._listen():
                    self._connection.close()
                    return
            except (self._engine.dialect.dbapi.Error, DBAPIError, OSError) as error:
                logger.warning("lost touch with other desks: %s", type(error).__name__)
                self._connection = None
                if _readable([self._woken], AGAIN):
                    return

    def _listen(self) -> bool:
        """Passes on what is heard; True when it is time to leave."""
        readable = _readable([self._connection, self._woken], PROOF_OF_LIFE)
        if self._woken in readable:
            return True
        if not readable:
            self._one("SELECT %s")
        self._connection.poll()
        while self._connection.notifies:
            origin, events = understand(self._connection.notifies.pop(0).payload)
            if events and origin != self._origin:
                self._hear(events)
        return False


def _readable(files: list[Any], seconds: float) -> list[Any]:
    """Those of `files` that have something to read, once one has or the time is over. Not by `select`, which takes no
    descriptor beyond 1,023: a desk with many open connections has those."""
    with selectors.PollSelector() as selector:
        for file in files:
            selector.register(file, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(seconds)]
