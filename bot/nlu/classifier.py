"""The project's text classifier: one machine that reads a text's wording with its meaning, or its wording alone when the
encoder cannot be had."""

import json
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, load_npz, save_npz, vstack

from bot.nlu import vectors
from bot.nlu.calibration import Softmax
from bot.nlu.encoder import ENCODER, unseen
from bot.nlu.features import LARGE, Meanings, Wording
from bot.nlu.learning import Learner, Memory, mean_of, memory_of
from bot.nlu.machine import WHOLE, WORDING, Machine, Question
from bot.nlu.opened import Unavailable
from bot.normalize import spoken

ONLY = "label"
# Passes over a large corpus and over a small one. What a large one was calibrated on is learned in a last pass, at this pace,
# with so many times as many others among it (all others would be no better); a small one is learned anew, by more machines:
# of few texts the order matters more.
PASSES, PASSES_OF_FEW, LAST, OTHERS, LEARNERS, LEARNERS_OF_FEW = 2, 40, 1 / 3, 2, 4, 10
# Passes over sentences that are learned later, with old ones among them.
PASSES_MORE = 3


@dataclass(frozen=True)
class Verdict:
    """`probabilities[head]` maps labels to calibrated probabilities, most likely first; `wording` is the text's row."""

    probabilities: dict[str, dict[str, float]]
    wording: csr_matrix
    degraded: bool

    def best(self, head: str = ONLY) -> tuple[str, float]:
        return next(iter(self.probabilities[head].items()))


class TextClassifier:
    """Answers several questions ("heads") about a text at once."""

    def __init__(self, questions: Mapping[str, Question] | None = None, kept_back: float = 0.0) -> None:
        """The share of `kept_back` sentences is learned by the wording alone, so that it can stand alone."""
        self.questions, self.kept_back = dict(questions or {ONLY: Question()}), kept_back
        self.meanings: Meanings | None = None

    def fit(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | Mapping[str, Sequence[str | None]],
        shown: Sequence[bool] | None = None,
    ) -> "TextClassifier":
        """Learns from texts and one list of labels for each head; a text whose label is None says nothing on that head.
        `shown` are those that `nearest` may show, else all.

        Scores are calibrated on sentences that were left out until then: of a large corpus those that the encoder has not
        been taught either.
        """
        heads = labels if isinstance(labels, Mapping) else {ONLY: labels}
        plain = [spoken(text).text for text in texts]
        self.wording, rows = Wording.fit(plain)
        meanings = self._meant(plain)
        self.machine = self._learned(plain, rows, meanings, heads)
        kept = np.flatnonzero(np.ones(len(plain), bool) if shown is None else np.array(shown, bool))
        self.texts, self.rows = [texts[i] for i in kept], rows[kept]
        self.labels = {head: [of[i] for i in kept] for head, of in heads.items()}
        return self

    def _learned(
        self,
        plain: Sequence[str],
        rows: csr_matrix,
        meanings: np.ndarray | None,
        heads: Mapping[str, Sequence[str | None]],
    ) -> Machine:
        large = len(plain) > LARGE
        aside = np.array([unseen(text) if large else i % 4 == 3 for i, text in enumerate(plain)])
        learners = self._learners(rows, meanings, heads)
        for learner in learners:
            learner.study(np.flatnonzero(~aside), PASSES if large else PASSES_OF_FEW)
        left = np.flatnonzero(aside if aside.any() else ~aside)
        left_meant = None if meanings is None else meanings[left]
        left_labels = {head: [of[i] for i in left] for head, of in heads.items()}
        softmax = self._calibrated(mean_of(learners), rows[left], left_meant, left_labels)
        if not large:
            learners = self._learners(rows, meanings, heads)
        for learner in learners:
            if large:
                learner.study(_among_others(aside), 1, LAST)
            else:
                learner.study(np.arange(len(plain)), PASSES_OF_FEW)
        self.memory = memory_of(learners)
        return mean_of(learners, softmax)

    def learn_on(
        self, texts: Sequence[str], heads: Mapping[str, Sequence[str | None]], shown: Sequence[bool], added: int
    ) -> None:
        """Learns more sentences without beginning anew: the first `added` of these; the others are old ones, studied
        again so that nothing is forgotten. The vocabulary and the calibration stay."""
        plain = [spoken(text).text for text in texts]
        rows = vstack([self.wording.row(one) for one in plain]).tocsr()
        meanings = None if self.meanings is None else self.meanings.rows(self._vectors(plain))
        before = self.machine, self.memory
        learner = Learner(rows, meanings, heads, self.questions, self.kept_back, before=before)
        learner.study(np.arange(len(plain)), PASSES_MORE)
        self.machine, self.memory = mean_of([learner], self.machine.softmax), learner.memory()
        kept = [i for i in range(added) if shown[i]]
        self.texts, self.rows = self.texts + [texts[i] for i in kept], vstack([self.rows, rows[kept]]).tocsr()
        self.labels = {head: of + [heads[head][i] for i in kept] for head, of in self.labels.items()}

    def show_only(self, texts: Collection[str]) -> None:
        """`nearest` shows none but these any more."""
        kept = [i for i, text in enumerate(self.texts) if text in texts]
        self.texts, self.rows = [self.texts[i] for i in kept], self.rows[kept]
        self.labels = {head: [of[i] for i in kept] for head, of in self.labels.items()}

    def _learners(
        self, rows: csr_matrix, meanings: np.ndarray | None, heads: Mapping[str, Sequence[str | None]]
    ) -> list[Learner]:
        many = LEARNERS if rows.shape[0] > LARGE else LEARNERS_OF_FEW
        return [Learner(rows, meanings, heads, self.questions, self.kept_back, seed) for seed in range(many)]

    def _calibrated(
        self,
        machine: Machine,
        rows: csr_matrix,
        meanings: np.ndarray | None,
        labels: Mapping[str, Sequence[str | None]],
    ) -> dict[str, dict[str, Softmax]]:
        """For each reading and head the softmax that fits sentences which the machine has not studied."""
        seen = {WORDING: machine.scores(rows, None)}
        if meanings is not None:
            seen[WHOLE] = machine.scores(rows, meanings)
        softmax: dict[str, dict[str, Softmax]] = {name: {} for name in seen}
        for head, place in machine.columns().items():
            index = {label: i for i, label in enumerate(machine.classes[head])}
            told = [i for i, label in enumerate(labels[head]) if label is not None]
            truth = np.array([index[labels[head][i]] for i in told], int)
            for name, scores in seen.items():
                easier = self.questions[head].easier
                softmax[name][head] = Softmax.fit(scores[told, place], truth, easier) if told else Softmax(1.0)
        return softmax

    def _meant(self, plain: Sequence[str]) -> np.ndarray | None:
        try:
            found = self._vectors(plain)
        except Unavailable:
            return None
        self.meanings = Meanings.fit(found)
        return self.meanings.rows(found)

    def _vectors(self, plain: Sequence[str]) -> np.ndarray:
        """What normalised texts mean, for training (n × any number). Raises Unavailable."""
        return vectors.SENTENCES.of_all(plain)

    def _vector(self, plain: str) -> np.ndarray:
        """The same of one text, to judge it."""
        return ENCODER.read(plain)

    def read(self, text: str) -> Verdict:
        """Reads one text, by its wording alone when its meaning cannot be had."""
        plain = spoken(text).text
        try:
            vector = self._vector(plain)
        except Unavailable:
            vector = None
        return self.judge(plain, vector)

    def judge(self, plain: str, vector: np.ndarray | None) -> Verdict:
        """Judges normalised text by its wording and its meaning, which is None when it cannot be had."""
        degraded = vector is None or self.meanings is None
        meaning = None if degraded else self.meanings.rows(vector[None])
        row = self.wording.row(plain)
        return Verdict(self.machine.probabilities(row, meaning), row, degraded)

    def guesses(self, plain: str, head: str) -> dict[str, float]:
        """The probabilities of one head for normalised text, likeliest first, by its wording alone: a tenth of the work of
        `read`."""
        return self.machine.probabilities(self.wording.row(plain), None, (head,))[head]

    def phrases(self, row: csr_matrix, head: str, label: str, limit: int = 3) -> list[str]:
        """The parts of a text's wording that spoke most for a label, strongest first, none inside another."""
        shares = row.data * self._speaks_for(head, label, row.indices)
        chosen: list[str] = []
        for place in np.argsort(-shares):
            phrase = self.wording.name(row.indices[place]).strip()
            if shares[place] <= 0 or len(chosen) == limit:
                break
            if len(phrase) > 1 and not any(phrase in other or other in phrase for other in chosen):
                chosen.append(phrase)
        return chosen

    def nearest(self, row: csr_matrix, head: str, label: str, limit: int = 3) -> list[str]:
        """The training sentences of a label that are most like the text, by the wording that speaks for the label."""
        speaking = np.zeros(self.rows.shape[1], self.rows.dtype)
        speaking[row.indices] = row.data * np.maximum(self._speaks_for(head, label, row.indices), 0)
        likeness = self.rows @ speaking
        likeness[[told != label for told in self.labels[head]]] = 0
        return [self.texts[i] for i in np.argsort(-likeness)[:limit] if likeness[i] > 0]

    def _speaks_for(self, head: str, label: str, columns: np.ndarray) -> np.ndarray:
        """How much these columns of the wording speak for a label, against the head's other labels."""
        weights = self.machine.weights[columns, self.machine.columns()[head]]
        return weights[:, self.machine.classes[head].index(label)] - weights.mean(axis=1)

    def save(self, folder: Path) -> None:
        """Writes JSON and NumPy files; nothing that could run code when read."""
        folder.mkdir(parents=True, exist_ok=True)
        self.wording.save(folder)
        save_npz(folder / "rows.npz", self.rows)
        about = {"texts": self.texts, "labels": self.labels, "machine": self.machine.as_dict()}
        arrays = (
            self.machine.as_arrays()
            | self.memory.as_arrays()
            | ({} if self.meanings is None else {"centre": self.meanings.centre})
        )
        _pack(folder / "machine.npz", arrays)
        (folder / "classifier.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(
        cls, folder: Path, questions: Mapping[str, Question] | None = None, kept_back: float = 0.0
    ) -> "TextClassifier":
        """Reads what `save` wrote; `questions` and `kept_back` are needed only to learn on. Raises OSError or ValueError
        when it is incomplete."""
        about = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        self = cls(questions, kept_back)
        self.texts, self.labels = about["texts"], about["labels"]
        self.wording = Wording.load(folder)
        self.rows = csr_matrix(load_npz(folder / "rows.npz"))
        with np.load(folder / "machine.npz") as arrays:
            self.meanings = Meanings(arrays["centre"]) if "centre" in arrays else None
            self.machine = Machine.stored(about["machine"], arrays)
            self.memory = Memory.stored(arrays)
        return self


def _among_others(aside: np.ndarray) -> np.ndarray:
    """The places of what was left aside (true) with `OTHERS` times as many of the rest, always the same."""
    rest = np.random.default_rng(0).permutation(np.flatnonzero(~aside))
    return np.concatenate([np.flatnonzero(aside), rest[: OTHERS * int(aside.sum())]])


def _pack(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """As NumPy packs them, but quickly: Rasa packs the whole model with the slowest setting, which leaves packed files alone."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, values in arrays.items():
            with packed.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, values, allow_pickle=False)
