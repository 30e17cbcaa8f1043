"""The same classifier for other people's texts: there the meaning comes from a general embedding (docs/understanding.md)."""

from collections.abc import Sequence

import numpy as np

from bot.nlu import general
from bot.nlu.classifier import TextClassifier


class GeneralClassifier(TextClassifier):
    def _vectors(self, plain: Sequence[str]) -> np.ndarray:
        return np.stack(list(general.read_many(general.question, plain)))

    def _vector(self, plain: str) -> np.ndarray:
        return general.question(plain)
