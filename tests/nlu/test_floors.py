"""The understanding never falls below what it once reached."""

import argparse
from pathlib import Path

import pytest

from bot.cli import evaluate


@pytest.mark.timeout(600)
def test_the_final_set_stays_above_its_floors(reader):
    assert evaluate.run(argparse.Namespace(data=Path("tests/nlu/data"))) == 0
