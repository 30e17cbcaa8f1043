"""`python -m bot ship-vectors`: what the corpus' sentences mean, kept beside it so that a fresh clone need not read them all."""

import argparse
import sys

from bot.cli.model import ROOT
from bot.importer import CorpusImporter
from bot.nlu import vectors
from bot.nlu.encoder import Unavailable
from bot.normalize import normalize


def run(options: argparse.Namespace) -> int:
    """Writes nlu_data/encoder/vectors.npz. Returns the exit code."""
    examples = CorpusImporter(training_data_paths=[str(ROOT / "nlu_data")]).get_nlu_data().intent_examples
    texts = [normalize(message.get("text"), fillers=True).text for message in examples if message.get("text")]
    try:
        vectors.ship(texts)
    except Unavailable as error:
        print(f"编码器不能用：{error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{len(texts)} 句：{vectors.SHIPPED.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201
    return 0
