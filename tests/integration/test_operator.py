"""What an operator does at the command line, with the real program."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from handoff.store.ledger import Ledger
from handoff.store.vault import Vault

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


async def test_an_export_comes_back_without_loss_and_both_are_logged(run, database, tmp_path):
    await run("user", "add", "wang", "--role", "caseworker", "--skill", "law", words="password-0000\n")
    status, said = await run("export", "--out", str(tmp_path / "out"))
    assert status == 0, said
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    status, said = await run("import", "--from", str(tmp_path / "out"), DATABASE_URL=other)
    assert status == 0, said
    assert people(other) == people(database)
    ledger = Ledger(other, Vault(SECRET))
    logged = [row["action"] for row in ledger.read_now(lambda tx: tx.people.audited())]
    ledger.close()
    assert logged == ["import_all", "user_add"]
