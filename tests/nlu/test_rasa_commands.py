"""Rasa's own conventions stay: its commands work on this project, given plainly in its root."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.model import MODEL, ROOT
from bot.importer import DATA, CorpusImporter

EXPLICIT = [str(ROOT / name) for name in DATA]
SENTENCES = """version: "3.1"
nlu:
- intent: report
  examples: |
    - [金桂苑3号楼](place)的路灯坏了[三天](time)了
    - [青石巷](place)那个井盖没了
- intent: greet
  examples: |
    - 你好
    - 在吗您好
"""


def rasa(*command: str) -> subprocess.CompletedProcess:
    quiet = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
    whole = [sys.executable, "-W", "ignore", "-m", "rasa", *command]
    return subprocess.run(whole, cwd=ROOT, env=quiet, capture_output=True, text=True)


@pytest.mark.timeout(300)
def test_rasa_finds_nothing_to_warn_of() -> None:
    done = rasa("data", "validate", "--fail-on-warnings")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "UserWarning" not in done.stderr  # an intent that no rule uses does not make it fail


@pytest.mark.timeout(300)
def test_rasa_trains_what_it_finds() -> None:
    done = rasa("train", "--dry-run")
    said = done.stdout + done.stderr
    assert "needs to be retrained" in said or "No training of components required" in said, said[-2000:]
    assert not [lack for lack in ("No stories", "No NLU data", "No training data", "empty domain") if lack in said]


# What Rasa hands on: without --data, when it validates and when it trains; no paths at all; a misspelt one.
@pytest.mark.parametrize("given", ["data", [None, None], None, [], ["misspelt"]])
@pytest.mark.filterwarnings("ignore:The path 'misspelt'")
def test_without_data_that_exists_the_projects_own_is_read(given, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    found, own = (CorpusImporter(str(ROOT / "config.yml"), None, paths) for paths in (given, EXPLICIT))
    assert found.files == own.files
    assert {file.parent for file in found.files} >= {ROOT / name for name in ("bot/rules", "nlu_data/topics")}


def test_data_that_is_named_is_read_alone(tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(SENTENCES, encoding="utf-8")
    assert CorpusImporter(training_data_paths=[str(tmp_path)]).files == [tmp_path / "nlu.yml"]


def test_a_misspelt_path_is_said() -> None:
    with pytest.warns(UserWarning, match="misspelt"):
        CorpusImporter(training_data_paths=["misspelt", EXPLICIT[1]])


@pytest.mark.timeout(300)
def test_rasa_measures_intents_and_places(reader, tmp_path: Path) -> None:  # the reader says that there is a model
    (tmp_path / "nlu.yml").write_text(SENTENCES, encoding="utf-8")
    out = tmp_path / "results"
    done = rasa(
        "test", "nlu", "--nlu", str(tmp_path / "nlu.yml"), "--model", str(MODEL), "--out", str(out), "--no-plot"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads((out / "intent_report.json").read_text(encoding="utf-8"))["report"]["recall"] == 1
    places = json.loads((out / "Understanding_report.json").read_text(encoding="utf-8"))["place"]
    assert places["support"] > 0 and places["recall"] > 0.9
