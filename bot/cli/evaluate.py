"""`python -m bot evaluate`: measures the understanding on the held-out sentences and holds it against the floors."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from bot.cli import baselines
from bot.cli.documents import write_between
from bot.cli.measures import DEVELOPMENT, FINAL, Figure, Pairs, measure, triggers
from bot.cli.model import ROOT, NotTrained, load_reader, var_dir
from bot.cli.reliability import diagram
from bot.cli.report import write_report
from bot.cli.targets import documented, table

SETS = (DEVELOPMENT, FINAL)
READER = "本项目"
FLOORS = Path("tests/nlu/floors.yml")
DIAGRAM = ROOT / "docs" / "images" / "reliability.svg"
Columns = dict[str, dict[str, Figure]]


def run(options: argparse.Namespace) -> int:
    """Prints the table, writes var/eval/report.html and the reliability diagram, with --write-docs the documents too.

    Returns 1 when a figure of the final set is below its floor, 2 without a model.
    """
    try:
        reader = load_reader()
    except NotTrained as missing:
        print(missing, file=sys.stderr)  # noqa: T201
        return 2
    read = {name: _read(reader, options.data, name) for name in SETS}
    columns = {name: _columns(intake, handoff) for name, (intake, handoff) in read.items()}
    drawn = diagram(read[FINAL][0])
    folder = var_dir() / "eval"
    write_report(folder / "report.html", columns, read)
    (folder / DIAGRAM.name).write_text(drawn, encoding="utf-8")
    print(table(columns))  # noqa: T201
    if options.write_docs:
        DIAGRAM.write_text(drawn, encoding="utf-8")
        write_between("eval", documented(columns, read[FINAL]))
    return check(columns[FINAL][READER])


def _read(reader: Any, folder: Path, name: str) -> tuple[Pairs, Pairs]:
    intake, handoff = (_pairs(reader, folder / f"{name}_{kind}.jsonl") for kind in ("intake", "handoff"))
    return intake, handoff


def _pairs(reader: Any, path: Path) -> Pairs:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(row, reader.read(row["text"])) for row in rows]


def _columns(intake: Pairs, handoff: Pairs) -> Columns:
    """The reader's figures, and those of the baselines where they answer at all."""
    return {
        READER: measure(handoff, intake),
        "规则文件单独": triggers(baselines.judged(handoff, baselines.rules)),
        "关键词表": triggers(baselines.judged(handoff, baselines.keywords())),
    }


def check(final: dict[str, Figure]) -> int:
    """Floors only ever rise; for a figure where less is better the file gives a ceiling."""
    limits = yaml.safe_load(FLOORS.read_text(encoding="utf-8"))
    broken = [name for name, floor in limits["floors"].items() if final[name].value < floor]
    broken += [name for name, ceiling in limits["ceilings"].items() if final[name].value > ceiling]
    if broken:
        print(f"低于底线：{'、'.join(broken)}", file=sys.stderr)  # noqa: T201
    return 1 if broken else 0
