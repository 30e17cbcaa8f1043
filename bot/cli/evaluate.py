"""`python -m bot evaluate`: measures the understanding on the held-out sentences and holds it against the floors."""

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from bot.cli import baselines
from bot.cli.documents import write_between
from bot.cli.measures import DEVELOPMENT, FINAL, Figure, Pairs, Row, measure, several, triggers
from bot.cli.model import ROOT, load_reader, var_dir
from bot.cli.reliability import diagram
from bot.cli.report import write_report
from bot.cli.sentences import sentences
from bot.cli.targets import documented, table
from bot.cli.understand import read_as_the_bot

SETS = (DEVELOPMENT, FINAL)
LABELS = {"intake": ("category", "subcategory", "type", "urgent", "location", "pii"), "handoff": ("trigger",)}
MATTERS = "matters"  # sentences that tell one thing or several; a set without them is measured, but holds no floor
READER = "本项目"
FLOORS = ROOT / "tests" / "nlu" / "floors.yml"
DIAGRAM = ROOT / "docs" / "images" / "reliability.svg"
Columns = dict[str, dict[str, Figure]]


def run(options: argparse.Namespace) -> int:
    """Prints the table, writes var/eval/report.html and the reliability diagram, with --write-docs the documents too.

    Returns 1 when a figure of the final set is below its floor or was not measured. Raises `PlainError` without a model or
    sentences.
    """
    rows = {name: _rows(options.data, name) for name in SETS}
    reader = load_reader()
    read = {name: _read(reader, rows[name]) for name in SETS}
    told = {name: _matters(reader, options.data, name) for name in SETS}
    if not all(told.values()):
        told = dict.fromkeys(SETS, ())
    columns = {name: _columns(*read[name], told[name]) for name in SETS}
    drawn = diagram(read[FINAL][0])
    folder = var_dir() / "eval"
    write_report(folder / "report.html", columns, read)
    (folder / DIAGRAM.name).write_text(drawn, encoding="utf-8")
    print(table(columns))  # noqa: T201
    if options.write_docs:
        DIAGRAM.write_text(drawn, encoding="utf-8")
        write_between("eval", documented(columns, read[FINAL]))
    return check(columns[FINAL][READER])


def figures(reader: Any, folder: Path, name: str) -> dict[str, Figure]:
    """The reader's figures on one set. Raises `PlainError` without its sentences."""
    intake, handoff = _read(reader, _rows(folder, name))
    return measure(handoff, intake) | several(_matters(reader, folder, name))


def _rows(folder: Path, name: str) -> tuple[list[Row], list[Row]]:
    return tuple(sentences(folder / f"{name}_{kind}.jsonl", *labels) for kind, labels in LABELS.items())


def _read(reader: Any, parts: tuple[list[Row], ...]) -> tuple[Pairs, ...]:
    return tuple([(row, read_as_the_bot(reader, row["text"])) for row in part] for part in parts)


def _matters(reader: Any, folder: Path, name: str) -> Pairs:
    file = folder / f"{name}_{MATTERS}.jsonl"
    return _read(reader, (sentences(file, MATTERS),))[0] if file.exists() else []


def _columns(intake: Pairs, handoff: Pairs, matters: Pairs) -> Columns:
    """The reader's figures, and those of the baselines where they answer at all."""
    return {
        READER: measure(handoff, intake) | several(matters),
        "规则文件单独": triggers(baselines.judged(handoff, baselines.rules)),
        "关键词表": triggers(baselines.judged(handoff, baselines.keywords())),
    }


def check(final: dict[str, Figure]) -> int:
    """Floors only ever rise; for a figure where less is better the file gives a ceiling. What was not measured holds no
    floor."""
    limits = yaml.safe_load(FLOORS.read_text(encoding="utf-8"))
    floors, ceilings = limits["floors"], limits["ceilings"]
    told = {name: figure.value for name, figure in final.items() if figure.count}
    missing = [name for name in (*floors, *ceilings) if name not in told]
    broken = [name for name, floor in floors.items() if name in told and told[name] < floor]
    broken += [name for name, ceiling in ceilings.items() if name in told and told[name] > ceiling]
    for what, names in (("低于底线", broken), ("没有量到", missing)):
        if names:
            print(f"{what}：{'、'.join(names)}", file=sys.stderr)  # noqa: T201
    return 1 if broken or missing else 0
