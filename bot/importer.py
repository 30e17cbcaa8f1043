"""Reads the corpus for a training: once, and quickly.

Rasa's own importer parses every file of nlu_data six times, in pure Python, and checks each against its schema; then it
copies and hashes the sentences again and again: most of a training's time when little has changed. Here all that is done
once; `rasa data validate` and the tests check the form.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.constants import DEFAULT_DATA_PATH
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.entities_parser import parse_training_example
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import raise_warning

from bot.sources import ROOT

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The first lines of every file of sentences.
_BEGINS = 'version: "3.1"\nnlu:\n'
# Where the training data lies when a command of Rasa's is given without --data: it looks in `data`, which is not here, and
# hands on None, once for each letter of that name.
DATA = ("nlu_data", "bot/rules")


class Sentence(Message):
    """A sentence of the corpus, which nothing changes: a copy of it is itself, and it is hashed once."""

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        if self.data.get(prop) != info:
            super().set(prop, info, add_to_output)

    def fingerprint(self) -> str:
        """Hexadecimal, over all that is known of the sentence."""
        if self._cached_fingerprint is None:
            content = json.dumps(self.data, ensure_ascii=False, sort_keys=True)
            self._cached_fingerprint = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
        return self._cached_fingerprint

    def __deepcopy__(self, memo: dict) -> "Sentence":
        return self


class CorpusImporter(RasaFileImporter):
    """Named in config.yml under `importers`. Sentences are read here, everything else as Rasa reads it. Without any data
    that exists, that of the project."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ) -> None:
        paths = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        self.files = [file for path in _existing(paths) for file in _files(path)]
        self._corpus = [file for file in self.files if _holds_sentences(file)]
        super().__init__(config_file, domain_path, [str(file) for file in self.files if file not in set(self._corpus)])

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return self._nlu_data

    @cached_property
    def _nlu_data(self) -> TrainingData:
        return TrainingData([message for file in self._corpus for message in read(file)])


def read(file: Path) -> Iterator[Sentence]:
    """The sentences of a file with their intent, spans, and the metadata of their block, as Rasa's own reader gives them."""
    for block in yaml.load(file.read_text(encoding="utf-8"), _Loader)["nlu"]:
        for line in block["examples"].splitlines():
            message = parse_training_example(line.removeprefix("- ").strip(), block["intent"])
            if "metadata" in block:
                message.set("metadata", {"intent": block["metadata"]})
            yield Sentence(data=message.data)


def _existing(paths: list[str | None]) -> list[Path]:
    """Those of the paths that exist, or where the project's own data lies; what was misspelt is said, as Rasa does it."""
    for path in paths:
        if path not in (None, DEFAULT_DATA_PATH) and not Path(path).exists():
            raise_warning(f"The path '{path}' does not seem to exist.")
    return [Path(path) for path in paths if path and Path(path).exists()] or [ROOT / name for name in DATA]


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.yml"))


def _holds_sentences(file: Path) -> bool:
    with file.open(encoding="utf-8") as opened:
        return opened.read(len(_BEGINS)) == _BEGINS
