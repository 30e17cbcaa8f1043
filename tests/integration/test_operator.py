"""What an operator does at the command line, with the real program."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

from handoff.__main__ import _migrated, _parser
from handoff.service import accounts
from handoff.settings import load
from handoff.store.ledger import Ledger
from handoff.store.vault import Vault
from handoff.up import launch
from handoff.up.announce import LOGINS
from tests.support.desk import free_port
from tests.support.processes import DeskProcess, environment, running
from tests.support.scene import Scene

ROOT = Path(__file__).resolve().parents[2]
SECRET = "only-for-tests-0000"


@pytest.fixture
def run(tmp_path, database):
    async def run(*arguments: str, words: str = "", **env: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", "handoff", *arguments,
            cwd=ROOT, stdin=-1, stdout=-1, stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "DATABASE_URL": database, "VAR_DIR": str(tmp_path), "DESK_SECRET_KEY": SECRET, **env},
        )  # fmt: skip
        said, _ = await process.communicate(words.encode())
        return process.returncode, said.decode()

    return run


def people(url):
    ledger = Ledger(url, Vault(SECRET))
    try:
        return {user.username: user for user in ledger.read_now(lambda tx: tx.people.all())}
    finally:
        ledger.close()


async def test_a_log_in_is_added_with_area_and_skills(run, database):
    where = ("--area", "幸福社区/第三网格", "--skill", "法律", "--skill", "粤语", "--capacity", "3")
    status, said = await run("user", "add", "王芳", "--role", "caseworker", *where, words="password-0000\n")
    assert (status, "王芳" in said) == (0, True)
    added = people(database)["王芳"]
    assert (added.area, added.skills, added.capacity) == ("幸福社区/第三网格", ["law", "粤语"], 3)


@pytest.mark.parametrize("until", [[], ["--until", "2020-01-01"], ["--until", "2099-01-01"]])
async def test_somebody_from_outside_needs_an_end_date_that_is_near(run, database, until):
    status, said = await run("user", "add", "wai", "--role", "vendor", *until, words="password-0000\n")
    assert (status, "until" in said or "有效期" in said) == (2, True)
    assert people(database) == {}


async def test_a_log_in_is_ended_given_back_and_gets_a_new_password(run, database):
    await run("user", "add", "王芳", "--role", "caseworker", words="password-0000\n")
    assert await run("user", "disable", "王芳") == (0, "已停用 王芳，现在登不进来了\n")
    assert await run("user", "disable", "王芳") == (2, "王芳 已经停用了。\n")
    assert not people(database)["王芳"].active
    assert (await run("user", "enable", "王芳"))[0] == 0
    status, said = await run("user", "password", "王芳")
    made = said.strip().rpartition("密码：")[2]
    assert (status, accounts.check_password(people(database)["王芳"], made)) == (0, True)
    assert await run("user", "password", "王方", words="password-0001\n") == (2, "没有 王方 这个账号。\n")


async def test_a_resident_is_erased_by_the_conversation_and_what_stays_is_said(run, database):
    assert (await run("resident", "erase", "--conversation", "1"))[0] == 2
    ledger = Ledger(database, Vault(SECRET))
    conversation = Scene(ledger).says("r1", "你好")
    ledger.close()
    status, said = await run("resident", "erase", "--conversation", str(conversation))
    assert (status, "消息 2 条" in said, "审计日志" in said) == (0, True, True)
    status, said = await run("resident", "erase", "--channel", "web", "--sender", "r1")
    assert (status, "没有找到这位居民" in said) == (2, True)


async def test_an_export_comes_back_without_loss_and_both_are_logged(run, database, tmp_path):
    await run("user", "add", "wang", "--role", "caseworker", "--skill", "law", words="password-0000\n")
    first, second = tmp_path / "first", tmp_path / "second"
    status, said = await run("export", "--out", str(first))
    assert status == 0, said
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    status, said = await run("import", str(first), DATABASE_URL=other)
    assert status == 0, said
    assert people(other) == people(database)
    ledger = Ledger(other, Vault(SECRET))
    logged = [row["action"] for row in ledger.read_now(lambda tx: tx.people.audited())]
    ledger.close()
    assert logged == ["import_all", "user_add"]
    await run("export", "--out", str(second), DATABASE_URL=other)
    assert differences(first, second) == {"audit.jsonl": 1, "manifest.json": None}  # that it came in is logged


async def test_an_export_of_an_earlier_version_comes_in_without_the_tables_that_it_did_not_have(run, tmp_path):
    await run("user", "add", "wang", "--role", "caseworker", words="password-0000\n")
    folder = tmp_path / "earlier"
    await run("export", "--out", str(folder))
    (folder / "call_tries.jsonl").unlink()
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    status, said = await run("import", str(folder), DATABASE_URL=other)
    assert (status, "call_tries.jsonl" in said) == (2, True)  # the manifest names it: it was lost
    manifest = folder / "manifest.json"
    named = json.loads(manifest.read_text("utf-8"))
    del named["rows"]["call_tries"]
    manifest.write_text(json.dumps(named), "utf-8")
    assert (await run("import", str(folder), DATABASE_URL=other))[0] == 0
    assert people(other).keys() == {"wang"}


@pytest.mark.parametrize("arguments", [["folder"], ["--from", "folder"]])
def test_the_folder_of_an_import_may_stand_alone(arguments):
    assert _parser().parse_args(["import", *arguments]).source == "folder"


def differences(first: Path, second: Path) -> dict[str, int | None]:
    """The files that are not the same; how many lines were added at the end, None when it is more than that."""
    found = {}
    for file in sorted(first.iterdir()):
        before, after = file.read_text("utf-8"), (second / file.name).read_text("utf-8")
        if before != after:
            found[file.name] = after.removeprefix(before).count("\n") if after.startswith(before) else None
    return found


async def test_the_desk_alone_prepares_its_database(database, tmp_path):
    desk = DeskProcess(environment(tmp_path, database, free_port(), "http://127.0.0.1:9"))
    async with ClientSession() as http, running(http, desk):
        async with http.get(f"{desk.base}/api/queue") as answer:
            assert answer.status == 401


def test_the_first_start_makes_one_log_in_of_each_role_with_a_password_of_its_own(tmp_path):
    """What was made is kept for this user alone until it has been shown; a second start makes nothing."""
    made = []
    for name in ("one", "two"):
        settings = load({"VAR_DIR": str(tmp_path / name)})
        _migrated(settings).dispose()
        launch.add_demo_logins(settings)
        kept = settings.var_dir / LOGINS
        assert kept.stat().st_mode & 0o777 == 0o600
        made += (lines := [tuple(line.split(" ")) for line in kept.read_text().splitlines()])
        kept.unlink()
        launch.add_demo_logins(settings)
        assert not kept.exists()
        ledger = Ledger(settings.database_url, Vault(SECRET))
        users = ledger.read_now(lambda tx: {user.username: user for user in tx.people.all()})
        ledger.close()
        assert sorted(user.role for user in users.values()) == ["admin", "auditor", "caseworker", "supervisor"]
        assert all(accounts.check_password(users[name], password) for name, password in lines)
    assert len({password for _, password in made}) == len(made) == 8
