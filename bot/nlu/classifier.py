"""The project's text classifier: a cheap reading of the wording, and the meaning only when the wording leaves doubt."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix, hstack, load_npz, save_npz

from bot.nlu import embedding
from bot.nlu.calibration import Softmax
from bot.nlu.features import LARGE, Meanings, Wording
from bot.nlu.svm import Machine, Question, learn
from bot.normalize import normalize

ONLY = "label"
# A small corpus is searched for the best of these in four folds; the residents' own were chosen on its development set.
TRIED = tuple(Question(meaning, cost) for meaning in (0.6, 1.0) for cost in (0.3, 1.0, 3.0))
# Where the wording is this sure, asking the meaning as well may cost at most this share of right answers.
TOLERANCE = 0.0005
SURE_AT_LEAST, NEVER_SURE = 0.9, 1.01
# A few characters look surer than they are, and their embedding costs little: it is always asked.
SHORT = 10
WORDING, MEANING = "wording", "meaning"


@dataclass(frozen=True)
class Verdict:
    """`probabilities[head]` maps labels to calibrated probabilities, most likely first."""

    probabilities: dict[str, dict[str, float]]
    by_meaning: bool
    degraded: bool

    def best(self, head: str = ONLY) -> tuple[str, float]:
        return next(iter(self.probabilities[head].items()))


class TextClassifier:
    """Answers several questions ("heads") about a text at once; each has a machine for each of the two readings."""

    def __init__(self, questions: Mapping[str, Question] | None = None, deciding: Sequence[str] = (ONLY,)) -> None:
        """Without `questions` there is one, whose settings are searched for. The `deciding` heads' doubt is worth an embedding."""
        self.questions = dict(questions or {})
        self.deciding = tuple(deciding)
        self.sure: dict[str, float] = {}
        self.readings: dict[str, dict[str, Machine]] = {}
        self.meanings: Meanings | None = None

    def fit(self, texts: Sequence[str], labels: Sequence[str] | Mapping[str, Sequence[str | None]]) -> "TextClassifier":
        """Learns from texts and one list of labels for each head; a text whose label is None says nothing on that head.

        Scores are calibrated on sentences that were left out.
        """
        heads = labels if isinstance(labels, Mapping) else {ONLY: labels}
        plain = [normalize(text).text for text in texts]
        self.texts, self.labels = list(texts), {head: list(values) for head, values in heads.items()}
        self.wording = Wording.fit(plain)
        self.rows = self.wording.rows(plain)
        meanings = self._embedded(plain)
        lessons = [
            (name, head, *self._lesson(name, head, meanings))
            for name in ((WORDING, MEANING) if meanings is not None else (WORDING,))
            for head in heads
        ]
        learned = Parallel(n_jobs=os.cpu_count(), max_nbytes=None)(delayed(_learn)(*lesson[2:]) for lesson in lessons)
        held: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}
        for (name, head, *_), (machine, probabilities, answers) in zip(lessons, learned, strict=True):
            self.readings.setdefault(name, {})[head] = machine
            held[name, head] = probabilities, answers
        for head in self.deciding:
            by_wording, answers = held[WORDING, head]
            self.sure[head] = _sure_enough(by_wording, held.get((MEANING, head), held[WORDING, head])[0], answers)
        return self

    def _embedded(self, plain: Sequence[str]) -> np.ndarray | None:
        try:
            vectors = embedding.embed_all(plain)
        except embedding.Unavailable:
            return None
        self.meanings = Meanings.fit(vectors)
        return self.meanings.rows(vectors)

    def _lesson(self, name: str, head: str, meanings: np.ndarray | None) -> tuple:
        """Rows of wording, meanings or None, answers and the questions to try, of the texts that say something on the head."""
        told = np.array([i for i, label in enumerate(self.labels[head]) if label is not None])
        answers = [self.labels[head][i] for i in told]
        tried = (self.questions[head],) if head in self.questions else TRIED
        return self.rows[told], meanings[told] if name == MEANING else None, answers, tried

    def read(self, text: str, ask_meaning: bool | None = None) -> Verdict:
        """Reads one text. `ask_meaning` forces (True) or forbids (False) the embedding; None lets doubt decide."""
        plain = normalize(text).text
        row = self.wording.rows([plain])
        cheap = {head: machine.probabilities(row)[0] for head, machine in self.readings[WORDING].items()}
        wanted = (len(plain) <= SHORT or self._in_doubt(cheap)) if ask_meaning is None else ask_meaning
        full = self.readings.get(MEANING)
        if not wanted or full is None:
            return self._verdict(cheap, by_meaning=False, degraded=full is None)
        try:
            vector = self.meanings.rows(embedding.EMBEDDER.embed(plain)[None])
        except embedding.Unavailable:
            return self._verdict(cheap, by_meaning=False, degraded=True)
        probabilities = {
            head: machine.probabilities(_joined(row, vector * machine.meaning))[0] for head, machine in full.items()
        }
        return self._verdict(probabilities, by_meaning=True, degraded=False)

    def _in_doubt(self, probabilities: dict[str, np.ndarray]) -> bool:
        return any(probabilities[head].max() < self.sure[head] for head in self.deciding)

    def _verdict(self, probabilities: dict[str, np.ndarray], by_meaning: bool, degraded: bool) -> Verdict:
        ranked = {
            head: {
                self.readings[WORDING][head].classes[i]: float(values[i]) for i in np.argsort(-values, kind="stable")
            }
            for head, values in probabilities.items()
        }
        return Verdict(ranked, by_meaning, degraded)

    def phrases(self, text: str, head: str, label: str, limit: int = 3) -> list[str]:
        """The parts of the text's wording that spoke most for a label, strongest first, none inside another."""
        row = self.wording.rows([normalize(text).text])
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

    def nearest(self, text: str, head: str, label: str, limit: int = 3) -> list[str]:
        """The training sentences of a label that are most like the text, by the wording that speaks for the label."""
        row = self.wording.rows([normalize(text).text])
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
            "deciding": self.deciding,
            "sure": self.sure,
            "texts": self.texts,
            "labels": self.labels,
            "machines": {},
        }
        arrays = {} if self.meanings is None else self.meanings.as_arrays()
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
        self = cls(deciding=about["deciding"])
        self.sure, self.texts, self.labels = about["sure"], about["texts"], about["labels"]
        self.wording = Wording.load(folder)
        self.rows = csr_matrix(load_npz(folder / "rows.npz"))
        with np.load(folder / "machines.npz") as arrays:
            self.meanings = Meanings.from_arrays(arrays)
            for key, described in about["machines"].items():
                name, head = key.split(".")
                parts = (arrays[f"{key}.{part}"] for part in ("weights", "scales", "bias"))
                machine = Machine.stored(described, *parts)
                self.readings.setdefault(name, {})[head] = machine
        return self


def _joined(rows: csr_matrix, meanings: np.ndarray) -> csr_matrix:
    return hstack([rows, csr_matrix(meanings.astype(np.float32))]).tocsr()


def _learn(
    wording: csr_matrix, meanings: np.ndarray | None, answers: list[str], tried: Sequence[Question]
) -> tuple[Machine, np.ndarray, np.ndarray]:
    """The machine that answers best on sentences left out, their probabilities, and their true class indices."""
    best = None
    for question in tried:
        rows = wording if meanings is None else _joined(wording, meanings * question.meaning)
        scores, held_answers = _left_out(rows, answers, question)
        right = float((scores.argmax(axis=1) == held_answers).mean())
        if best is None or right > best[0]:
            best = right, question, rows, scores, held_answers
    _, question, rows, scores, held_answers = best
    softmax = Softmax.fit(scores, held_answers, question.easier)
    classes, weights, bias = learn(rows, answers, question)
    machine = Machine(classes, weights, bias, softmax, question.meaning if meanings is not None else 0.0)
    return machine, softmax(scores), held_answers


def _left_out(rows: csr_matrix, answers: list[str], question: Question) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the sentences left out in turn (all quarters of few texts, one of many), and their class indices."""
    classes = sorted(set(answers))
    place = {name: i for i, name in enumerate(classes)}
    truth = np.array([place[answer] for answer in answers])
    order = np.random.default_rng(len(answers)).permutation(len(answers))
    quarters = np.array_split(order, 4)[: 4 if len(answers) <= LARGE else 1]
    scores = []
    for quarter in quarters:
        rest = np.setdiff1d(order, quarter)
        known, weights, bias = learn(rows[rest], [answers[i] for i in rest], question)
        # A label that only the left-out quarter has cannot be expected: it scores below all others.
        found = np.full((len(quarter), len(classes)), -2.0)
        found[:, [place[name] for name in known]] = rows[quarter] @ weights + bias
        scores.append(found)
    return np.concatenate(scores), truth[np.concatenate(quarters)]


def _sure_enough(by_wording: np.ndarray, by_meaning: np.ndarray, answers: np.ndarray) -> float:
    """The lowest confidence from which the wording alone is as often right as with the meaning (on left-out sentences)."""
    confidence = by_wording.max(axis=1)
    order = np.argsort(-confidence)
    lost = np.cumsum((by_meaning.argmax(axis=1) == answers)[order]) - np.cumsum(
        (by_wording.argmax(axis=1) == answers)[order]
    )
    fine = np.flatnonzero(lost <= TOLERANCE * np.arange(1, len(answers) + 1))
    return max(SURE_AT_LEAST, float(confidence[order[fine[-1]]])) if len(fine) else NEVER_SURE
