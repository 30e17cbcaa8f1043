"""Reads the corpus for a training: once, and quickly.

Rasa's own importer parses every file of nlu_data six times, in pure Python, and checks each against its schema: most of a
training's time when little has changed. Here it is read once; `rasa data validate` and the tests check its form.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import yaml
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.entities_parser import parse_training_example
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The first lines of every file of sentences.
_BEGINS = 'version: "3.1"\nnlu:\n'


class CorpusImporter(RasaFileImporter):
    """Named in config.yml under `importers`. Sentences are read here, everything else as Rasa reads it."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ) -> None:
        paths = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        files = [file for path in paths for file in _files(Path(path))]
        self._corpus = [file for file in files if _holds_sentences(file)]
        super().__init__(config_file, domain_path, [str(file) for file in files if file not in set(self._corpus)])

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return self._nlu_data

    @cached_property
    def _nlu_data(self) -> TrainingData:
        return TrainingData([message for file in self._corpus for message in read(file)])


def read(file: Path) -> Iterator[Message]:
    """The sentences of a file with their intent, spans, and the metadata of their block, as Rasa's own reader gives them."""
    for block in yaml.load(file.read_text(encoding="utf-8"), _Loader)["nlu"]:
        for line in block["examples"].splitlines():
            message = parse_training_example(line.removeprefix("- ").strip(), block["intent"])
            if "metadata" in block:
                message.set("metadata", {"intent": block["metadata"]})
            yield message


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.yml"))


def _holds_sentences(file: Path) -> bool:
    with file.open(encoding="utf-8") as opened:
        return opened.read(len(_BEGINS)) == _BEGINS
