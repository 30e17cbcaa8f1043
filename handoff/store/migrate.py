"""Brings a database to the current schema. Several desks may try at once: on PostgreSQL one waits for the other."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import Engine

from ..domain.errors import DeskError

FOLDER = Path(__file__).with_name("migrations")
# An arbitrary number that is this project's own among PostgreSQL's advisory locks.
LOCK = 72_110_119


def configuration(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    return config


class NotOurs(DeskError):
    message = "数据库是更新的版本用过的，这个版本打不开。请升级程序，或检查 DATABASE_URL。"


def migrate(engine: Engine) -> None:
    """Raises `NotOurs` for a schema that this version does not know."""
    try:
        _migrate(engine)
    except CommandError as error:
        raise NotOurs() from error


def _migrate(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        command.upgrade(configuration(engine), "head")
        return
    with engine.connect() as holder:
        holder.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
        try:
            command.upgrade(configuration(engine), "head")
        finally:
            holder.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK})")
