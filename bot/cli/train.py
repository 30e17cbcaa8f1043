"""`python -m bot train`: Rasa's own training, skipped when nothing it reads has changed."""

import argparse
import os
import subprocess
import sys
import time
from typing import TextIO

from bot.cli.model import FINGERPRINT, MODEL, ROOT, can_learn_on, fingerprints, is_fresh, unpacked, var_dir

COMMAND = ("train", "--domain", "domain.yml", "--data", "nlu_data", "bot/rules", "--config", "config.yml")
# Rasa reports usage to its makers unless told otherwise; nothing leaves this machine.
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}


def run(options: argparse.Namespace) -> int:
    """Trains models/residents.tar.gz if it is stale; says so in one line. When only sentences of the corpus have changed
    since the last training, it learns on from there. Returns the exit code."""
    if is_fresh() and not options.force:
        unpacked(MODEL)
        print(f"模型是最新的：{MODEL.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201
        return 0
    made_from, began = fingerprints(), time.monotonic()
    log = var_dir() / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    learns_on = not options.force and can_learn_on()
    with log.open("w", encoding="utf-8") as output:
        # What Rasa will not learn on (a new kind of dialogue act, say) is learned anew.
        done = (learns_on and _train(output, "--finetune", str(MODEL))) or _train(
            output, *(("--force",) if options.force else ())
        )
    if not done:
        print(f"训练失败，详见 {log}", file=sys.stderr)  # noqa: T201
        return 1
    FINGERPRINT.write_text("\n".join(made_from) + "\n", encoding="utf-8")
    unpacked(MODEL)  # now, so that two commands that need it at once do not meet over it
    print(f"训练完成，用时 {time.monotonic() - began:.0f} 秒：{MODEL.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201
    return 0


def _train(output: TextIO, *options: str) -> bool:
    """Whether Rasa trained the model; `output` takes what it says."""
    # The tests validate the data, more strictly than training would.
    out = ("--out", str(MODEL.parent), "--fixed-model-name", MODEL.name.removesuffix(".tar.gz"), "--skip-validation")
    done = subprocess.run(
        [sys.executable, "-m", "rasa", *COMMAND, *out, *options],
        cwd=ROOT,
        env={**os.environ, **QUIET, "VAR_DIR": str(var_dir().resolve())},
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    return done.returncode == 0
