"""`python -m bot ship-vectors`: the corpus' sentence vectors, kept beside it so that a fresh clone need not compute them."""

import argparse
import sys

from rasa.shared.importers.rasa import RasaFileImporter

from bot.cli.model import ROOT
from bot.nlu import embedding
from bot.normalize import normalize


def run(options: argparse.Namespace) -> int:
    """Writes nlu_data/vectors.npz. Returns the exit code."""
    examples = RasaFileImporter(training_data_paths=[str(ROOT / "nlu_data")]).get_nlu_data().intent_examples
    texts = [normalize(message.get("text")).text for message in examples if message.get("text")]
    try:
        embedding.ship(texts)
    except embedding.Unavailable as error:
        print(f"句向量库不能用：{error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{len(texts)} 句：{embedding.SHIPPED.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201
    return 0
