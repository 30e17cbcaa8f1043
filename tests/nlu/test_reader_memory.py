"""No message takes the memory of the others away."""

import json
import subprocess
import sys

import pytest

from bot.cli.model import ROOT
from tests.support.reading_process import PROCESS, long_messages

# Measured: 25 at most, and 80 for a character that stands for eighteen. Twenty thousand digits that were not cut off took
# more than a thousand.
MOST = 128  # megabytes


@pytest.mark.skipif(not (PROCESS / "clear_refs").exists(), reason="只有 Linux 说得出一个进程最多占过多少内存")
@pytest.mark.usefixtures("reader")  # there is a model
def test_a_hundred_thousand_characters_take_little_memory() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.reading_process"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    grown = json.loads(done.stdout)
    assert grown.keys() == long_messages().keys()
    assert {name: most for name, most in grown.items() if most > MOST} == {}
