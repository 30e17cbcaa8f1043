"""The understanding never falls below what it once reached, and nobody lowers the bar."""

import argparse
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.cli import evaluate

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/nlu/data"
FLOORS = "tests/nlu/floors.yml"


def limits(text: str) -> dict:
    return yaml.safe_load(text)


def fingerprint() -> str:
    """Of the final set: with other sentences, figures cannot be compared."""
    both = b"".join((DATA / f"final_{kind}.jsonl").read_bytes() for kind in ("handoff", "intake"))
    return hashlib.sha256(both).hexdigest()[:16]


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def earlier() -> list[dict]:
    """The floors of every commit that changed them."""
    commits = git("log", "--format=%H", "--", FLOORS).split()
    return [limits(text) for commit in commits if (text := git("show", f"{commit}:{FLOORS}"))]


def lowered(before: dict, now: dict) -> list[str]:
    floors = [name for name, floor in before["floors"].items() if now["floors"].get(name, -1) < floor]
    ceilings = [name for name, ceiling in before["ceilings"].items() if now["ceilings"].get(name, 2) > ceiling]
    return floors + ceilings


@pytest.mark.timeout(1200)
def test_the_final_set_stays_above_its_floors(reader):
    assert evaluate.run(argparse.Namespace(data=DATA, write_docs=False)) == 0


def test_the_floors_say_which_sentences_they_were_measured_on():
    assert limits((ROOT / FLOORS).read_text(encoding="utf-8"))["set"] == fingerprint()


def test_the_floors_only_rise_while_the_final_set_is_the_same():
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("这里没有提交历史")
    now = limits((ROOT / FLOORS).read_text(encoding="utf-8"))
    broken = [lowered(before, now) for before in earlier() if before.get("set") == now["set"]]
    assert [names for names in broken if names] == []


def test_a_lowered_floor_and_a_raised_ceiling_are_noticed():
    now = {"floors": {"a": 0.5, "c": 0.9}, "ceilings": {"b": 0.2}}
    assert lowered({"floors": {"a": 0.6}, "ceilings": {"b": 0.1}}, now) == ["a", "b"]
    assert lowered({"floors": {"gone": 0.1}, "ceilings": {}}, now) == ["gone"]
    assert lowered({"floors": {"a": 0.5, "c": 0.8}, "ceilings": {"b": 0.3}}, now) == []
