"""Two matters in one message."""

import re
from typing import Any

from bot.boundary.taxonomy import taxonomy
from bot.nlu.classifier import TextClassifier
from bot.nlu.questions import CATEGORY, TYPE, UNCLEAR

# What joins two matters in one message, and how sure each must be to count as one.
_JOINT = re.compile(
    r"[，。；！？ ](?:另外|还有(?!没有|多)|顺便|再一个|再就是|再有|其次|第二|二是|对了|还想(?:问|反映))"
)
MATTER_SURE, MATTER_CHARS = 0.6, 4
# A mere 也 joins two only when they are of different fields, both surely so, and it does not just go on complaining.
_ALSO = re.compile(
    r"(?:而且|并且|同时|外加)|[，。；！？ ](?![^，。]{0,10}(?:不管|没人管|不理|不来|不修|没用|没人))(?=[^，。；！？ ]{1,8}也)"
)
ALSO_SURE = 0.8


def told_apart(classifier: TextClassifier, text: str) -> list[dict[str, Any]]:
    """Two different matters in one message, in their order, each with its category and type; else nothing."""
    joint, also = _JOINT.search(text), _ALSO.search(text)
    if not (where := joint or also):
        return []
    parts = [text[: where.start()], text[where.end() :]]
    if min(map(len, parts)) < MATTER_CHARS:
        return []
    verdicts = [classifier.read(part) for part in parts]
    codes = [verdict.best(CATEGORY) for verdict in verdicts]
    if not (_are_two(codes) if joint else _are_surely_two(codes)):
        return []
    return [
        {"subcategory": code, "type": verdict.best(TYPE)[0], "confidence": round(sure, 4)}
        for verdict, (code, sure) in zip(verdicts, codes, strict=True)
    ]


def _are_two(codes: list[tuple[str, float]]) -> bool:
    return codes[0][0] != codes[1][0] and min(sure for _, sure in codes) >= MATTER_SURE


def _are_surely_two(codes: list[tuple[str, float]]) -> bool:
    fields = {taxonomy().parent(code) for code, _ in codes} - {UNCLEAR}
    return len(fields) == 2 and min(sure for _, sure in codes) >= ALSO_SURE
