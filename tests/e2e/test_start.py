"""The start and the stop of `make run`, with the real processes: one clear line when something is in the way, and
nothing left behind however the runner ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handoff.settings import NAMES
from tests.support.desk import accounts_file, free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds on a busy machine; each wait ends as soon as what it waits for is there
QUICK_STOP = 20  # seconds, with a page that waits for news
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def environment(folder: Path, **more: str) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if name not in (*NAMES, "END_WITH")}
    rasa, actions = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    own = {
        "VAR_DIR": str(folder / "var"),
        "DESK_PORT": str(free_port()),
        "RASA_URL": rasa,
        "ACTIONS_URL": actions,
        "CHANNELS_FILE": accounts_file(folder),
        "PYTHONPATH": str(ROOT),
    }
    return {**given, **own, **more}


def refused(env: dict[str, str], cwd: Path = ROOT) -> str:
    """What the start says when it refuses: one line, and an exit code that is not 0."""
    command = [sys.executable, "-W", "ignore", "-m", "handoff", "up"]
    ended = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    said = [line for line in lines if not line.startswith("模型是最新的")]
    assert len(said) == 1, lines
    assert re.search(r"[一-鿿]", said[0])
    return said[0]


def test_a_busy_port_is_named_with_the_setting_that_changes_it(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(environment(tmp_path, DESK_PORT=port))
    assert port in said
    assert "DESK_PORT" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESK_PORT", "eighty"),
        ("DESK_PORT", "70000"),
        ("DESK_HOST", "999.1.1.1"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/desk"),
        ("LOG_LEVEL", "LOUD"),
        ("RASA_URL", "http://127.0.0.1:many"),
        ("CALENDAR_FILE", "/nowhere/calendar.yml"),
        ("CHANNELS_FILE", "/nowhere/channels.yml"),
        ("DESK_SECRET_KEY", "short"),
        ("VAR_DIR", "/proc/read-only"),
    ],
)
def test_a_wrong_value_names_its_setting(tmp_path, name, value):
    assert name in refused(environment(tmp_path, **{name: value}))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("- {name: [}\n", "不是有效的 YAML"),
        ("- {name: street-oa, kind: telegram}\n", "kind"),
        ("- {name: street-oa, kind: wechat, token: '${NOT_SET}'}\n", "NOT_SET"),
    ],
)
def test_a_wrong_accounts_file_is_refused_before_anything_starts(tmp_path, content, told):
    (tmp_path / "channels.yml").write_text(content, encoding="utf-8")
    assert told in refused(environment(tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        "OFFICE_NAME=街道\n这里写错了\n".encode(),
        "OFFICE_NAME=街道\n".encode("gb18030"),
        b"OFFICE_NAME=a\0b\n",
        "OFFICE_NAME='街道\n".encode(),
        b"=== garbage ###\n",
    ],
)
def test_a_broken_env_file_is_named(tmp_path, content):
    (tmp_path / ".env").write_bytes(content)
    assert ".env" in refused(environment(tmp_path), cwd=tmp_path)


def test_a_folder_in_the_place_of_the_env_file_is_named(tmp_path):
    (tmp_path / ".env").mkdir()
    assert ".env" in refused(environment(tmp_path), cwd=tmp_path)


def test_a_database_file_that_is_something_else_is_named(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" * 1000)
    assert "DATABASE_URL" in refused(environment(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/photo.jpg"))


def run(folder: Path, *command: str, words: str = "") -> subprocess.CompletedProcess:
    """A command of the project in a folder with an `.env` of its own; nothing is set beside it."""
    env = {name: value for name, value in environment(folder).items() if name not in NAMES}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *command], input=words,
        cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "command", "told"),
    [
        ("DESK_PORT=nonsense", ("handoff", "user", "add", "wang", "--role", "caseworker"), "DESK_PORT"),
        ("这里写错了", ("bot", "train"), ".env"),
    ],
    ids=["handoff", "bot"],
)
def test_the_env_file_counts_for_every_command(tmp_path, line, command, told):
    (tmp_path / ".env").write_text(f"{line}\n", encoding="utf-8")
    ended = run(tmp_path, *command)
    assert ended.returncode != 0
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_what_is_understood_is_judged_by_the_boundary_of_the_env_file(tmp_path):
    (tmp_path / "closed.yml").write_text("version: 1\n", encoding="utf-8")  # not a boundary: all goes to people
    (tmp_path / ".env").write_text("BOUNDARY_FILE=closed.yml\nVAR_DIR=own\n", encoding="utf-8")
    ended = run(tmp_path, "bot", "understand", words='{"text": "幸福小区3号楼的路灯坏了三天了"}\n')
    assert json.loads(ended.stdout)["disposition"] == "hand_off"
    assert (tmp_path / "own").is_dir()


# ── install.sh, on machines that lack something ──


def bare_machine(folder: Path) -> dict[str, str]:
    """A PATH with what every system has, and no Python of any kind."""
    tools = folder / "bin"
    tools.mkdir()
    for name in ("sh", "cat", "touch", "rm", "dirname", "pwd", "awk", "mktemp"):
        (tools / name).symlink_to(shutil.which(name))
    return {"PATH": str(tools), "HOME": str(folder)}


def install(checkout: Path, env: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [checkout / "install.sh"], env=env, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.fixture
def checkout(tmp_path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("install.sh", ".python-version", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_without_python_one_line_says_how_to_get_it(tmp_path, checkout):
    ended = install(checkout, bare_machine(tmp_path))
    assert ended.returncode != 0
    assert len(ended.stderr.splitlines()) == 1
    assert "Python 3.10" in ended.stderr
    assert not (checkout / ".venv").exists()


def test_a_checkout_that_cannot_be_written_to_is_named(tmp_path, checkout):
    (checkout / ".writable").mkdir()  # root may write anywhere, so the probe itself is taken away
    (checkout / ".writable" / "in the way").touch()
    env = bare_machine(tmp_path)
    refusing = tmp_path / "bin" / "touch"
    refusing.unlink()
    refusing.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    refusing.chmod(0o755)
    ended = install(checkout, env)
    assert ended.returncode != 0
    assert ended.stderr.splitlines() == [f"这个文件夹不可写，无法建立运行环境：{checkout}"]


# ── nothing is left behind ──


def family(var_dir: str) -> list[int]:
    """The living processes of one installation."""
    mark, found = f"VAR_DIR={var_dir}\0".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                mark in (folder / "environ").read_bytes() + b"\0"
                and "\nState:\tZ" not in (folder / "status").read_text()
            ):
                found.append(int(folder.name))
        except OSError:  # gone meanwhile, or not ours to look at
            continue
    return found


def until(true: Callable[[], object], what: str) -> float:
    """Seconds until it was true. Fails when it did not become so."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < PATIENCE, what
        time.sleep(0.1)
    return time.monotonic() - began


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., tuple[subprocess.Popen, dict[str, str]]]]:
    """Starts everything and waits until the three processes are there and the desk answers."""
    started: list[tuple[subprocess.Popen, dict[str, str]]] = []

    def begin(*command: str) -> tuple[subprocess.Popen, dict[str, str]]:
        env = environment(tmp_path)
        runner = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append((runner, env))
        until(lambda: answers(f"http://127.0.0.1:{env['DESK_PORT']}/healthz"), "the desk does not answer")
        until(lambda: len(family(env["VAR_DIR"])) >= 4, "not all processes are there")
        return runner, env

    yield begin
    for runner, env in started:
        for pid in {runner.pid, *family(env["VAR_DIR"])}:
            if runner.poll() is None or pid != runner.pid:
                os.kill(pid, signal.SIGKILL)
        runner.wait()


UP = (sys.executable, "-W", "ignore", "-m", "handoff", "up")


def wait_for_news(env: dict[str, str]) -> threading.Thread:
    """A resident's page that has said something and now waits for what comes next."""
    base = f"http://127.0.0.1:{env['DESK_PORT']}/channels/web"

    def ask(path: str, body: dict | None = None) -> dict:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{base}/{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    session = ask("session", {})["session"]
    ask("messages", {"session": session, "message_id": "1", "text": "你好"})
    waiting = threading.Thread(target=ask, args=(f"messages?session={session}&after=1000&wait=60",), daemon=True)
    waiting.start()
    return waiting


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_stop_ends_every_process_soon_even_while_pages_wait_for_news(start, how):
    runner, env = start(*UP)
    waiting = wait_for_news(env)
    runner.send_signal(how)
    assert until(lambda: runner.poll() is not None and not family(env["VAR_DIR"]), "left behind") < QUICK_STOP
    waiting.join(PATIENCE)
    assert not waiting.is_alive()


def test_a_killed_runner_leaves_no_process_behind(start):
    runner, env = start(*UP)
    runner.kill()
    runner.wait()
    until(lambda: not family(env["VAR_DIR"]), "left behind")


def test_a_killed_make_leaves_no_process_behind(start, tmp_path):
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"run:\n\t@exec {' '.join(UP)}\n", encoding="utf-8")
    make, env = start("make", "-f", str(makefile), "run")
    make.kill()
    make.wait()
    until(lambda: not family(env["VAR_DIR"]), "left behind")
