"""The ways of classifying that `python -m bot compare` sets side by side, all with the same two methods."""

import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import LinearSVC

from bot.cli.general import GeneralClassifier
from bot.nlu import vectors
from bot.nlu.classifier import ONLY, TextClassifier
from bot.nlu.encoder import ENCODER
from bot.nlu.features import Meanings, Wording
from bot.nlu.machine import Question
from bot.nlu.opened import Unavailable
from bot.normalize import spoken


@dataclass(frozen=True)
class Task:
    """Sentences with their labels to learn from, others to be tested on, and the question's settings (None: those for any texts)."""

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


class SupportVectors:
    """Character runs and words with linear support vector machines, calibrated (scikit-learn)."""

    def learn(self, task: Task) -> None:
        self.wording, rows = Wording.fit([_folded(text) for text in task.texts])
        fewest = min(Counter(task.labels).values())
        machine = LinearSVC(C=0.3, class_weight="balanced", tol=0.03, random_state=0)
        self.machine = CalibratedClassifierCV(machine, cv=min(3, fewest)) if fewest > 1 else machine
        self.machine.fit(rows, np.array(task.labels))  # a list passes for a single label in its check

    def label(self, text: str) -> str:
        return str(self.machine.predict(self.wording.row(_folded(text)))[0])

    def size(self) -> int:
        return len(pickle.dumps(self.machine)) + saved_size(self.wording.save)


class WithGeneralEmbedding(Own):
    """With a general embedding in place of the project's encoder."""

    made = GeneralClassifier


class MeaningOnly:
    """Linear support vector machines over the encoder's vectors alone."""

    def learn(self, task: Task) -> None:
        meant = vectors.SENTENCES.of_all([_folded(text) for text in task.texts])
        self.meanings = Meanings.fit(meant)
        self.machine = LinearSVC(class_weight="balanced", tol=0.03, random_state=0)
        self.machine.fit(self.meanings.rows(meant), list(task.labels))

    def label(self, text: str) -> str:
        return str(self.machine.predict(self.meanings.rows(ENCODER.read(_folded(text))[None]))[0])

    def size(self) -> int:
        return self.meanings.centre.nbytes + len(pickle.dumps(self.machine))


class _Wording(TextClassifier):
    def _vectors(self, plain: Sequence[str]) -> NoReturn:
        raise Unavailable

    def _vector(self, plain: str) -> NoReturn:
        raise Unavailable


class WordingOnly(Own):
    """The project's machine when the encoder cannot be had: character runs and words."""

    made = _Wording


def _folded(text: str) -> str:
    return spoken(text).text


def saved_size(save: Callable[[Path], None]) -> int:
    """Bytes that `save` writes into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder))
        return folder_size(Path(folder))


def folder_size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
