"""The import directions of docs/architecture.md."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bot.channels.registry import KINDS

ROOT = Path(__file__).resolve().parents[2]
LEAVES = ("bot/channels", "bot/boundary", "bot/privacy")


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def imported(path: Path) -> set[str]:
    found = set()
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            name = ".".join(filter(None, (base, node.module)))
            found |= {name, *(f"{name}.{alias.name}" for alias in node.names)}
    return found


def offenders(folders: tuple[str, ...], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for folder in folders
        for path in modules(folder)
        for name in imported(path)
        if any(name == f or name.startswith(f"{f}.") for f in forbidden)
    ]


def test_the_leaves_know_neither_rasa_nor_the_database():
    assert offenders(LEAVES, ("rasa", "rasa_sdk", "sqlalchemy", "handoff", "bot.nlu")) == []


def test_the_desk_knows_neither_rasa_nor_its_sdk():
    assert offenders(("handoff",), ("rasa", "rasa_sdk", "bot.nlu", "bot.rasa_channel", "actions")) == []


def test_the_actions_know_no_database_and_no_desk():
    assert offenders(("actions",), ("sqlalchemy", "handoff", "rasa", "bot.nlu")) == []


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("handoff/domain", ("handoff.service", "handoff.store", "handoff.web", "handoff.app", "handoff.workers")),
        (
            "handoff/service",
            ("handoff.store", "handoff.web", "handoff.app", "handoff.workers", "sqlalchemy", "aiohttp"),
        ),
        ("handoff/store", ("handoff.service", "handoff.web", "handoff.app", "handoff.workers", "aiohttp")),
        ("handoff/workers", ("handoff.web", "handoff.app", "handoff.store")),
        ("handoff/web", ("handoff.app",)),
    ],
)
def test_imports_go_one_way(folder, forbidden):
    assert offenders((folder,), forbidden) == []


def test_the_desk_knows_no_channel_by_name():
    """A new channel is one module and one line; the page's own API and the simulator play one channel each."""
    names = [f'"{kind}"' for kind in KINDS if kind != "web"]
    naming = [
        path.relative_to(ROOT).as_posix()
        for path in modules("handoff")
        if any(name in path.read_text(encoding="utf-8") for name in names)
    ]
    assert naming == ["handoff/web/simulator.py"]


@pytest.mark.parametrize("name", ["handoff.app", "bot.channels.registry", "bot.boundary.screen", "bot.privacy.pii"])
def test_a_fresh_interpreter_imports_it_without_rasa(name):
    code = f"import sys, {name}; sys.exit(any(m in sys.modules for m in ('rasa', 'tensorflow')))"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_priority_that_brings_somebody_at_once_has_one_name():
    naming = [path.name for path in modules("handoff") if '"P0"' in path.read_text(encoding="utf-8")]
    assert naming == ["priority.py"]
