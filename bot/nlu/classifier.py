"""The project's text classifier: a cheap reading of the wording, and the meaning only when the wording leaves doubt."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, load_npz, save_npz

from bot.nlu import embedding
from bot.nlu.calibration import Softmax
from bot.nlu.features import Lexicon
from bot.nlu.kernel import RELAXATIONS, RIDGE, Memory, System
from bot.normalize import normalize

ONLY = "label"
# Where the wording is this sure, asking the meaning as well may cost at most this share of right answers.
TOLERANCE = 0.0005
SURE_AT_LEAST, NEVER_SURE = 0.98, 1.01
# Up to here the plain and the relaxed solution are tried in four folds; on the residents' corpus the plain one is best.
FEW = 4000


@dataclass(frozen=True)
class Verdict:
    """`probabilities[head]` maps labels to calibrated probabilities, most likely first."""

    probabilities: dict[str, dict[str, float]]
    by_meaning: bool
    degraded: bool

    def best(self, head: str = ONLY) -> tuple[str, float]:
        return next(iter(self.probabilities[head].items()))


@dataclass(frozen=True)
class Stage:
    """One of the two readings: dual weights and a calibration for each head."""

    weights: np.ndarray
    softmax: dict[str, Softmax]


class TextClassifier:
    """Answers several questions ("heads") about a text at once.

    `fit` takes labels as one list, or as a mapping of head to list. Scores are calibrated on sentences that were left out.
    """

    def __init__(self, deciding: Sequence[str] = (ONLY,), concepts: Mapping[str, Sequence[str]] | None = None) -> None:
        """`deciding` names the heads whose doubt is worth an embedding; the first one is balanced over its labels."""
        self.deciding = tuple(deciding)
        self.concepts = concepts or {}
        self.sure: dict[str, float] = {}

    def fit(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | Mapping[str, Sequence[str]],
        doubtful: Mapping[str, np.ndarray] | None = None,
    ) -> "TextClassifier":
        """`doubtful[head]` marks (booleans) the texts whose label on that head counts half."""
        heads = labels if isinstance(labels, Mapping) else {ONLY: labels}
        plain = [normalize(text).text for text in texts]
        self.texts = list(texts)
        self.lexicon = Lexicon.fit(plain, self.concepts)
        self.classes = {head: sorted(set(values)) for head, values in heads.items()}
        self.memory = Memory(self.lexicon.rows(plain))
        self.centre = None
        try:
            self._remember_meanings(embedding.embed_all(plain))
        except embedding.Unavailable:
            pass
        self.answers = {head: _indices(values, self.classes[head]) for head, values in heads.items()}
        targets = np.hstack([self._targets(head, (doubtful or {}).get(head)) for head in self.classes])
        quarters = _quarters(len(texts))
        self.held = np.concatenate(quarters)
        self.cheap, by_wording = self._stage(False, targets, quarters)
        self.full, self.held_probabilities = None, by_wording
        if self.centre is not None:
            self.full, self.held_probabilities = self._stage(True, targets, quarters)
        for head in self.deciding:
            answers = self.answers[head][self.held]
            self.sure[head] = _sure_enough(by_wording[head], self.held_probabilities[head], answers)
        return self

    def _remember_meanings(self, vectors: np.ndarray) -> None:
        self.centre = vectors.mean(axis=0)
        self.memory.meanings = self._unit(vectors)

    def _unit(self, vectors: np.ndarray) -> np.ndarray:
        """e5 vectors all point one way; what tells texts apart shows after taking off the mean."""
        centred = vectors - self.centre
        return centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-6)

    def _stage(
        self, with_meaning: bool, targets: np.ndarray, quarters: list[np.ndarray]
    ) -> tuple[Stage, dict[str, np.ndarray]]:
        """Learns without each quarter, to choose and calibrate on it, then from all; also the held-out probabilities."""
        system = System(self.memory, with_meaning, _slack(self.answers[self.deciding[0]]))
        everyone = np.arange(len(self.texts))
        steps = (0, RELAXATIONS) if len(everyone) <= FEW else (0,)
        tried = {}
        for step in steps:
            without = [(np.setdiff1d(everyone, quarter), quarter) for quarter in quarters]
            scores = [system.scores(system.solve(targets, rest, step), rest, quarter) for rest, quarter in without]
            tried[step] = self._parts(np.concatenate(scores))
        weights = {step: self._parts(system.solve(targets, everyone, step)) for step in steps}
        softmax, chosen, held = {}, [], {}
        for head in self.classes:
            answers = self.answers[head][self.held]
            best = max(steps, key=lambda step, head=head, answers=answers: _share_right(tried[step][head], answers))
            softmax[head] = Softmax.fit(tried[best][head], answers)
            held[head] = softmax[head](tried[best][head])
            chosen.append(weights[best][head])
        return Stage(np.hstack(chosen), softmax), held

    def _targets(self, head: str, doubtful: np.ndarray | None) -> np.ndarray:
        targets = _one_hot(self.answers[head], len(self.classes[head]))
        if doubtful is not None:
            targets[doubtful] = (targets[doubtful] + targets.mean(axis=0)) / 2
        return targets

    def _parts(self, scores: np.ndarray) -> dict[str, np.ndarray]:
        edges = np.cumsum([0] + [len(names) for names in self.classes.values()])
        return {head: scores[..., a:b] for head, a, b in zip(self.classes, edges, edges[1:], strict=False)}

    def read(self, text: str, ask_meaning: bool | None = None) -> Verdict:
        """Reads one text. `ask_meaning` forces (True) or forbids (False) the embedding; None lets doubt decide."""
        plain = normalize(text).text
        rows = self.lexicon.rows([plain])
        cheap = self._probabilities(self.cheap, self.memory.kernel(rows, None)[0])
        wanted = self._in_doubt(cheap) if ask_meaning is None else ask_meaning
        if not wanted or self.full is None:
            return self._verdict(cheap, by_meaning=False, degraded=self.full is None)
        try:
            vector = self._unit(embedding.EMBEDDER.embed(plain)[None])
        except embedding.Unavailable:
            return self._verdict(cheap, by_meaning=False, degraded=True)
        full = self._probabilities(self.full, self.memory.kernel(rows, vector)[0])
        return self._verdict(full, by_meaning=True, degraded=False)

    def _probabilities(self, stage: Stage, likeness: np.ndarray) -> dict[str, np.ndarray]:
        parts = self._parts(likeness @ stage.weights)
        return {head: stage.softmax[head](parts[head]) for head in self.classes}

    def _in_doubt(self, probabilities: dict[str, np.ndarray]) -> bool:
        return any(probabilities[head].max() < self.sure[head] for head in self.deciding)

    def _verdict(self, probabilities: dict[str, np.ndarray], by_meaning: bool, degraded: bool) -> Verdict:
        ranked = {
            head: {self.classes[head][i]: float(values[i]) for i in np.argsort(-values, kind="stable")}
            for head, values in probabilities.items()
        }
        return Verdict(ranked, by_meaning, degraded)

    def predict_proba(self, texts: Sequence[str], head: str = ONLY) -> np.ndarray:
        """Calibrated probabilities (texts × classes, in the order of `classes[head]`)."""
        verdicts = [self.read(text).probabilities[head] for text in texts]
        return np.array([[verdict[name] for name in self.classes[head]] for verdict in verdicts])

    def predict(self, texts: Sequence[str], head: str = ONLY) -> list[str]:
        return [self.read(text).best(head)[0] for text in texts]

    def phrases(self, text: str, head: str, label: str, limit: int = 3) -> list[str]:
        """The parts of the text's wording that spoke most for a label, strongest first, none inside another."""
        row = self.lexicon.rows([normalize(text).text])
        weights = self._parts(self.cheap.weights)[head][:, self.classes[head].index(label)]
        shares = row.data * (self.memory._columns()[row.indices] @ weights)
        names = self._names()
        chosen: list[str] = []
        for place in np.argsort(-shares):
            phrase = names[row.indices[place]].strip("^$ ").replace(" ", "")
            if shares[place] <= 0 or len(chosen) == limit:
                break
            if len(phrase) > 1 and not any(phrase in other or other in phrase for other in chosen):
                chosen.append(phrase)
        return chosen

    def nearest(self, text: str, head: str, label: str, limit: int = 3) -> list[str]:
        """The training sentences that spoke most for a label."""
        rows = self.lexicon.rows([normalize(text).text])
        weights = self._parts(self.cheap.weights)[head][:, self.classes[head].index(label)]
        shares = self.memory.kernel(rows, None)[0] * weights
        return [self.texts[i] for i in np.argsort(-shares)[:limit] if shares[i] > 0]

    def _names(self) -> list[str]:
        if not hasattr(self, "_name_list"):
            self._name_list = self.lexicon.names()
        return self._name_list

    def save(self, folder: Path) -> None:
        """Writes JSON and NumPy files; nothing that could run code when read."""
        folder.mkdir(parents=True, exist_ok=True)
        self.lexicon.save(folder)
        save_npz(folder / "rows.npz", self.memory.rows)
        stages = {"cheap": self.cheap} | ({"full": self.full} if self.full else {})
        for name, stage in stages.items():
            np.save(folder / f"{name}.npy", stage.weights)
        if self.centre is not None:
            np.savez(folder / "meanings.npz", centre=self.centre, meanings=self.memory.meanings)
        softmax = {name: {head: s.as_dict() for head, s in stage.softmax.items()} for name, stage in stages.items()}
        about = {
            "classes": self.classes,
            "deciding": self.deciding,
            "sure": self.sure,
            "softmax": softmax,
            "texts": self.texts,
        }
        (folder / "classifier.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "TextClassifier":
        """Reads what `save` wrote. Raises OSError or ValueError when it is incomplete."""
        about = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        self = cls(about["deciding"])
        self.sure = about["sure"]
        self.classes, self.texts = about["classes"], about["texts"]
        self.lexicon = Lexicon.load(folder)
        self.memory = Memory(csr_matrix(load_npz(folder / "rows.npz")))
        self.centre = None
        if (folder / "meanings.npz").exists():
            with np.load(folder / "meanings.npz") as stored:
                self.centre, self.memory.meanings = stored["centre"], stored["meanings"]
        stages = {
            name: Stage(np.load(folder / f"{name}.npy"), {head: Softmax(**values) for head, values in heads.items()})
            for name, heads in about["softmax"].items()
        }
        self.cheap, self.full = stages["cheap"], stages.get("full")
        return self


def _indices(values: Sequence[str], names: list[str]) -> np.ndarray:
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[value] for value in values])


def _one_hot(answers: np.ndarray, count: int) -> np.ndarray:
    return np.where(answers[:, None] == np.arange(count), 1.0, -1.0)


def _slack(answers: np.ndarray) -> np.ndarray:
    """The ridge of each sentence: a rare label's sentences are held to more strictly (square root of the balance)."""
    counts = np.bincount(answers)
    return (RIDGE * np.sqrt(counts[answers] * np.count_nonzero(counts) / len(answers))).astype(np.float32)


def _quarters(count: int) -> list[np.ndarray]:
    """What is left out in turn: four quarters of few texts, one of many; always the same for the same number of texts."""
    order = np.random.default_rng(count).permutation(count)
    return np.array_split(order, 4)[: 4 if count <= FEW else 1]


def _share_right(scores: np.ndarray, answers: np.ndarray) -> float:
    return float((scores.argmax(axis=1) == answers).mean())


def _sure_enough(by_wording: np.ndarray, by_meaning: np.ndarray, answers: np.ndarray) -> float:
    """The lowest confidence from which the wording alone is as often right as with the meaning (on left-out sentences)."""
    confidence = by_wording.max(axis=1)
    order = np.argsort(-confidence)
    lost = np.cumsum((by_meaning.argmax(axis=1) == answers)[order]) - np.cumsum(
        (by_wording.argmax(axis=1) == answers)[order]
    )
    fine = np.flatnonzero(lost <= TOLERANCE * np.arange(1, len(answers) + 1))
    return max(SURE_AT_LEAST, float(confidence[order[fine[-1]]])) if len(fine) else NEVER_SURE
