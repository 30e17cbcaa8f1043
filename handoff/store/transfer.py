"""The whole data set as open files: one JSON-lines file a table, and back without loss.

What is sealed with this installation's key is opened on the way out and sealed again on the way in, so that an export
can be read by another program and taken over by another installation. Sessions and platform tokens are not data.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import Connection, Engine

from ..domain.errors import BadInput
from .columns import Utc
from .people import SqlPeople
from .schema import metadata
from .vault import Vault

LEFT_OUT = ("sessions", "platform_tokens")
BATCH = 1000
FORMAT = 1


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
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return counts


def import_all(engine: Engine, secret: str, source: str) -> dict[str, int]:
    """Reads what `export_all` wrote into an empty database, all of it or nothing. Raises `BadInput`."""
    folder = Path(source)
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput("from", f"{source} 里没有可用的 manifest.json。") from error
    vault, counts = Vault(secret), {}
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table in tables():
            if connection.execute(select(func.count()).select_from(table)).scalar_one():
                raise BadInput("from", f"目标数据库的 {table.name} 不是空的，没有导入。")
            counts[table.name] = _read(connection, table, folder / f"{table.name}.jsonl", vault)
            if counts[table.name] != manifest.get("rows", {}).get(table.name, 0):
                raise BadInput("from", f"{table.name} 的行数与 manifest.json 不符，没有导入。")
        _continue_sequences(connection)
    return counts


def log_operator(engine: Engine, action: str, detail: dict[str, Any]) -> None:
    """What an operator took out or put in at the command line is in the audit log as well."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        SqlPeople(connection).audit(datetime.now(timezone.utc), "operator", action, None, detail)


def _read(connection: Connection, table, path: Path, vault: Vault) -> int:
    count, batch = 0, []
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                batch.append(_in(table, json.loads(line), vault))
                count += 1
                if len(batch) == BATCH:
                    connection.execute(insert(table), batch)
                    batch = []
    except (OSError, ValueError) as error:
        raise BadInput("from", f"{path.name} 读不了，没有导入。") from error
    if batch:
        connection.execute(insert(table), batch)
    return count


def _out(table, row: dict[str, Any], vault: Vault) -> dict[str, Any]:
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = value.isoformat()
        elif isinstance(value, bytes):
            row[name] = base64.b64encode(vault.open(value)).decode()
    return row


def _in(table, row: dict[str, Any], vault: Vault) -> dict[str, Any]:
    for column in table.columns:
        value = row.get(column.name)
        if value is None:
            continue
        if isinstance(column.type, Utc):
            row[column.name] = datetime.fromisoformat(value)
        elif column.type.python_type is bytes:
            row[column.name] = vault.seal(base64.b64decode(value))
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
