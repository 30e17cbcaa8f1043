"""`make run`: everything that is needed, then all processes under supervisord, in the foreground."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.boundary.policy import Policy
from bot.channels.message import ConfigError
from bot.channels.registry import load_accounts
from bot.lifetime import end_with_parent

from ..domain.clock import SystemClock
from ..listening import check_port
from ..service import accounts
from ..settings import Settings, SettingsError, load
from ..store.ledger import Ledger, make_engine
from ..store.migrate import migrate
from ..store.vault import Vault
from .announce import LOGINS
from .programs import addresses, programs, tracker_environment

DEMO = {"caseworker": "demo-worker", "supervisor": "demo-supervisor", "admin": "demo-admin", "auditor": "demo-auditor"}
LOG_BYTES = "10MB"


def up() -> int:
    """Replaces this process by supervisord. Raises `SettingsError` with one line when something is in the way."""
    environment = dict(os.environ)
    settings = load(environment)
    for address in addresses(settings):
        check_port(*address)
    check_files(settings)
    migrate(make_engine(settings.database_url))
    train()
    add_demo_logins(settings)
    child = child_environment(environment, settings)
    configuration = settings.var_dir / "supervisord.conf"
    configuration.write_text(supervisor_configuration(settings), encoding="utf-8")
    configuration.chmod(0o600)
    if _name_of(os.getppid()) in ("make", "gmake"):
        end_with_parent()
    os.execve(
        sys.executable,
        [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-n", "-s", "-c", str(configuration)],
        child,
    )
    return 0


def check_files(settings: Settings) -> None:
    """The operator's own files: wrong accounts stop the start; without a boundary everything goes to people."""
    if settings.channels_file.exists():
        try:
            load_accounts(settings.channels_file, os.environ, SystemClock().now)
        except ConfigError as error:
            raise SettingsError(str(error)) from error
    if closed_because := Policy.load(settings.boundary_file).closed_because:
        print(f"注意：{closed_because}。现在所有事情都会交给人。", file=sys.stderr)  # noqa: T201


def train() -> None:
    """Trains when the model is missing or older than what it is made from."""
    if subprocess.run([sys.executable, "-W", "ignore", "-m", "bot", "train"], check=False).returncode != 0:
        raise SettingsError("训练没有成功，原因在上面。")


def add_demo_logins(settings: Settings) -> None:
    """One log-in per role on an installation that has none yet. The random passwords lie in a file of this user's until
    they have been shown: in the environment every process would have them, and a start that is broken off would lose them."""
    ledger = Ledger(settings.database_url, Vault(settings.secret_key))
    try:
        if ledger.read_now(lambda tx: tx.people.all()):
            return
        made = {name: secrets.token_urlsafe(9) for name in DEMO.values()}
        kept = settings.var_dir / LOGINS
        kept.touch(mode=0o600)
        kept.write_text("\n".join(f"{name} {password}" for name, password in made.items()), encoding="utf-8")
        for role, name in DEMO.items():
            ledger.write_now(accounts.create, name, role, made[name], SystemClock().now())
    finally:
        ledger.close()


def child_environment(given: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """What all processes share. They end with the runner, which itself ends with `make` when that started it."""
    return {
        **given,
        "RASA_TOKEN": settings.rasa_token,
        "RASA_URL": ",".join(settings.rasa_urls),
        "ACTIONS_URL": settings.actions_url,
        "VAR_DIR": str(settings.var_dir),
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_MOTD": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
        "END_WITH": str(os.getpid()),
        **tracker_environment(settings),
    }


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def supervisor_configuration(settings: Settings) -> str:
    """The processes, restarted when they fall, and one that says when all is ready."""
    logs = settings.var_dir / "log"
    logs.mkdir(exist_ok=True)
    own, python = _as_it_stands(str(settings.var_dir)), _as_it_stands(shlex.quote(sys.executable))
    sections = [
        f"[supervisord]\nnodaemon=true\nlogfile={own}/log/supervisor.log\npidfile={own}/supervisord.pid\n"
        f"loglevel=warn\nsilent=true\n"
    ]
    for program in programs(settings):
        environment = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
        sections.append(
            f"[program:{program.name}]\ncommand={_as_it_stands(program.command)}\n"
            f"autorestart=true\nstartsecs=3\nstartretries=1000000\n"
            f"stopasgroup=true\nkillasgroup=true\nstopwaitsecs=12\nredirect_stderr=true\nenvironment={environment}\n"
            f"stdout_logfile={_as_it_stands(own)}/log/{program.name}.log\n"  # supervisor fills this one in twice
            f"stdout_logfile_maxbytes={LOG_BYTES}\nstdout_logfile_backups=3\n"
        )
    sections.append(
        f"[program:announce]\ncommand={python} -m handoff.up.announce\nautorestart=false\nstartsecs=0\n"
        "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\nstderr_logfile=/dev/stderr\n"
        "stderr_logfile_maxbytes=0\n"
    )
    return "\n".join(sections)


def _as_it_stands(text: str) -> str:
    """Supervisor fills in what stands after a percent sign."""
    return text.replace("%", "%%")
