"""`python -m bot benchmark-classifier TRAIN TEST`: the project's own classifier on other people's data."""

import argparse
import time
from pathlib import Path

from sklearn.metrics import accuracy_score, f1_score

from bot.cli.general import GeneralClassifier
from bot.nlu.opened import Unavailable
from bot.plain_errors import PlainError


class BadTable(PlainError):
    """The file is not a table of labels and texts."""


def read_table(file: Path) -> tuple[list[str], list[str]]:
    """Texts and labels of a TSV with the header label<TAB>text. Raises BadTable."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadTable(f"打不开 {file}，应是 UTF-8 的 TSV 文件") from error
    header, *rows = [line.rstrip("\r").split("\t") for line in lines if line.strip()] or [[]]
    if header != ["label", "text"] or any(len(row) != 2 for row in rows) or not rows:
        raise BadTable(f"{file} 应有表头 label<TAB>text，每行两列")
    return [row[1] for row in rows], [row[0] for row in rows]


def run(options: argparse.Namespace) -> int:
    """Trains, tests, prints one line of figures. Raises `BadTable`, `PlainError`."""
    texts, labels = read_table(options.train_file)
    asked, expected = read_table(options.test_file)
    began = time.monotonic()
    try:
        classifier = GeneralClassifier().fit(texts, labels)
    except Unavailable as error:
        raise PlainError(f"句向量算不了：{error}") from error
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
