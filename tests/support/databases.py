"""Empty databases, SQLite and PostgreSQL, each a copy of one that holds the tables: to make those anew takes several times
as long. On PostgreSQL to make and to drop one waits for the disk, so that what a test gives back is emptied and used again."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from handoff.store.ledger import make_engine
from handoff.store.migrate import migrate

# Who is still connected would hold its locks, or write into the next test.
ALONE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# As a replica: the ledger's own triggers keep its records from being deleted.
EMPTY = """
SET session_replication_role = replica;
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', found.tablename);
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences;
END $$
"""
# Everything that a test may have changed beside the rows.
SHAPE = """
SELECT format('%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT format('%s %s %s', tgname, tgrelid::regclass, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT version_num FROM alembic_version
"""


def fresh_database(kind: str, folder: Path) -> str:
    """The URL of a database without a row."""
    if kind == "sqlite":
        shutil.copyfile(_empty_file(), folder / "desk.sqlite3")
        return f"sqlite:///{folder / 'desk.sqlite3'}"
    return _databases().take()


def give_back(url: str) -> None:
    """What `fresh_database` gave; a SQLite file goes with its folder."""
    if url.startswith("postgresql"):
        _databases().give_back(url)


@cache
def _empty_file() -> Path:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    _make_tables(f"sqlite:///{folder / 'empty.sqlite3'}")
    return folder / "empty.sqlite3"


@cache
def _databases() -> _Databases:
    databases = _Databases()
    atexit.register(databases.drop)
    return databases


class _Databases:
    """Those of this process on the server of TEST_DATABASE_URL."""

    def __init__(self) -> None:
        self._template, self._free = _create(), []
        _make_tables(self._template)
        with _connected(self._template) as connection:
            self._shape = _shape(connection)

    def take(self) -> str:
        return self._free.pop() if self._free else _create(f"TEMPLATE {_name(self._template)}")

    def give_back(self, url: str) -> None:
        try:
            with _connected(url) as connection:
                connection.execute(text(ALONE))
                connection.execute(text(EMPTY))
                as_before = _shape(connection) == self._shape
        except DBAPIError:  # somebody may be allowed to make databases, but not to do that
            as_before = False
        if as_before:
            self._free.append(url)
        else:
            _drop(url)

    def drop(self) -> None:
        for url in (*self._free, self._template):
            _drop(url)


def _shape(connection: Connection) -> list[str]:
    return sorted(connection.execute(text(SHAPE)).scalars())


def _make_tables(url: str) -> None:
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()


def _create(how: str = "") -> str:
    base, name = os.environ["TEST_DATABASE_URL"], f"desk_test_{secrets.token_hex(6)}"
    with _connected(base) as connection:
        connection.execute(text(f"CREATE DATABASE {name} {how}"))
    return base.rsplit("/", 1)[0] + f"/{name}"


def _drop(url: str) -> None:
    with _connected(os.environ["TEST_DATABASE_URL"]) as connection:
        connection.execute(text(f"DROP DATABASE {_name(url)} WITH (FORCE)"))


def _name(url: str) -> str:
    return url.rpartition("/")[2]


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = make_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
    finally:
        engine.dispose()
