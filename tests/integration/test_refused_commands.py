"""A command that cannot do what it was given says why in one Chinese line that names the thing, and fails."""

import io
import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from handoff.__main__ import main
from handoff.settings import NAMES
from tests.support.databases import fresh_database, give_back
from tests.support.refusing import refusal

ROOT = Path(__file__).resolve().parents[2]
ADD = ("user", "add", "wang", "--role", "caseworker")
PASSWORD = b"password-0000\n"
AWAY = "postgresql://postgres@127.0.0.1:1/desk"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in with a file, a folder and something that is no text; no setting but VAR_DIR is set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("一行字\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "photo").write_bytes(b"\xff\xd8\xff\xe0" * 1000)
    before = os.umask(0o077)
    yield tmp_path
    os.umask(before)


@pytest.fixture
def other(place, database):
    """A second empty database of the same kind."""
    url = fresh_database(database.partition(":")[0], place / "folder")
    yield url
    give_back(url)


@pytest.fixture
def refused(place, monkeypatch, capsys):
    """The one line that a refused command says."""

    def refused(*arguments: str, given: bytes = b"") -> str:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        return refusal(main, arguments, capsys)

    return refused


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "命令"),
        (("start",), "start"),
        (("user", "add", "wang"), "--role"),
        ((*ADD[:-1], "boss"), "boss"),
        ((*ADD, "--until", "明天"), "--until"),
        ((*ADD, "--until", "9999-12-31"), "--until"),
        ((*ADD, "--capacity", "many"), "--capacity"),
        ((*ADD, "--capacity", "0"), "--capacity"),
        ((*ADD, "--capacity", "9" * 30), "--capacity"),
        ((*ADD, "--age", "3"), "--age"),
        (("user", "add", "\udcff", "--role", "caseworker"), "UTF-8"),
        (("resident", "erase", "--conversation", "x"), "--conversation"),
        (("resident", "erase", "--conversation", "9" * 30), "--conversation"),
        (("resident", "erase"), "--conversation"),
        (("resident", "erase", "--channel", "web"), "--sender"),
        (("export",), "--out"),
        (("import",), "--from"),
        (("import", "a", "--from", "b"), "--from"),
        (("user", "disable", "nobody"), "nobody"),
        (("user", "enable", "nobody"), "nobody"),
        (("user", "password", "nobody"), "nobody"),
    ],
)
def test_a_wrong_argument_is_named(refused, arguments, named):
    assert named in refused(*arguments)


@pytest.mark.parametrize("given", [b"\n", b"\r\n", b"\xff\xfe-0000000\n", b"short\n"])
def test_an_unusable_password_is_refused_and_no_other_made(refused, given):
    assert "密码" in refused(*ADD, given=given)


@pytest.mark.parametrize("out", ["file", "file/under", "/proc/nowhere", "folder/taken", "."])
def test_an_export_that_has_nowhere_to_go_names_the_place(refused, place, out):
    (place / "folder" / "taken").touch()
    assert out in refused("export", "--out", out)


@pytest.mark.parametrize("source", ["nowhere", "file", "file/under", "folder", "photo"])
def test_an_import_from_what_is_no_export_names_it(refused, source):
    assert source in refused("import", "--from", source)


@pytest.mark.parametrize(
    "manifest", [b"[]", b'{"format": 1, "rows": []}', b'{"format": 99, "rows": {}}', b"\xff", b"{"]
)
def test_a_manifest_of_something_else_is_named(refused, place, manifest):
    (place / "folder" / "manifest.json").write_bytes(manifest)
    assert "manifest.json" in refused("import", "--from", "folder")


@pytest.fixture
def comes_in(refused, place, monkeypatch, capsys, database, other):
    """What is said when this line, of this table, stands in an export that is taken over."""

    def comes_in(table: str, line: str) -> str:
        monkeypatch.setenv("DATABASE_URL", database)
        assert main(["export", "--out", "out"]) == 0
        capsys.readouterr()
        manifest = place / "out" / "manifest.json"
        told = json.loads(manifest.read_text())
        manifest.write_text(json.dumps({**told, "rows": {**told["rows"], table: 1}}))
        (place / "out" / f"{table}.jsonl").write_text(line + "\n", encoding="utf-8")
        monkeypatch.setenv("DATABASE_URL", other)
        return refused("import", "out")

    return comes_in


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "5",
        "[" * 100_000,
        "{}",
        '{"name": "wang"}',
        '{"id": "x", "made_at": 5, "created_at": 5}',
        '{"id": 1, "created_at": "yesterday"}',
        '{"id": 1, "created_at": "2026-01-01T00:00:00"}',
        '{"id": 1e400, "created_at": "2026-01-01T00:00:00+00:00"}',
        '{"id": ' + "9" * 30 + ', "created_at": "2026-01-01T00:00:00+00:00"}',
    ],
)
def test_a_row_that_is_none_is_named_and_nothing_comes_in(comes_in, line):
    assert "residents.jsonl 第 1 " in comes_in("residents", line)


@pytest.mark.parametrize("value", ['"三"', '"7"', "1.5", "true", str(2**31), "[1]"])
def test_what_is_no_number_is_taken_for_none_whichever_the_database(comes_in, value):
    """SQLite would take all of these, PostgreSQL some of them."""
    told = comes_in("counters", f'{{"name": "cases", "value": {value}}}')
    assert told == "counters.jsonl 第 1 行的 value 不是可用的整数，没有导入。"


def test_an_export_with_another_key_names_it(refused, place, monkeypatch, capsys):
    assert main(["migrate"]) == 0
    with sqlite3.connect(place / "var" / "desk.sqlite3") as ledger:
        ledger.execute(
            "INSERT INTO inbound (account, key, conversation_id, seq, raw, received_at) VALUES ('web', 'k', 1, 1, ?, '2026-01-01 00:00:00')",
            (b"sealed with another key",),
        )
    assert "DESK_SECRET_KEY" in refused("export", "--out", "out")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (AWAY, "DATABASE_URL"),
        ("postgresql://postgres@nowhere.invalid/desk", "DATABASE_URL"),
        ("postgresql://postgres@127.0.0.1:many/desk", "DATABASE_URL"),
        ("postgresql+asyncpg://postgres@127.0.0.1/desk", "DATABASE_URL"),
        ("sqlite+other:///x", "DATABASE_URL"),
        ("sqlite:///x?color=red", "DATABASE_URL"),
        ("sqlite:///folder", "DATABASE_URL"),
        ("sqlite:///nowhere/x", "DATABASE_URL"),
        ("sqlite:///photo", "DATABASE_URL"),
        ("sqlite:///newer", "DATABASE_URL"),
        ("mysql://x", "DATABASE_URL"),
    ],
)
def test_a_database_that_cannot_be_used_is_named(refused, place, monkeypatch, url, named):
    with sqlite3.connect(place / "newer") as newer:
        newer.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        newer.execute("INSERT INTO alembic_version VALUES ('of_next_year')")
    monkeypatch.setenv("DATABASE_URL", url)
    assert named in refused("migrate")


@pytest.mark.parametrize(
    "command",
    [
        ("serve",),
        ("up",),
        ("migrate",),
        ADD,
        ("user", "disable", "wang"),
        ("user", "enable", "wang"),
        ("user", "password", "wang"),
        ("resident", "erase", "--conversation", "1"),
        ("menu", "create", "oa"),
        ("export", "--out", "out"),
        ("import", "folder"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", AWAY), ("VAR_DIR", "file"), ("CHANNELS_FILE", "nowhere.yml")]
)
def test_every_command_names_the_setting_that_is_in_its_way(refused, monkeypatch, command, name, value):
    monkeypatch.setenv("DESK_PORT", str(_free_port()))
    monkeypatch.setenv("RASA_URL", f"http://127.0.0.1:{_free_port()}")
    monkeypatch.setenv("ACTIONS_URL", f"http://127.0.0.1:{_free_port()}")
    monkeypatch.setenv(name, value)
    assert name in refused(*command, given=PASSWORD)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("name", ["desk.key", "rasa.token"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xff"], ids=["a folder", "empty", "no text"])
def test_a_broken_key_file_is_named_and_not_replaced(refused, place, name, content):
    kept = place / "var" / name
    kept.parent.mkdir()
    kept.mkdir() if content is None else kept.write_bytes(content)
    assert name in refused("migrate")


@pytest.mark.parametrize("command", ["serve", "up"])
def test_a_busy_port_is_named(refused, monkeypatch, command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("DESK_PORT", port)
        said = refused(command)
    assert port in said and "DESK_PORT" in said


@pytest.mark.parametrize("host", ["999.1.1.1", "203.0.113.7", "a..b", "没有这台机器"])
def test_a_host_that_is_not_this_machine_is_named(refused, monkeypatch, host):
    monkeypatch.setenv("DESK_HOST", host)
    assert "DESK_HOST" in refused("serve")


@pytest.mark.parametrize("name", ["CHANNELS_FILE", "AREAS_FILE", "CALENDAR_FILE"])
@pytest.mark.parametrize("value", ["nowhere", "folder", "photo", "file"])
def test_a_file_of_the_operators_own_that_cannot_be_used_is_named(refused, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert value in refused("menu", "create", "oa")


def test_a_desk_with_wrong_accounts_says_that_alone(place):
    """The real program: it has set up its log by then."""
    env = {**os.environ, "CHANNELS_FILE": str(place / "photo"), "DESK_PORT": str(_free_port())}
    command = [sys.executable, "-W", "ignore", "-m", "handoff", "serve"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 2 and str(place / "photo") in line


@pytest.mark.parametrize("file", ["nowhere", "folder", "photo", "file"])
def test_a_menu_that_is_none_is_named(refused, file):
    assert file in refused("menu", "create", "oa", "--file", file)


@pytest.mark.parametrize("content", [None, b"\xff\n", b"PORT\n"], ids=["a folder", "no text", "no value"])
def test_a_broken_env_file_is_named(refused, place, content):
    env = place / ".env"
    env.mkdir() if content is None else env.write_bytes(content)
    assert ".env" in refused("user", "disable", "wang")
