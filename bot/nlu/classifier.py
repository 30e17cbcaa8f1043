"""The project's text classifier: one reading of the wording with the meaning, and one of the wording alone for when the
encoder cannot be had."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix, hstack, load_npz, save_npz

from bot.nlu import vectors
from bot.nlu.calibration import Softmax
from bot.nlu.encoder import ENCODER, Unavailable, unseen
from bot.nlu.features import LARGE, Meanings, Wording
from bot.nlu.svm import Machine, Question, learn
from bot.normalize import normalize

ONLY = "label"
# A small corpus is searched for the best of these in four folds; the residents' own were chosen on its development set.
TRIED = tuple(Question(meaning, cost) for meaning in (0.6, 1.0) for cost in (0.3, 1.0, 3.0))
WORDING, MEANING = "wording", "meaning"


@dataclass(frozen=True)
class Verdict:
    """`probabilities[head]` maps labels to calibrated probabilities, most likely first."""

    probabilities: dict[str, dict[str, float]]
    degraded: bool

    def best(self, head: str = ONLY) -> tuple[str, float]:
        return next(iter(self.probabilities[head].items()))


class TextClassifier:
    """Answers several questions ("heads") about a text at once; each has a machine for each of the two readings."""

    def __init__(self, questions: Mapping[str, Question] | None = None) -> None:
        """Without `questions` there is one, whose settings are searched for."""
        self.questions = dict(questions or {})
        self.readings: dict[str, dict[str, Machine]] = {}
        self.meanings: Meanings | None = None

    def fit(self, texts: Sequence[str], labels: Sequence[str] | Mapping[str, Sequence[str | None]]) -> "TextClassifier":
        """Learns from texts and one list of labels for each head; a text whose label is None says nothing on that head.

        Scores are calibrated on sentences that were left out.
        """
        heads = labels if isinstance(labels, Mapping) else {ONLY: labels}
        plain = [normalize(text, fillers=True).text for text in texts]
        self.texts, self.labels = list(texts), {head: list(values) for head, values in heads.items()}
        self.wording = Wording.fit(plain)
        self.rows = self.wording.rows(plain)
        meanings, aside = self._meant(plain), np.array([unseen(text) for text in plain])
        lessons = [
            (name, head, *self._lesson(name, head, meanings, aside))
            for name in ((WORDING, MEANING) if meanings is not None else (WORDING,))
            for head in heads
        ]
        learned = Parallel(n_jobs=os.cpu_count(), max_nbytes=None)(delayed(_learn)(*lesson[2:]) for lesson in lessons)
        for (name, head, *_), machine in zip(lessons, learned, strict=True):
            self.readings.setdefault(name, {})[head] = machine
        return self

    def _meant(self, plain: Sequence[str]) -> np.ndarray | None:
        try:
            found = self._vectors(plain)
        except Unavailable:
            return None
        self.meanings = Meanings.fit(found)
        return self.meanings.rows(found)

    def _vectors(self, plain: Sequence[str]) -> np.ndarray:
        """What normalised texts mean, for training (n × any number). Raises Unavailable."""
        return vectors.of_all(plain)

    def _vector(self, plain: str) -> np.ndarray:
        """The same of one text, to judge it."""
        return ENCODER.read(plain)

    def _lesson(self, name: str, head: str, meanings: np.ndarray | None, aside: np.ndarray) -> tuple:
        """Rows of wording, meanings or None, answers, what to leave out and the questions to try, of the texts that say
        something on the head."""
        told = np.array([i for i, label in enumerate(self.labels[head]) if label is not None])
        answers = [self.labels[head][i] for i in told]
        tried = (self.questions[head],) if head in self.questions else TRIED
        return self.rows[told], meanings[told] if name == MEANING else None, answers, aside[told], tried

    def read(self, text: str) -> Verdict:
        """Reads one text, by its wording alone when its meaning cannot be had."""
        plain = normalize(text, fillers=True).text
        try:
            vector = self._vector(plain)
        except Unavailable:
            vector = None
        return self.judge(plain, vector)

    def judge(self, plain: str, vector: np.ndarray | None) -> Verdict:
        """Judges normalised text by its wording and its meaning, which is None when it cannot be had."""
        row = self.wording.rows([plain])
        machines = self.readings.get(MEANING) if vector is not None else None
        if machines is None:
            cheap = self.readings[WORDING]
            return Verdict({head: _ranked(machine, row) for head, machine in cheap.items()}, degraded=True)
        meant = self.meanings.rows(vector[None])
        found = {head: _ranked(one, _joined(row, meant * one.meaning)) for head, one in machines.items()}
        return Verdict(found, degraded=False)

    def phrases(self, plain: str, head: str, label: str, limit: int = 3) -> list[str]:
        """The parts of a normalised text's wording that spoke most for a label, strongest first, none inside another."""
        row = self.wording.rows([plain])
        machine = self.readings[WORDING][head]
        shares = row.data * machine.weights[row.indices, machine.classes.index(label)]
        chosen: list[str] = []
        for place in np.argsort(-shares):
            phrase = self.wording.name(row.indices[place]).strip()
            if shares[place] <= 0 or len(chosen) == limit:
                break
            if len(phrase) > 1 and not any(phrase in other or other in phrase for other in chosen):
                chosen.append(phrase)
        return chosen

    def nearest(self, plain: str, head: str, label: str, limit: int = 3) -> list[str]:
        """The training sentences of a label that are most like the text, by the wording that speaks for the label."""
        row = self.wording.rows([plain])
        machine = self.readings[WORDING][head]
        row.data *= np.maximum(machine.weights[row.indices, machine.classes.index(label)], 0)
        likeness = (self.rows @ row.T).toarray().ravel()
        told = [i for i in np.argsort(-likeness) if self.labels[head][i] == label and likeness[i] > 0]
        return [self.texts[i] for i in told[:limit]]

    def save(self, folder: Path) -> None:
        """Writes JSON and NumPy files; nothing that could run code when read."""
        folder.mkdir(parents=True, exist_ok=True)
        self.wording.save(folder)
        save_npz(folder / "rows.npz", self.rows)
        about = {
            "texts": self.texts,
            "labels": self.labels,
            "machines": {},
        }
        arrays = {} if self.meanings is None else {"centre": self.meanings.centre}
        for name, heads in self.readings.items():
            for head, machine in heads.items():
                about["machines"][f"{name}.{head}"] = machine.as_dict()
                arrays |= {f"{name}.{head}.{part}": array for part, array in machine.as_arrays().items()}
        # Packed here, quickly: Rasa packs the whole model with the slowest setting, which leaves packed files alone.
        np.savez_compressed(folder / "machines.npz", **arrays)
        (folder / "classifier.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "TextClassifier":
        """Reads what `save` wrote. Raises OSError or ValueError when it is incomplete."""
        about = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        self = cls()
        self.texts, self.labels = about["texts"], about["labels"]
        self.wording = Wording.load(folder)
        self.rows = csr_matrix(load_npz(folder / "rows.npz"))
        with np.load(folder / "machines.npz") as arrays:
            self.meanings = Meanings(arrays["centre"]) if "centre" in arrays else None
            for key, described in about["machines"].items():
                name, head = key.split(".")
                parts = (arrays[f"{key}.{part}"] for part in ("weights", "scales", "bias"))
                machine = Machine.stored(described, *parts)
                self.readings.setdefault(name, {})[head] = machine
        return self


def _ranked(machine: Machine, row: csr_matrix) -> dict[str, float]:
    """The labels with their probabilities, most likely first."""
    values = machine.probabilities(row)[0]
    return {machine.classes[i]: float(values[i]) for i in np.argsort(-values, kind="stable")}


def _joined(rows: csr_matrix, meanings: np.ndarray) -> csr_matrix:
    return hstack([rows, csr_matrix(meanings.astype(np.float32))]).tocsr()


def _learn(
    wording: csr_matrix,
    meanings: np.ndarray | None,
    answers: list[str],
    aside: np.ndarray,
    tried: Sequence[Question],
) -> Machine:
    """The machine that answers best on sentences left out, calibrated on them."""
    best = None
    for question in tried:
        rows = wording if meanings is None else _joined(wording, meanings * question.meaning)
        scores, held_answers, last = _left_out(rows, answers, aside, question)
        right = float((scores.argmax(axis=1) == held_answers).mean())
        if best is None or right > best[0]:
            best = right, question, rows, scores, held_answers, last
    _, question, rows, scores, held_answers, last = best
    softmax = Softmax.fit(scores, held_answers, question.easier)
    # What is only fallen back on need not learn the last tenth of a large corpus as well: half the time.
    spare = meanings is None and len(answers) > LARGE
    classes, weights, bias = last if spare else learn(rows, answers, question)
    return Machine(classes, weights, bias, softmax, question.meaning if meanings is not None else 0.0)


def _left_out(
    rows: csr_matrix, answers: list[str], aside: np.ndarray, question: Question
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Scores of sentences left out of the learning, their class indices, and what the last learning gave: all quarters of
    few texts in turn, of many those that the encoder has not been taught either."""
    classes = sorted(set(answers))
    place = {name: i for i, name in enumerate(classes)}
    truth = np.array([place[answer] for answer in answers])
    order = np.random.default_rng(len(answers)).permutation(len(answers))
    parts = np.array_split(order, 4) if len(answers) <= LARGE else [np.flatnonzero(aside)]
    scores = []
    for part in parts:
        rest = np.setdiff1d(order, part)
        known, weights, bias = last = learn(rows[rest], [answers[i] for i in rest], question)
        # A label that only the left-out part has cannot be expected: it scores below all others.
        found = np.full((len(part), len(classes)), -2.0)
        found[:, [place[name] for name in known]] = rows[part] @ weights + bias
        scores.append(found)
    return np.concatenate(scores), truth[np.concatenate(parts)], last
