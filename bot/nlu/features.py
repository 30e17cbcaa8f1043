"""What the cheap model sees: character 1–3-grams and words, each weighed by tf-idf and scaled to length one."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from bot.nlu.segment import words

CHARS, WORDS = "字", "词"


def features(text: str) -> dict[str, Counter[str]]:
    """Counts of the n-grams and of the words (single and in pairs) of normalised text."""
    marked = f"^{text}$"
    grams = Counter(marked[i : i + n] for n in (1, 2, 3) for i in range(len(marked) - n + 1))
    spoken = words(text)
    pairs = (f"{left} {right}" for left, right in zip(spoken, spoken[1:], strict=False))
    return {CHARS: grams, WORDS: Counter(spoken) + Counter(pairs)}


class Lexicon:
    """A vocabulary with weights. Rows have length √2: one for the characters, one for the words."""

    def __init__(self, vocabulary: dict[str, int], weights: np.ndarray) -> None:
        self.vocabulary = vocabulary
        self.weights = weights

    @classmethod
    def fit(cls, texts: Iterable[str]) -> "Lexicon":
        seen: Counter[str] = Counter()
        total = 0
        for text in texts:
            total += 1
            for block, counts in features(text).items():
                seen.update(block + feature for feature in counts)
        vocabulary = {feature: column for column, feature in enumerate(sorted(seen))}
        weights = np.array([np.log((1 + total) / (1 + seen[name])) + 1 for name in vocabulary], dtype=np.float32)
        return cls(vocabulary, weights)

    def rows(self, texts: Iterable[str]) -> csr_matrix:
        """One sparse row (float32) for each normalised text."""
        data: list[np.ndarray] = []
        columns: list[int] = []
        ends = [0]
        for text in texts:
            for block, counts in features(text).items():
                known = [(self.vocabulary[block + f], n) for f, n in counts.items() if block + f in self.vocabulary]
                if known:
                    places, times = zip(*known, strict=True)
                    row = (1 + np.log(times)) * self.weights[list(places)]
                    data.append(row / np.linalg.norm(row))
                    columns.extend(places)
            ends.append(len(columns))
        values = np.concatenate(data) if data else np.zeros(0)
        return csr_matrix((values.astype(np.float32), columns, ends), shape=(len(ends) - 1, len(self.vocabulary)))

    def names(self) -> list[str]:
        """The features by column, without their block mark."""
        return [feature[1:] for feature in self.vocabulary]

    def save(self, folder: Path) -> None:
        (folder / "vocabulary.json").write_text(json.dumps(list(self.vocabulary), ensure_ascii=False), encoding="utf-8")
        np.save(folder / "weights.npy", self.weights)

    @classmethod
    def load(cls, folder: Path) -> "Lexicon":
        names = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        return cls({name: column for column, name in enumerate(names)}, np.load(folder / "weights.npy"))
