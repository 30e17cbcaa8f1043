"""`python -m bot benchmark-classifier TRAIN TEST`: the project's own classifier on other people's data."""

import argparse
import csv
import sys
import time
from pathlib import Path

from sklearn.metrics import accuracy_score, f1_score

from bot.cli.general import GeneralClassifier


class BadTable(ValueError):
    """The file is not a table of labels and texts; the message says why, in Chinese."""


def read_table(file: Path) -> tuple[list[str], list[str]]:
    """Texts and labels of a TSV with the header label<TAB>text. Raises BadTable."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadTable(f"打不开 {file}") from error
    header, *rows = csv.reader(
        (line.rstrip("\r") for line in lines if line.strip()), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    if header != ["label", "text"] or any(len(row) != 2 for row in rows) or not rows:
        raise BadTable(f"{file} 应有表头 label<TAB>text，每行两列")
    return [row[1] for row in rows], [row[0] for row in rows]


def run(options: argparse.Namespace) -> int:
    """Trains, tests, prints one line of figures. Returns the exit code."""
    try:
        texts, labels = read_table(options.train_file)
        asked, expected = read_table(options.test_file)
    except BadTable as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    began = time.monotonic()
    classifier = GeneralClassifier().fit(texts, labels)
    trained = time.monotonic()
    verdicts = [classifier.read(text) for text in asked]
    each = (time.monotonic() - trained) / len(asked)
    predicted = [verdict.best()[0] for verdict in verdicts]
    accuracy, macro = (
        accuracy_score(expected, predicted),
        f1_score(expected, predicted, average="macro", zero_division=0),
    )
    print(  # noqa: T201
        f"accuracy {accuracy:.4f}  macro-F1 {macro:.4f}  train {trained - began:.1f}s  mean {each * 1000:.1f}ms"
    )
    return 0
