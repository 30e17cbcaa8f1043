"""Danger that is told beside other matters: in the whole of a message they drown it, so its parts are read alone."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from bot.nlu.chances import against_nobody, deadly
from bot.nlu.classifier import TextClassifier, Verdict
from bot.nlu.questions import TRIGGER
from bot.nlu.segment import clauses
from bot.normalize import Normalized, spoken

# A part: so many clauses at most, of so many characters; a longer clause, as voice transcripts have them, in pieces.
CLAUSES, SHORTEST, LONGEST = 3, 5, 45
PIECE, STEP = 32, 16
# A part is read when its wording hints at danger so much, and the whole at least so much: one message in eight has any.
HINTED, AT_ALL = 0.2, 0.001
MOST, MOST_PARTS = 3, 400  # parts that are read; parts whose wording is looked at
# A part alone says less than it means in the whole (说是我自己咬的): what the whole makes of it counts half.
SHARE, ENOUGH = 0.5, 1.5


class Danger(NamedTuple):
    trigger: str
    chance: float  # of any danger to life, in the part alone
    part: str  # normalised


class _Part(NamedTuple):
    hint: float
    plain: str


def danger(classifier: TextClassifier, whole: Verdict, folded: Normalized) -> Danger | None:
    """Danger to life in one part of a text that as a `whole` was read as none."""
    drowned = _life(whole.probabilities[TRIGGER])
    if drowned < AT_ALL:
        return None
    # The resident's own words have the blanks that part clauses; of what is too long only both ends were read.
    text = folded.text if folded.truncated else folded.original
    hinted = sorted((part for part in _parts(classifier, text) if part.hint >= HINTED), reverse=True)
    found = [_danger(part.plain, classifier.read(part.plain)) for part in hinted[:MOST]]
    best = max(found, key=lambda one: one.chance, default=None)
    return best if best and _odds(best.chance) + SHARE * _odds(drowned) >= ENOUGH else None


def _parts(classifier: TextClassifier, text: str) -> Iterator[_Part]:
    whole = spoken(text).text
    for _, part in zip(range(MOST_PARTS), _cut(text), strict=False):
        plain = spoken(part).text
        if len(plain) >= SHORTEST and plain != whole:
            yield _Part(_life(classifier.guesses(plain, TRIGGER)), plain)


def _cut(text: str) -> Iterator[str]:
    told = clauses(text)
    for number, clause in enumerate(told):
        if len(clause) > LONGEST:
            yield from (clause[at : at + PIECE] for at in range(0, len(clause), STEP))
        for many in range(1, CLAUSES + 1):
            part = "，".join(told[number : number + many])
            if len(part) <= LONGEST and number + many <= len(told):
                yield part


def _danger(part: str, verdict: Verdict) -> Danger:
    chances = verdict.probabilities[TRIGGER]
    named = deadly(chances)
    return Danger(max(named, key=named.get), _life(chances), part)


def _life(chances: dict[str, float]) -> float:
    return against_nobody(sum(deadly(chances).values()), chances)


def _odds(chance: float) -> float:
    kept = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))
