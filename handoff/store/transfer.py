"""The whole data set as open files: one JSON-lines file a table, and back without loss.

What is sealed with this installation's key is opened on the way out and sealed again on the way in, so that an export
can be read by another program and taken over by another installation. Sessions and platform tokens are not data.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Integer, func, insert, select, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from ..domain.errors import BadInput
from .columns import Utc
from .people import SqlPeople
from .schema import metadata
from .vault import Vault

LEFT_OUT = ("sessions", "platform_tokens")
BATCH = 1000
FORMAT, MANIFEST = 1, "manifest.json"
INTEGERS = range(-(2**31), 2**31)  # PostgreSQL's; SQLite takes any number, and any text in its place


class _NotARow(ValueError):
    """What is no row of a table; says in Chinese what is wrong with it."""


def tables() -> list:
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def export_all(engine: Engine, secret: str, out: str) -> dict[str, int]:
    """Writes FOLDER/TABLE.jsonl and manifest.json; returns the rows per table. The folder must be new or empty."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BadInput("out", f"{out} 不是空文件夹。")
    vault, counts = Vault(secret), {}
    with engine.connect() as connection, connection.begin():
        for table in tables():
            with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as file:
                counts[table.name] = 0
                for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
                    file.write(json.dumps(_out(table, dict(row._mapping), vault), ensure_ascii=False) + "\n")
                    counts[table.name] += 1
    manifest = {"format": FORMAT, "rows": counts}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return counts


def import_all(engine: Engine, secret: str, source: str) -> dict[str, int]:
    """Reads what `export_all` wrote into an empty database, all of it or nothing. A table that was not there yet when it
    was written stays empty. Raises `BadInput`."""
    folder = Path(source)
    rows = _manifest(folder)
    vault, counts = Vault(secret), {}
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table in tables():
            if connection.execute(select(func.count()).select_from(table)).scalar_one():
                raise BadInput("from", f"目标数据库的 {table.name} 不是空的，没有导入。")
            path = folder / f"{table.name}.jsonl"
            unknown = table.name not in rows and not path.exists()
            counts[table.name] = 0 if unknown else _read(connection, table, path, vault)
            if counts[table.name] != rows.get(table.name, 0):
                raise BadInput("from", f"{table.name} 的行数与 {MANIFEST} 不符，没有导入。")
        _continue_sequences(connection)
    return counts


def log_operator(engine: Engine, action: str, detail: dict[str, Any]) -> None:
    """What an operator took out or put in at the command line is in the audit log as well."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        SqlPeople(connection).audit(datetime.now(timezone.utc), "operator", action, None, detail)


def _manifest(folder: Path) -> dict[str, int]:
    """The number of rows of each table."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput("from", f"{folder} 里没有可用的 {MANIFEST}。") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not isinstance(manifest.get("rows"), dict):
        raise BadInput("from", f"{folder / MANIFEST} 不是这个版本导出的。")
    return manifest["rows"]


def _read(connection: Connection, table, path: Path, vault: Vault) -> int:
    """Raises `BadInput`, which names the line."""
    count = 0
    try:
        with path.open(encoding="utf-8") as file:
            while lines := list(islice(file, BATCH)):
                _insert(connection, table, _rows(table, lines, vault, path.name, count), path.name, count)
                count += len(lines)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("from", f"{path.name} 读不了，没有导入。") from error
    return count


def _insert(connection: Connection, table, rows: list[dict[str, Any]], name: str, before: int) -> None:
    """`before` rows of the file are in already."""
    try:
        connection.execute(insert(table), rows)
    except OperationalError:  # the database, not the file
        raise
    except (SQLAlchemyError, ValueError, OverflowError) as error:
        raise BadInput("from", f"{name} 第 {before + 1} 到 {before + len(rows)} 行里有不对的，没有导入。") from error


def _rows(table, lines: list[str], vault: Vault, name: str, before: int) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(lines, before + 1):
        try:
            rows.append(_row(table, line, vault))
        except _NotARow as wrong:
            raise BadInput("from", f"{name} 第 {number} 行{wrong}，没有导入。") from wrong
    return rows


def _row(table, line: str, vault: Vault) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if row.keys() <= set(table.columns.keys()):
            return _in(table, row, vault)
    except _NotARow:
        raise
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _NotARow("不对") from error
    raise _NotARow("不对")


def _out(table, row: dict[str, Any], vault: Vault) -> dict[str, Any]:
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = value.isoformat()
        elif isinstance(value, bytes):
            row[name] = base64.b64encode(_opened(vault, value, table.name)).decode()
    return row


def _opened(vault: Vault, sealed: bytes, name: str) -> bytes:
    try:
        return vault.open(sealed)
    except InvalidToken as error:
        raise BadInput("key", f"{name} 里有换密钥以前的密文，现在的 DESK_SECRET_KEY 解不开，没有导出完。") from error


def _in(table, row: dict[str, Any], vault: Vault) -> dict[str, Any]:
    for column in table.columns:
        value = row.get(column.name)
        if value is None:
            continue
        if isinstance(column.type, Utc):
            row[column.name] = datetime.fromisoformat(value)
        elif column.type.python_type is bytes:
            row[column.name] = vault.seal(base64.b64decode(value))
        elif isinstance(column.type, Integer) and (type(value) is not int or value not in INTEGERS):
            raise _NotARow(f"的 {column.name} 不是可用的整数")
    return row


def _continue_sequences(connection: Connection) -> None:
    """On PostgreSQL the id sequences must go on after the ids that came in."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables():
        if "id" in table.c:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608
                    f"(SELECT COALESCE(MAX(id), 0) + 1 FROM {table.name}), false)"
                )
            )
