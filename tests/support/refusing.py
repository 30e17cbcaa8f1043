"""A command that refuses what it was given: one Chinese line that names the thing, and it fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest


def refusal(main: Callable[[list[str]], int], arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that it says."""
    try:
        status = main(list(arguments))
    except SystemExit as ended:  # argparse
        status = ended.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    (line,) = said.err.splitlines()
    assert re.search("[一-鿿]", line)
    return line
