"""The real three processes — desk, rasa, actions — as `make run` starts them, for tests that talk to them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession

from handoff import settings as settings_module
from handoff.store.ledger import make_engine
from handoff.store.migrate import migrate
from handoff.up.launch import child_environment, supervisor_configuration

from .desk import PASSWORD, free_port
from .processes import answers

ROOT = Path(__file__).resolve().parents[2]
READY = 150  # seconds at most


@asynccontextmanager
async def running_processes(folder: Path, url: str, channels: str, **more: str) -> AsyncIterator[tuple[str, dict]]:
    """Starts them on free ports over an empty database; yields (address of the desk, environment)."""
    (folder / "channels.yml").write_text(channels, encoding="utf-8")
    given = {
        **{k: v for k, v in os.environ.items() if k not in settings_module.NAMES},
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": url,
        "DESK_PORT": str(free_port()),
        "RASA_URL": f"http://127.0.0.1:{free_port()}",
        "ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
        "CHANNELS_FILE": str(folder / "channels.yml"),
        **more,
    }
    settings = settings_module.load(given)
    engine = make_engine(settings.database_url)
    await asyncio.to_thread(migrate, engine)
    engine.dispose()
    configuration = settings.var_dir / "supervisord.conf"
    configuration.write_text(supervisor_configuration(settings), encoding="utf-8")
    runner = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-n", "-s", "-c", str(configuration),
        cwd=ROOT, env={**child_environment(given, settings), "END_WITH": str(os.getpid())},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{settings.port}"
    try:
        await until_ready(base)
        yield base, given
    finally:
        runner.send_signal(signal.SIGTERM)
        await asyncio.wait_for(runner.wait(), 30)


async def until_ready(base: str) -> None:
    async with ClientSession() as http:
        await answers(http, f"{base}/readyz", READY)


async def add_user(env: dict, name: str, role: str = "caseworker") -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "handoff", "user", "add", name, "--role", role,
        cwd=ROOT, env=env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await process.communicate(PASSWORD.encode() + b"\n")
    assert process.returncode == 0
