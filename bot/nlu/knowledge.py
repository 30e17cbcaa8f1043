"""Which approved answer fits a question, or none: one whose text means nearly what is asked, or that is asked for in nearly
these words."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timezone
from functools import cache, lru_cache

import numpy as np

from bot.boundary.knowledge import Entry, entries
from bot.boundary.taxonomy import taxonomy
from bot.nlu import general
from bot.nlu.opened import Unavailable
from bot.nlu.segment import clauses
from bot.nlu.vectors import ANSWERS, QUESTIONS
from bot.normalize import normalize

# So near must a question be to the text of an answer. Learned on the questions of somebody who had not seen the known
# wordings, half of them near misses (docs/understanding.md).
NEAR = 0.934
# An answer of the very subcategory is a little nearer than another one of its field.
OF_ITS_KIND = 0.02
# Of the answers given because of the known wordings, this share was right when each of those was asked with itself left out.
PRECISION = 0.95
# In a message that tells a story too, the question is one part of it; so many such parts are compared by themselves.
MOST_PARTS = 4
_ASKS = re.compile(
    "吗|么|嘛|呢|怎|咋|啥|什|哪|几|多[少久大]|能不能|可不可|是不是|要不要|有没有|[能是]否|想[办问]|请问|问[问下]|想知道|打听"
)


class Knowledge:
    """Compares meanings: those of the entries are shipped with them, new ones are read when it is made. Without the
    embedding, or once it has failed, nothing is answered, and a person is asked instead."""

    def __init__(self, known: Iterable[Entry] | None = None) -> None:
        self._entries = list(known if known is not None else entries().values())
        self._categories = np.array([entry.category for entry in self._entries])
        self._fields = np.array([taxonomy().parent(category) for category in self._categories])
        self._owner = np.array([n for n, entry in enumerate(self._entries) for _ in entry.questions])
        try:
            self._answers: np.ndarray | None = ANSWERS.of_all([entry.answer for entry in self._entries])
            self._asked = QUESTIONS.of_all([_folded(q) for entry in self._entries for q in entry.questions])
            self._meaning("")  # opened now, so that the first who asks need not wait
        except Unavailable:
            self._answers = None
        else:
            self.known_wording = self._learned()

    @property
    def available(self) -> bool:
        """Whether questions are answered at all (/readyz)."""
        return self._answers is not None and not general.EMBEDDING.failure

    def find(self, text: str, category: str, today: date | None = None) -> dict | None:
        """`{"id", "score"}` of the answer to give; None when unsure, out of date or not available. Only answers of the same
        field."""
        if not self.available:
            return None
        try:
            asked = np.stack([self._meaning(part) for part in _asking(_folded(text))])
        except Unavailable:
            return None
        by_answer = (asked @ self._answers.T).max(axis=0) + OF_ITS_KIND * (self._categories == category) - NEAR
        by_wording = self._nearest_wordings((asked @ self._asked.T).max(axis=0)) - self.known_wording
        scores = np.where(self._fields == taxonomy().parent(category), np.maximum(by_answer, by_wording), -1.0)
        best = int(scores.argmax())
        today = today or datetime.now(timezone.utc).date()
        if scores[best] < 0 or self._entries[best].review_by < today:
            return None
        return {"id": self._entries[best].id, "score": round(float(scores[best]), 4)}

    @staticmethod
    @lru_cache(maxsize=64)  # a question is compared for each category that it may belong to
    def _meaning(plain: str) -> np.ndarray:
        return general.question(plain)

    def _nearest_wordings(self, nearness: np.ndarray) -> np.ndarray:
        """For each entry, how near its nearest known question is; of one question or (…, questions) of several."""
        nearest = np.full((*nearness.shape[:-1], len(self._entries)), -1.0)
        np.maximum.at(nearest.T, self._owner, nearness.T)
        return nearest

    def _learned(self) -> float:
        """The lowest nearness at which enough of the answers are right, each known question asked with itself left out."""
        nearness = self._asked @ self._asked.T
        np.fill_diagonal(nearness, -1.0)
        scores = self._nearest_wordings(nearness)
        scores[self._fields[self._owner][:, None] != self._fields[None, :]] = -1.0
        best, height = scores.argmax(axis=1), scores.max(axis=1)
        order = np.argsort(-height)
        share = (best == self._owner)[order].cumsum() / np.arange(1, len(order) + 1)
        enough = np.flatnonzero(share >= PRECISION)
        return float(height[order[enough[-1]]]) if len(enough) else 1.0


@cache
def approved() -> Knowledge:
    """The approved answers, opened once."""
    return Knowledge()


def _asking(plain: str) -> list[str]:
    """The message, and those of its parts that ask something."""
    parts = clauses(plain)
    return [plain, *[part for part in parts if _ASKS.search(part)][:MOST_PARTS]] if len(parts) > 1 else [plain]


def _folded(text: str) -> str:
    return normalize(text, fillers=True).text
