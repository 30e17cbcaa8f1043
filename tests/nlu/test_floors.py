"""The understanding never falls below what it once reached, and nobody lowers the bar."""

import argparse
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.cli import evaluate
from bot.cli.measures import DEVELOPMENT, FALSE, FALSE_IN_ALL, FINAL, LIFE, Figure

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/nlu/data"
FEW = 20  # sentences
FLOORS = "tests/nlu/floors.yml"


def limits(text: str) -> dict:
    return yaml.safe_load(text)


def fingerprint(*kinds: str) -> str:
    """Of the final set: with other sentences, figures cannot be compared."""
    together = b"".join((DATA / f"final_{kind}.jsonl").read_bytes() for kind in kinds)
    return hashlib.sha256(together).hexdigest()[:16]


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
    assert evaluate.check(evaluate.figures(reader, DATA, FINAL)) == 0


def test_the_command_prints_and_writes_its_figures_and_fails_below_a_floor(reader, tmp_path, monkeypatch, capsys):
    """On a few sentences of each kind, of which all calls for a person were mislabelled."""
    for name in (DEVELOPMENT, FINAL):
        for kind in evaluate.LABELS:
            rows = [
                json.loads(line) for line in (DATA / f"{name}_{kind}.jsonl").read_text(encoding="utf-8").splitlines()
            ]
            if kind == "handoff":
                rows = [{**row, "trigger": "self_harm"} for row in rows if not row["trigger"]] + rows[-3:]
            few = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows[-FEW:])
            (tmp_path / f"{name}_{kind}.jsonl").write_text(few, encoding="utf-8")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    assert evaluate.run(argparse.Namespace(data=tmp_path, write_docs=False)) == 1
    said = capsys.readouterr()
    assert LIFE in said.out
    assert LIFE in said.err
    written = (tmp_path / "eval" / "report.html").read_text(encoding="utf-8")
    assert all(part in written for part in (LIFE, "<h3>个人信息</h3>", "plotly"))
    assert (tmp_path / "eval" / evaluate.DIAGRAM.name).exists()


def test_a_figure_that_was_not_measured_is_below_its_floor(capsys):
    told = limits((ROOT / FLOORS).read_text(encoding="utf-8"))
    reached = {name: Figure(1.0, 1) for name in told["floors"]} | {name: Figure(0.0, 1) for name in told["ceilings"]}
    assert evaluate.check(reached) == 0
    for missing in reached:
        assert evaluate.check({name: figure for name, figure in reached.items() if name != missing}) == 1
        assert f"没有量到：{missing}" in capsys.readouterr().err
        assert evaluate.check({**reached, missing: Figure(reached[missing].value, 0)}) == 1


def test_what_is_aimed_at_for_calls_that_nobody_needed_is_a_ceiling():
    told = limits((ROOT / FLOORS).read_text(encoding="utf-8"))["ceilings"]
    assert {name: told[name] for name in (FALSE, FALSE_IN_ALL)} == {FALSE: 0.08, FALSE_IN_ALL: 0.08}


def test_the_floors_say_which_sentences_they_were_measured_on():
    told = limits((ROOT / FLOORS).read_text(encoding="utf-8"))
    assert (told["set"], told["matters"]) == (fingerprint("handoff", "intake"), fingerprint("matters"))


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
