"""Several matters in one message: where it can be cut into parts that surely tell different things.

A message is cut where its reading is torn between the two matters and each part alone is not. Most messages tell one
matter: only where the wording of two parts points to different matters are the parts read.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.nlu.classifier import TextClassifier, Verdict
from bot.nlu.questions import CATEGORY, TYPE, UNCLEAR
from bot.normalize import PARTING_BLANK, Normalized, spoken

# What joins a second matter to a first. 还有没有, 还有多久 ask on; 第二单元, 第三次 count something else.
_JOINT = (
    r"另外|还有(?!没有|多)|顺便|再一个|再就是|再有|其次|然后|对了|还想|再(?:请教|问|说一)|外加|加上|同时|而且|并且|仲有|一个是"
    r"|第[一二三四五](?![期单层号个栋幢次遍回天年中小])|[一二三四五]是|[1-5][、.）](?![0-9])"
)
_JOINED = re.compile(_JOINT)
_CLAUSE = re.compile(rf"[，。；：！？、]+|(?={_JOINT})")
# Characters that a part needs to tell something; clauses that are looked at, of a long message in longer pieces.
LEAST, MOST_CLAUSES = 4, 12
# Both parts' wording must point somewhere at this chance; so many of the likeliest cuts are read.
GUESSED, MOST_CUTS = 0.6, 2
# A logistic regression over 150 messages of dev_matters.jsonl and 383 of one matter weighs, as logarithms: how unsure the
# less sure part is, how likely a part thinks the other's matter, how likely the whole thinks the less likely of the two;
# and whether a word joins them. At ENOUGH as many are found as can be while hardly one of twenty is cut needlessly.
UNSURE, CROSSED, TORN, JOINED, ENOUGH = -1.2, -1.4, 0.6, 2.8, 6.3
# 路灯坏了，物业也没人管: goes on about what was said.
_GOES_ON = re.compile(
    r"(?:[^，。]{0,6}[也都就还又总]|(?:物业|社区|居委会?|村委会?|街道|你们|他们)[^，。]{0,3})"
    r"(?:不管|不理|不来|不修|没用|没人(?:管|理|来|修|问)|不处理|不解决)[了呢啊吧的]*[，。！？]*$"
)


class _Cut(NamedTuple):
    odds: float
    at: int
    left: Verdict
    right: Verdict


def told_apart(classifier: TextClassifier, folded: Normalized, whole: Verdict) -> list[dict[str, Any]]:
    """The different matters in one message, in their order, each with its category and type; nothing when it is one.
    `whole`: what was read of all of it."""
    parts = _apart(classifier, folded.text, _edges(folded), whole)
    kept: dict[str, dict[str, Any]] = {}
    for part in parts:
        code, sure = part.best(CATEGORY)
        if not code.startswith(UNCLEAR):
            kept.setdefault(code, {"subcategory": code, "type": part.best(TYPE)[0], "confidence": round(sure, 4)})
    return list(kept.values()) if len(kept) > 1 else []


def _edges(folded: Normalized) -> list[int]:
    """Where clauses begin, and the end of the last one."""
    length = len(folded.text)
    begins = {found.end() for found in _CLAUSE.finditer(folded.text)}
    begins |= {bisect_left(folded.at, gap.end()) for gap in PARTING_BLANK.finditer(folded.original)}
    least, edges = max(LEAST, length // MOST_CLAUSES), [0]
    for place in sorted(begins):
        if edges[-1] + least <= place <= length - LEAST and not _GOES_ON.match(folded.text, place):
            edges.append(place)
    return [*edges, length]


def _apart(classifier: TextClassifier, text: str, edges: list[int], whole: Verdict) -> list[Verdict]:
    """What each part says, as far as the text between the first and the last edge can be cut."""
    cut = max(_cuts(classifier, text, edges, whole), default=None, key=lambda cut: cut.odds)
    if cut is None or cut.odds < ENOUGH:
        return [whole]
    left = _apart(classifier, text, edges[: cut.at + 1], cut.left)
    return left + _apart(classifier, text, edges[cut.at :], cut.right)


def _cuts(classifier: TextClassifier, text: str, edges: list[int], whole: Verdict) -> Iterator[_Cut]:
    for at in _likely(classifier, text, edges):
        left, right = classifier.read(text[edges[0] : edges[at]]), classifier.read(text[edges[at] : edges[-1]])
        (one, sure), (other, also_sure) = left.best(CATEGORY), right.best(CATEGORY)
        if one == other or one.startswith(UNCLEAR) or other.startswith(UNCLEAR):
            continue
        crossed = max(_chance(left, other), _chance(right, one))
        torn = min(_chance(whole, one), _chance(whole, other))
        odds = UNSURE * math.log(1.01 - min(sure, also_sure)) + CROSSED * math.log(crossed + 0.01)
        odds += TORN * math.log(torn + 1e-4) + JOINED * bool(_JOINED.match(text, edges[at]))
        yield _Cut(odds, at, left, right)


def _likely(classifier: TextClassifier, text: str, edges: list[int]) -> list[int]:
    """The likeliest cuts by the wording alone, which takes a tenth of the time."""
    guessed: list[tuple[float, int]] = []
    for at in range(1, len(edges) - 1):
        one, sure = _guess(classifier, text[edges[0] : edges[at]])
        if sure < GUESSED:
            continue
        other, also_sure = _guess(classifier, text[edges[at] : edges[-1]])
        if one != other and also_sure >= GUESSED:
            guessed.append((min(sure, also_sure), at))
    return [at for _, at in sorted(guessed, reverse=True)[:MOST_CUTS]]


def _chance(verdict: Verdict, code: str) -> float:
    return verdict.probabilities[CATEGORY].get(code, 0.0)


def _guess(classifier: TextClassifier, part: str) -> tuple[str, float]:
    return next(iter(classifier.guesses(spoken(part).text, CATEGORY).items()))
