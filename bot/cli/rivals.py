"""The ways of classifying that `python -m bot compare` sets side by side, all with the same two methods."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from scipy.sparse import csr_matrix

from bot.cli.general import GeneralClassifier
from bot.nlu import vectors
from bot.nlu.classifier import ONLY, TextClassifier
from bot.nlu.encoder import ENCODER, Unavailable
from bot.nlu.features import Meanings
from bot.nlu.svm import Question, learn
from bot.normalize import normalize


@dataclass(frozen=True)
class Task:
    """Sentences with their labels to learn from, others to be tested on, and the question's settings (None: searched)."""

    name: str
    texts: Sequence[str]
    labels: Sequence[str]
    asked: Sequence[str]
    expected: Sequence[str]
    question: Question | None = None


class Rival(Protocol):
    def learn(self, task: Task) -> None: ...

    def label(self, text: str) -> str: ...

    def size(self) -> int:
        """Bytes of the trained model on disk."""


class Own:
    """The project's own classifier: the wording and what the encoder makes of it."""

    made = TextClassifier

    def learn(self, task: Task) -> None:
        questions = {ONLY: task.question} if task.question else None
        self.classifier = self.made(questions).fit(task.texts, list(task.labels))

    def label(self, text: str) -> str:
        return self.classifier.read(text).best()[0]

    def size(self) -> int:
        return saved_size(self.classifier.save)


class _Wording(TextClassifier):
    def _vectors(self, plain: Sequence[str]) -> NoReturn:
        raise Unavailable

    def _vector(self, plain: str) -> NoReturn:
        raise Unavailable


class WordingOnly(Own):
    """Character runs and words with a calibrated linear machine: what the bot falls back on."""

    made = _Wording


class WithGeneralEmbedding(Own):
    """With a general embedding in place of the project's encoder."""

    made = GeneralClassifier


class MeaningOnly:
    """A linear machine over the encoder's vectors alone."""

    QUESTION = Question(cost=1.0)

    def learn(self, task: Task) -> None:
        meant = vectors.of_all([_folded(text) for text in task.texts])
        self.meanings = Meanings.fit(meant)
        rows = csr_matrix(self.meanings.rows(meant))
        self.classes, self.weights, self.bias = learn(rows, list(task.labels), self.QUESTION)

    def label(self, text: str) -> str:
        row = self.meanings.rows(ENCODER.read(_folded(text)))
        return self.classes[int((row @ self.weights + self.bias).argmax())]

    def size(self) -> int:
        return self.meanings.centre.nbytes + self.weights.nbytes + self.bias.nbytes


def _folded(text: str) -> str:
    return normalize(text, fillers=True).text


def saved_size(save: Callable[[Path], None]) -> int:
    """Bytes that `save` writes into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder))
        return folder_size(Path(folder))


def folder_size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
