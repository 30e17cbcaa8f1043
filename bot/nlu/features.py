"""What the cheap model sees: characters, character pairs and words, weighed by tf-idf, and concepts touched."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from bot.nlu.segment import words
from bot.normalize import normalize

CHARS, WORDS = "字", "词"
# Length of each block of a row; the square is its share in the kernel.
LENGTHS = {CHARS: 1.0, WORDS: 0.55}
# The longest word of the lists, and how much touching a concept counts beside wording.
LONGEST_WORD = 5
CONCEPT_SHARE = 0.11


def features(text: str) -> dict[str, Counter[str]]:
    """Counts of the single characters and pairs, and of the words, of normalised text."""
    marked = f"^{text}$"
    grams = Counter(marked[i : i + n] for n in (1, 2) for i in range(len(marked) - n + 1))
    return {CHARS: grams, WORDS: Counter(words(text))}


class Lexicon:
    """A vocabulary with weights, and word lists of concepts.

    A row holds the characters, the words, and beside them how much each concept was touched.
    """

    def __init__(self, vocabulary: dict[str, int], weights: np.ndarray, concepts: Mapping[str, Sequence[str]]) -> None:
        self.vocabulary = vocabulary
        self.weights = weights
        self.concepts = concepts
        self._touched: dict[str, list[int]] = {}
        for column, concept_words in enumerate(concepts.values(), len(vocabulary)):
            for word in concept_words:
                self._touched.setdefault(normalize(word).text, []).append(column)

    @classmethod
    def fit(cls, texts: Iterable[str], concepts: Mapping[str, Sequence[str]]) -> "Lexicon":
        seen: Counter[str] = Counter()
        total = 0
        for text in texts:
            total += 1
            for block, counts in features(text).items():
                seen.update(block + feature for feature in counts)
        vocabulary = {feature: column for column, feature in enumerate(sorted(seen))}
        weights = np.array([np.log((1 + total) / (1 + seen[name])) + 1 for name in vocabulary], dtype=np.float32)
        return cls(vocabulary, weights, concepts)

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
                    row = np.array(times) * self.weights[list(places)]
                    data.append(row * LENGTHS[block] / np.linalg.norm(row))
                    columns.extend(places)
            if touched := self._concepts_in(text):
                data.append(CONCEPT_SHARE * np.log1p(list(touched.values())))
                columns.extend(touched)
            ends.append(len(columns))
        values = np.concatenate(data) if data else np.zeros(0)
        shape = (len(ends) - 1, len(self.vocabulary) + len(self.concepts))
        return csr_matrix((values.astype(np.float32), columns, ends), shape=shape)

    def _concepts_in(self, text: str) -> dict[int, float]:
        """Each word found adds its length, shared between the concepts that know it."""
        found = {text[i : i + n] for n in range(1, LONGEST_WORD + 1) for i in range(len(text) - n + 1)}
        touched: dict[int, float] = {}
        for word in sorted(found & self._touched.keys()):
            for column in self._touched[word]:
                touched[column] = touched.get(column, 0.0) + len(word) / len(self._touched[word])
        return touched

    def names(self) -> list[str]:
        """The features by column, without their block mark; concepts have no wording of their own."""
        return [feature[1:] for feature in self.vocabulary] + [""] * len(self.concepts)

    def save(self, folder: Path) -> None:
        stored = {"vocabulary": list(self.vocabulary), "concepts": self.concepts}
        (folder / "vocabulary.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        np.save(folder / "weights.npy", self.weights)

    @classmethod
    def load(cls, folder: Path) -> "Lexicon":
        stored = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        vocabulary = {name: column for column, name in enumerate(stored["vocabulary"])}
        return cls(vocabulary, np.load(folder / "weights.npy"), stored["concepts"])
