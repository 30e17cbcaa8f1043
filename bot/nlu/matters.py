"""Several matters in one message."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from bot.boundary.taxonomy import taxonomy
from bot.nlu.classifier import TextClassifier
from bot.nlu.questions import CATEGORY, TYPE, UNCLEAR

# What joins two matters in one message, and how sure each must be to count as one.
_JOINT = re.compile(
    r"[，。；：！？ ](?:另外|还有(?!没有|多)|顺便|再一个|再就是|再有|其次|第[一二三四五](?![期单层号个栋幢次遍回天年])|[一二三四五]是"
    r"|[1-5][、.）](?![0-9])|对了|还想(?:问|反映))"
)
MATTER_SURE, MATTER_CHARS = 0.6, 4
# A mere 也 joins two only when they are of different fields, both surely so, and it does not just go on complaining.
_ALSO = re.compile(
    r"(?:而且|并且|同时|外加)|[，。；！？ ](?![^，。]{0,10}(?:不管|没人管|不理|不来|不修|没用|没人))(?=[^，。；！？ ]{1,8}也)"
)
ALSO_SURE = 0.8
# Where nothing but a comma stands between them, so many of different fields make a list, each of them told in few words.
_COMMA = re.compile(r"[，。；！？、 ]|另外|还有(?!没有|多)|然后")
LIST, LIST_SURE, LIST_CHARS, GUESSED = 3, 0.9, 16, 0.4


class _Part(NamedTuple):
    code: str
    sure: float
    kind: str


def told_apart(classifier: TextClassifier, text: str) -> list[dict[str, Any]]:
    """The different matters in one normalised message, in their order, each with its category and type; nothing when it is
    one. Most messages are, and cost nothing more: only what may be several is read again, in parts."""
    found = _joined(classifier, text)
    if len(found) < 2:
        found = _listed(classifier, text)
    return [{"subcategory": p.code, "type": p.kind, "confidence": round(p.sure, 4)} for p in found]


def _joined(classifier: TextClassifier, text: str) -> list[_Part]:
    told = _JOINT.split(text)
    whole = [_also(classifier, one) or (_read(classifier, [one]) if len(told) > 1 else []) for one in told]
    return _different([part for parts in whole for part in parts], MATTER_SURE, _code)


def _also(classifier: TextClassifier, text: str) -> list[_Part]:
    """Those that a mere 也 joins, if they are surely several."""
    if not _ALSO.search(text):
        return []
    found = _different(_read(classifier, _ALSO.split(text)), ALSO_SURE, _field)
    return found if len(found) > 1 else []


def _listed(classifier: TextClassifier, text: str) -> list[_Part]:
    """路灯不亮，电梯坏了，楼道堆满杂物"""
    clauses = [clause for clause in _COMMA.split(text) if MATTER_CHARS <= len(clause) <= LIST_CHARS]
    if len(clauses) < LIST or not _may_be_a_list(classifier, clauses):
        return []
    found = _different(_read(classifier, clauses), LIST_SURE, _field)
    return found if len(found) >= LIST else []


def _may_be_a_list(classifier: TextClassifier, clauses: list[str]) -> bool:
    """By their wording alone, which takes a tenth of the time."""
    guesses = [classifier.guess(clause, CATEGORY) for clause in clauses]
    return len({_field(_Part(*guess, "")) for guess in guesses if guess[1] >= GUESSED} - {""}) >= LIST


def _read(classifier: TextClassifier, texts: list[str]) -> list[_Part]:
    verdicts = [classifier.read(text) for text in texts if len(text) >= MATTER_CHARS]
    return [_Part(*verdict.best(CATEGORY), verdict.best(TYPE)[0]) for verdict in verdicts]


def _code(part: _Part) -> str:
    return part.code


def _field(part: _Part) -> str:
    """What joins two loosely joins only what is surely of different fields."""
    return "" if part.code.startswith(UNCLEAR) else taxonomy().parent(part.code)


def _different(parts: list[_Part], sure: float, what: Callable[[_Part], str]) -> list[_Part]:
    """Those that are surely something, and not the same thing once more."""
    kept: dict[str, _Part] = {}
    for part in parts:
        if part.sure >= sure and what(part):
            kept.setdefault(what(part), part)
    return list(kept.values())
