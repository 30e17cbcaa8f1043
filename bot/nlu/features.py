"""What a message looks like to the classifier: its wording (characters, runs of them, and words, by tf-idf) and its
meaning (what the encoder makes of it)."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.segment import words

# How much the words count beside the characters (docs/understanding.md).
WORDS_SHARE = 0.6
# In a large corpus a run that occurs once is a name or a slip, and runs of three say nothing more; in a small one they
# are all there is.
LARGE = 4000


def _vectorizers(rarest: int, longest: int) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    """Characters alone and in runs of up to `longest`; runs in fewer than `rarest` texts are left out."""
    common = {"sublinear_tf": True, "dtype": np.float32, "lowercase": False}
    by_char = TfidfVectorizer(analyzer="char", ngram_range=(1, longest), min_df=rarest, **common)
    return by_char, TfidfVectorizer(analyzer=words, min_df=rarest, **common)


class Wording:
    """The vocabulary of a corpus with its weights."""

    def __init__(self, chars: TfidfVectorizer, words: TfidfVectorizer) -> None:
        self._chars, self._words = chars, words
        self._names: list[str] | None = None

    @classmethod
    def fit(cls, texts: Sequence[str]) -> tuple["Wording", csr_matrix]:
        """Learns from normalised texts; also their rows."""
        fitted = cls(*(_vectorizers(2, 2) if len(texts) > LARGE else _vectorizers(1, 3)))
        return fitted, _row(fitted._chars.fit_transform(texts), fitted._words.fit_transform(texts))

    def row(self, text: str) -> csr_matrix:
        """The sparse row (1 × wording, float32) of a normalised text; each of the two blocks has length one, words weighed.

        What scikit-learn's `transform` makes of it, without the checks that take it ten times as long as the work.
        """
        chars, words = self._blocks
        (of_chars, char_shares), (of_words, word_shares) = chars.found(text), words.found(text)
        columns = np.concatenate([of_chars, of_words + len(chars.weights)])
        shares = np.concatenate([char_shares, WORDS_SHARE * word_shares]).astype(np.float32)
        return csr_matrix((shares, columns, np.array([0, len(columns)])), (1, len(chars.weights) + len(words.weights)))

    @cached_property
    def _blocks(self) -> tuple["_Block", "_Block"]:
        return _Block.of(self._chars), _Block.of(self._words)

    def name(self, column: int) -> str:
        """The characters, or the word, that a column stands for."""
        if self._names is None:
            self._names = [*self._chars.get_feature_names_out(), *self._words.get_feature_names_out()]
        return self._names[column]

    def save(self, folder: Path) -> None:
        """Writes JSON and NumPy files; nothing that could run code when read."""
        listed = [v.get_feature_names_out().tolist() for v in (self._chars, self._words)]
        (folder / "vocabulary.json").write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / "weights.npz", chars=self._chars.idf_, words=self._words.idf_)

    @classmethod
    def load(cls, folder: Path) -> "Wording":
        listed = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        loaded = cls(*_vectorizers(1, max(map(len, listed[0]), default=1)))
        with np.load(folder / "weights.npz") as weights:
            for vectorizer, names, block in zip(
                (loaded._chars, loaded._words), listed, ("chars", "words"), strict=True
            ):
                vectorizer.vocabulary_ = {name: column for column, name in enumerate(names)}
                vectorizer.idf_ = weights[block]
        return loaded


@dataclass(frozen=True)
class _Block:
    """What a vectorizer has learned: `parts` takes a text apart, `columns` names the columns, `weights` are theirs."""

    parts: Callable[[str], list[str]]
    columns: dict[str, int]
    weights: np.ndarray

    @classmethod
    def of(cls, vectorizer: TfidfVectorizer) -> "_Block":
        return cls(vectorizer.build_analyzer(), vectorizer.vocabulary_, vectorizer.idf_)

    def found(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The columns that occur in a text, ascending, and their shares in a row of length one."""
        counts = Counter(self.columns[part] for part in self.parts(text) if part in self.columns)
        columns = np.array(sorted(counts), np.int64)
        shares = (1 + np.log([counts[one] for one in columns.tolist()])) * self.weights[columns]
        return columns, shares / max(np.linalg.norm(shares), 1e-12)


def _row(chars: csr_matrix, words: csr_matrix) -> csr_matrix:
    # Weights read from a file are float64 to scikit-learn; times a float32 matrix, that matrix would be copied whole.
    return hstack([chars, WORDS_SHARE * words]).tocsr().astype(np.float32)


@dataclass(frozen=True)
class Meanings:
    """How vectors become rows: `centre` is taken off, since what tells texts apart shows after it; then they are made
    one long."""

    centre: np.ndarray

    @classmethod
    def fit(cls, vectors: np.ndarray) -> "Meanings":
        """Learns from vectors (n × any number)."""
        return cls(vectors.mean(axis=0))

    def rows(self, vectors: np.ndarray) -> np.ndarray:
        """Rows of the same shape (float32)."""
        centred = vectors - self.centre
        return (centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-6)).astype(np.float32)
