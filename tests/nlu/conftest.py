"""The trained reader, where a model exists, and the corpus; rules and folding need neither."""

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.cli.model import MODEL, ROOT, load_reader
from bot.importer import CorpusImporter
from bot.nlu.reader import Reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    if not MODEL.exists():
        pytest.skip("还没有训练好的模型：make train")
    return load_reader()


@pytest.fixture(scope="session")
def corpus() -> list[Message]:
    """The sentences that the understanding learns from, as training reads them."""
    return CorpusImporter(training_data_paths=[str(ROOT / "nlu_data")]).get_nlu_data().intent_examples
