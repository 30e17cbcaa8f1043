"""The two storage engines, made ready for durable commits and several threads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

READERS = 4
# The readers, the writer, and one for commands and health checks.
CONNECTIONS = READERS + 2
# An error that is logged names the statement, never what residents have said.
_ALWAYS = {"future": True, "hide_parameters": True}


def make_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # Connections are kept: opening one costs four pragmas, and closing the last one folds the whole log into the file.
        pool = (
            {"poolclass": QueuePool, "pool_size": CONNECTIONS} if parsed.database not in (None, "", ":memory:") else {}
        )
        engine = create_engine(url, **_ALWAYS, connect_args={"timeout": 10, "check_same_thread": False}, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        # pysqlite begins transactions late and never for SELECT; take over, and take the write lock at once.
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg2")
    return create_engine(
        parsed, **_ALWAYS, pool_pre_ping=True, pool_size=CONNECTIONS, executemany_mode="values_plus_batch"
    )


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def is_shared(engine: Engine) -> bool:
    """Whether several desks may work on this database at once."""
    return engine.dialect.name == "postgresql"


def reachable(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return True
    except DBAPIError:
        return False
