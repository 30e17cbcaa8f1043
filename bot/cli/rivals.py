"""The ways of classifying that `python -m bot compare` sets side by side, all with the same two methods."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix

from bot.nlu import embedding
from bot.nlu.classifier import ONLY, TextClassifier
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


class Cascade:
    """The project's own classifier: the wording, and the meaning in doubt."""

    def learn(self, task: Task) -> None:
        questions = {ONLY: task.question} if task.question else None
        self.classifier = self._new(questions).fit(task.texts, list(task.labels))

    def _new(self, questions: dict[str, Question] | None) -> TextClassifier:
        return TextClassifier(questions)

    def label(self, text: str) -> str:
        return self.classifier.read(text).best()[0]

    def size(self) -> int:
        return saved_size(self.classifier.save)


class _Wording(TextClassifier):
    def _embedded(self, plain: Sequence[str]) -> None:
        return None


class WordingOnly(Cascade):
    """Character runs and words with a calibrated linear machine, never an embedding."""

    def _new(self, questions: dict[str, Question] | None) -> TextClassifier:
        return _Wording(questions)


class AlwaysJoined:
    """Wording and meaning together for every text; the machines are those that the cascade has learned."""

    def __init__(self, cascade: Cascade) -> None:
        self.cascade = cascade

    def learn(self, task: Task) -> None:
        """Nothing: the cascade learns both readings."""

    def label(self, text: str) -> str:
        return self.cascade.classifier.read(text, ask_meaning=True).best()[0]

    def size(self) -> int:
        return self.cascade.size()


class MeaningOnly:
    """A linear machine over centred, normalised sentence embeddings alone."""

    QUESTION = Question(cost=1.0)

    def learn(self, task: Task) -> None:
        vectors = embedding.embed_all([normalize(text).text for text in task.texts])
        self.centre = vectors.mean(axis=0)
        self.classes, self.weights, self.bias = learn(csr_matrix(self._unit(vectors)), list(task.labels), self.QUESTION)

    def _unit(self, vectors: np.ndarray) -> np.ndarray:
        centred = vectors - self.centre
        return centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-6)

    def label(self, text: str) -> str:
        vector = self._unit(embedding.EMBEDDER.embed(normalize(text).text))
        return self.classes[int((vector @ self.weights + self.bias).argmax())]

    def size(self) -> int:
        return self.centre.nbytes + self.weights.nbytes + self.bias.nbytes


def saved_size(save: Callable[[Path], None]) -> int:
    """Bytes that `save` writes into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder))
        return folder_size(Path(folder))


def folder_size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def embedded_beforehand(tasks: Sequence[Task]) -> dict[str, float]:
    """Embeds what training needs, so that no rival's training time holds another's; seconds for each task."""
    seconds = {}
    for task in tasks:
        began = time.monotonic()
        embedding.embed_all([normalize(text).text for text in task.texts])
        seconds[task.name] = time.monotonic() - began
    return seconds
