"""The trained reader, where a model exists; rules and folding need none."""

import pytest

from bot.cli.model import MODEL, load_reader
from bot.nlu.reader import Reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    if not MODEL.exists():
        pytest.skip("还没有训练好的模型：make train")
    return load_reader()
