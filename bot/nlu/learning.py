"""How the machine learns: softmax regression of all heads in the same passes over the corpus, by AdaGrad.

Each step touches only the columns that its few sentences have, so that a pass over fifty thousand takes seconds; one machine
for each label (support vectors) took ten times as long and was less often right (docs/understanding.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from bot.nlu.calibration import Softmax
from bot.nlu.machine import Machine, Question, columns_of

AT_ONCE = 64  # sentences in a step
TINY = 1e-6


@dataclass(frozen=True)
class Memory:
    """What learners remember besides what they have learned, so that a few sentences more can be learned later: how far each
    column of the `wording`, the `meaning` and the `bias` has been moved by each head (… × heads), and how `often` each label
    of all heads occurred."""

    wording: np.ndarray
    meaning: np.ndarray
    bias: np.ndarray
    often: np.ndarray

    def as_arrays(self) -> dict[str, np.ndarray]:
        return {
            f"memory_{name}": values.astype(np.float16 if name != "often" else int)
            for name, values in asdict(self).items()
        }

    @classmethod
    def stored(cls, arrays: Mapping[str, np.ndarray]) -> "Memory":
        """What `as_arrays` says."""
        return cls(**{name: arrays[f"memory_{name}"] for name in cls.__dataclass_fields__})


class Learner:
    """`weights` (wording × labels), `meant` (meaning × labels) and `bias` (labels) as far as they have been learned."""

    def __init__(
        self,
        rows: csr_matrix,
        meanings: np.ndarray | None,
        answers: Mapping[str, Sequence[str | None]],
        questions: Mapping[str, Question],
        kept_back: float = 0.0,
        seed: int = 0,
        before: tuple[Machine, Memory] | None = None,
    ) -> None:
        """`rows` (n × wording, float32), `meanings` (n × meaning) or None, and for each head n labels, None where the
        sentence says nothing on it. `kept_back` is the share of sentences whose meaning is kept back in a pass: their
        wording must do, as when the encoder is missing; `seed` is that of the order they are studied in. `before` is what
        was learned of other sentences, to be learned on."""
        named = {head: sorted({one for one in labels if one is not None}) for head, labels in answers.items()}
        self.classes = before[0].classes if before else named
        self._rows = rows
        self._meanings = np.zeros((rows.shape[0], 1), np.float32) if meanings is None else meanings
        self._heads = list(columns_of(self.classes).values())
        labels = self._heads[-1].stop
        # Which labels (columns) each head (row) has.
        self._member = np.zeros((len(self._heads), labels), np.float32)
        for number, place in enumerate(self._heads):
            self._member[number, place] = 1
        asked = [questions[head] for head in self.classes]
        self._meaning = self._spread(np.array([question.meaning for question in asked], np.float32))
        self._pace = np.array([question.pace for question in asked], np.float32)
        truths = _truths(self.classes, answers)
        self._truth = np.stack(truths, axis=1)
        self._often = before[1].often if before else np.concatenate(_how_often(self.classes, truths))
        self._counts = self._weighed(asked)
        self.weights = np.zeros((rows.shape[1], labels), np.float32)
        self._scaled = np.zeros((self._meanings.shape[1], labels), np.float32)
        self.bias = np.zeros(labels, np.float32)
        # What AdaGrad remembers: how far each column has been moved, by each head.
        heads = len(self._heads)
        self._moved = np.full((rows.shape[1], heads), TINY, np.float32)
        self._moved_meaning, self._moved_bias = np.full((2, 1, heads), TINY, np.float32)
        self._random, self._kept_back = np.random.default_rng(seed), kept_back
        if before:
            self._resume(*before)

    def _resume(self, machine: Machine, memory: Memory) -> None:
        self.weights, self.bias = machine.weights.copy(), machine.bias.copy()
        self._scaled = machine.meant / self._meaning
        self._moved, self._moved_meaning, self._moved_bias = (
            np.array(part, np.float32) for part in (memory.wording, memory.meaning, memory.bias)
        )

    def _weighed(self, asked: Sequence[Question]) -> np.ndarray:
        """How much each sentence counts for each head (n × heads): nothing where it says nothing."""
        counts = []
        for truth, place, question in zip(self._truth.T, self._heads, asked, strict=True):
            often = self._often[place]
            each = (often.sum() / (len(often) * np.maximum(often, 1))) ** question.balance
            counts.append(np.where(truth >= 0, each[truth], 0))
        return np.stack(counts, axis=1).astype(np.float32)

    def memory(self) -> Memory:
        return Memory(self._moved, self._moved_meaning, self._moved_bias, self._often)

    @property
    def meant(self) -> np.ndarray:
        return self._scaled * self._meaning

    def study(self, sentences: np.ndarray, passes: int, first: float = 1.0) -> None:
        """So many passes over these sentences (indices), each at a slower pace; `first` is that of the first."""
        with threadpool_limits(1):  # for steps so small, threads only wait for each other
            for number in range(passes):
                order = self._random.permutation(sentences)
                pace = first * (1 - number / passes) * self._pace
                for start in range(0, len(order), AT_ONCE):
                    self._step(order[start : start + AT_ONCE], pace)

    def _step(self, chosen: np.ndarray, pace: np.ndarray) -> None:
        rows, columns = _compact(self._rows[chosen])
        had = self._random.random((len(chosen), 1)) >= self._kept_back
        meanings = self._meanings[chosen] * had.astype(np.float32)
        weights = self.weights[columns]
        scores = rows @ weights + (meanings @ self._scaled) * self._meaning + self.bias
        wrong = self._wrong(scores, chosen)
        slope = rows.T @ wrong
        moved = self._moved[columns] + self._by_head(slope)
        self._moved[columns] = moved
        self.weights[columns] = weights - slope * self._spread(pace / np.sqrt(moved))
        slope = (meanings.T @ wrong) * self._meaning
        self._moved_meaning += self._by_head(slope).mean(axis=0)
        self._scaled -= slope * self._spread(pace / np.sqrt(self._moved_meaning))
        slope = wrong.sum(axis=0, keepdims=True)
        self._moved_bias += self._by_head(slope)
        self.bias -= (slope * self._spread(pace / np.sqrt(self._moved_bias)))[0]

    def _wrong(self, scores: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """How far the probabilities are from the truth, for each label, as much as the sentence counts."""
        wrong = np.empty_like(scores)
        for number, place in enumerate(self._heads):
            raised = np.exp(scores[:, place] - scores[:, place].max(axis=1, keepdims=True))
            raised /= raised.sum(axis=1, keepdims=True)
            raised[np.arange(len(chosen)), self._truth[chosen, number]] -= 1
            wrong[:, place] = raised * self._counts[chosen, number, None]
        return wrong

    def _by_head(self, slope: np.ndarray) -> np.ndarray:
        """Mean square of a slope (… × labels) over the labels of each head (… × heads)."""
        return (slope * slope) @ (self._member / self._member.sum(axis=1, keepdims=True)).T

    def _spread(self, by_head: np.ndarray) -> np.ndarray:
        """The value of each head (… × heads) for each of its labels (… × labels)."""
        return by_head @ self._member


def mean_of(learners: Sequence[Learner], softmax: dict[str, dict[str, Softmax]] | None = None) -> Machine:
    """What learners of the same sentences have learned on average, which is more often right than each of them."""
    weights, meant, bias = (
        np.mean([getattr(learner, part) for learner in learners], axis=0) for part in ("weights", "meant", "bias")
    )
    return Machine(learners[0].classes, weights, meant, bias, softmax or {})


def memory_of(learners: Sequence[Learner]) -> Memory:
    """What learners of the same sentences remember on average."""
    memories = [learner.memory() for learner in learners]
    moved = (np.mean([getattr(one, part) for one in memories], axis=0) for part in ("wording", "meaning", "bias"))
    return Memory(*moved, memories[0].often)


def _truths(classes: Mapping[str, list[str]], answers: Mapping[str, Sequence[str | None]]) -> list[np.ndarray]:
    """For each head the place of each sentence's true label among its labels, -1 where it says nothing."""
    places = {head: {name: i for i, name in enumerate(labels)} for head, labels in classes.items()}
    return [np.array([places[head].get(label, -1) for label in labels], int) for head, labels in answers.items()]


def _how_often(classes: Mapping[str, list[str]], truths: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [
        np.bincount(truth[truth >= 0], minlength=len(labels))
        for labels, truth in zip(classes.values(), truths, strict=True)
    ]


def _compact(rows: csr_matrix) -> tuple[csr_matrix, np.ndarray]:
    """The rows with only the columns that occur in them, and which these are."""
    columns, places = np.unique(rows.indices, return_inverse=True)
    return csr_matrix((rows.data, places, rows.indptr), shape=(rows.shape[0], len(columns))), columns
