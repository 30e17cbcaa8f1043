"""Real processes on this machine: the desk as it is run, and finding or killing what a runner started."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession

from handoff import settings as settings_module
from handoff.store.ledger import make_engine
from handoff.store.migrate import migrate
from handoff.up.launch import child_environment
from handoff.up.programs import programs

from .desk import accounts_file

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 180.0  # seconds; Rasa on a busy machine takes more than a minute
LOOK_AGAIN = 0.1


def environment(folder: Path, database: str, port: int, rasa: str, **more: str) -> dict[str, str]:
    """What a desk process is given: nothing of the project's settings leaks in from this shell."""
    return {
        **{name: value for name, value in os.environ.items() if name not in settings_module.NAMES},
        "VAR_DIR": str(folder),
        "DATABASE_URL": database,
        "DESK_PORT": str(port),
        "RASA_URL": rasa,
        "ACTIONS_URL": rasa.split(",")[0],
        "RATE_PER_SENDER": "0",
        "RATE_PER_ADDRESS": "0",
        "CHANNELS_FILE": accounts_file(folder),
        "LOG_LEVEL": "WARNING",
        "END_WITH": str(os.getpid()),
        "PYTHONWARNINGS": "ignore",
        **more,
    }


async def migrated(database: str) -> None:
    engine = make_engine(database)
    await asyncio.to_thread(migrate, engine)
    engine.dispose()


class Process:
    """A Python module as a process of its own, which can be killed and started again. `health` answers 200 once it is up."""

    def __init__(self, command: list[str], env: dict[str, str], health: str) -> None:
        self._command, self._env, self._health = command, env, health
        self._log = Path(env["VAR_DIR"]) / f"{command[0]}-{urlsplit(health).port}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, http: ClientSession) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-W", "ignore", "-m", *self._command, cwd=ROOT, env=self._env, stdout=log, stderr=log
            )
        await answers(http, self._health)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def address(self) -> str:
        return self._health.rsplit("/", self._health.count("/") - 2)[0]

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        parts = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


class DeskProcess(Process):
    def __init__(self, env: dict[str, str]) -> None:
        self.base = f"http://127.0.0.1:{env['DESK_PORT']}"
        super().__init__(["handoff", "serve"], env, f"{self.base}/healthz")


class BotProcess(Process):
    """The scripted bot in Rasa's place."""

    def __init__(self, folder: Path, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        env = {**os.environ, "VAR_DIR": str(folder), "END_WITH": str(os.getpid())}
        super().__init__(["tests.support.scripted_bot", str(port)], env, f"{self.base}/health")


def as_run(given: dict[str, str]) -> dict[str, Process]:
    """The real three, by name, in the order in which they may start: with the commands and the environment of `make run`."""
    settings = settings_module.load(given)
    answering = {
        "actions": f"{settings.actions_url}/health",
        "rasa": f"{settings.rasa_urls[0]}/webhooks/desk/",
        "desk": f"{settings.address}/healthz",
    }
    env = child_environment(given, settings)
    return {
        program.name: Process(shlex.split(program.command)[2:], {**env, **program.environment}, answering[program.name])
        for program in programs(settings)
    }


@asynccontextmanager
async def running(http: ClientSession, *processes: Process) -> AsyncIterator[None]:
    """Starts them one after the other; none is left behind."""
    try:
        for process in processes:
            await process.start(http)
        yield
    finally:
        for process in processes:
            await process.kill()


async def answers(http: ClientSession, url: str, within: float = STARTS_WITHIN) -> None:
    """Returns once `url` answers 200."""
    await asyncio.wait_for(_answers(http, url), within)


async def _answers(http: ClientSession, url: str) -> None:
    while True:
        try:
            async with http.get(url) as answer:
                if answer.status == 200:
                    return
        except ClientError:
            pass
        await asyncio.sleep(LOOK_AGAIN)


def children(parent: int) -> dict[int, tuple[str, dict[str, str]]]:
    """(command line, environment) of the processes that `parent` started, by process id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) != parent:
                continue
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            pairs = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it ended while it was looked at
            continue
        found[int(folder.name)] = command, dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return found
