"""`python -m bot ship-vectors`: what the corpus and the answers mean, kept beside them so that a fresh clone need not read
them all."""

import argparse
import sys

from bot.boundary.knowledge import entries
from bot.cli.model import ROOT
from bot.importer import CorpusImporter
from bot.nlu import vectors
from bot.nlu.opened import Unavailable
from bot.normalize import spoken
from bot.plain_errors import PlainError


def run(options: argparse.Namespace) -> int:
    """Writes the shipped vectors. Raises `PlainError`."""
    examples = CorpusImporter(training_data_paths=[str(ROOT / "nlu_data")]).get_nlu_data().intent_examples
    known = entries().values()
    shelves = {
        vectors.SENTENCES: [_folded(message.get("text")) for message in examples if message.get("text")],
        vectors.QUESTIONS: [_folded(question) for entry in known for question in entry.questions],
        vectors.ANSWERS: [entry.answer for entry in known],
    }
    try:
        for shelf, texts in shelves.items():
            shelf.ship(texts)
            print(f"{len(texts)} 句：{shelf.file.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201
    except Unavailable as error:
        raise PlainError(f"句向量算不了：{error}") from error
    return 0


def _folded(text: str) -> str:
    return spoken(text).text
