"""The same classifier for other people's texts: there the meaning comes from a general embedding (docs/understanding.md)."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from bot.nlu import general
from bot.nlu.classifier import ONLY, PASSES_OF_FEW, TextClassifier
from bot.nlu.features import Meanings, Wording
from bot.nlu.learning import Learner, mean_of
from bot.normalize import normalize

Reading = Callable[[str], np.ndarray]
# The embedding reads a text as a question or as a passage, and which of them tells these labels apart better is learned.
READINGS: tuple[Reading, ...] = (general.question, general.passage)
FOLDS, LEARNERS = 5, 2


class GeneralClassifier(TextClassifier):
    def fit(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | Mapping[str, Sequence[str | None]],
        shown: Sequence[bool] | None = None,
    ) -> "GeneralClassifier":
        plain = [normalize(text, fillers=True).text for text in texts]
        rows = Wording.fit(plain)[1]
        heads = labels if isinstance(labels, Mapping) else {ONLY: labels}
        self._reading = max(READINGS, key=lambda reading: self._promise(rows, _read(reading, plain), heads))
        return super().fit(texts, labels, shown)

    def _promise(self, rows: csr_matrix, meant: np.ndarray, heads: Mapping[str, Sequence[str | None]]) -> float:
        """The share of right answers to the first head, each from machines that have not seen the text."""
        meanings, fold = Meanings.fit(meant).rows(meant), np.arange(rows.shape[0]) % FOLDS
        head, truth = next(iter(heads.items()))
        right = 0
        for asked in (fold == number for number in range(FOLDS)):
            learners = [Learner(rows, meanings, heads, self.questions, seed=seed) for seed in range(LEARNERS)]
            for learner in learners:
                learner.study(np.flatnonzero(~asked), PASSES_OF_FEW)
            machine = mean_of(learners)
            best = machine.scores(rows[asked], meanings[asked])[:, machine.columns()[head]].argmax(axis=1)
            right += sum(machine.classes[head][k] == truth[i] for k, i in zip(best, np.flatnonzero(asked), strict=True))
        return right / rows.shape[0]

    def _vectors(self, plain: Sequence[str]) -> np.ndarray:
        return _read(self._reading, plain)

    def _vector(self, plain: str) -> np.ndarray:
        return self._reading(plain)


def _read(reading: Reading, plain: Sequence[str]) -> np.ndarray:
    return np.stack(list(general.read_many(reading, plain)))
