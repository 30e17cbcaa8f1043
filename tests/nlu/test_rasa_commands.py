"""Rasa's own conventions stay: its commands work on this project."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.model import MODEL

ROOT = Path(__file__).parents[2]
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
    data = ("--data", "nlu_data", "bot/rules", "--domain", "bot/domain", "--config", "config.yml")
    done = rasa("data", "validate", "--fail-on-warnings", *data)
    assert done.returncode == 0, done.stderr[-2000:]


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
