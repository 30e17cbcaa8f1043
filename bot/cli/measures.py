"""What is measured on the held-out sentences, as docs/understanding.md and the labelling rules define it.

`Pairs` are (annotated row, what the reader understood of its text).
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.boundary.policy import HAND_OFF
from bot.boundary.screen import screen
from bot.boundary.triggers import priority_of
from bot.nlu.calibration import expected_calibration_error

Row = dict[str, Any]
Pairs = Sequence[tuple[Row, Row]]
P0 = "P0"
DEVELOPMENT, FINAL = "dev", "final"
# Names of figures; floors.yml and the documents use them.
LIFE, ALL, FALSE, NAMED = "P0 召回", "触发召回", "误转人工", "触发说对"
# The same with the desk's own rules, which call a person before the bot has read anything.
FALSE_IN_ALL = "误转（连同 desk）"
NEEDLESS_IN_ALL = "误报紧急（连同 desk）"
CATEGORY, SUBCATEGORY, KIND, URGENT = "一级类目 F1", "二级类目", "诉求类型", "紧急 F1"
NEEDLESS, PLACE, PERSONAL_FOUND, PERSONAL_RIGHT, CALIBRATION = (
    "平常事误报紧急",
    "地点 F1",
    "个人信息召回",
    "个人信息精确",
    "校准误差",
)
# A message that tells several things is heard as several; all of them are heard right; one thing is heard as several.
SEVERAL, EVERY_ONE, SPLIT = "几件事分得开", "件件说对", "一件事拆成几件"


@dataclass(frozen=True)
class Figure:
    """`value` in 0…1 over `count` sentences (or pieces); `counted` when it is a share of them, not an F1 or an error."""

    value: float
    count: int
    counted: bool = True

    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of a share: how far chance alone may carry it on so few sentences."""
        if not self.counted or not self.count:
            return None
        z, n = 1.96, self.count
        middle = (self.value + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(self.value * (1 - self.value) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


def measure(handoff: Pairs, intake: Pairs) -> dict[str, Figure]:
    """Every figure of the reader on one set."""
    found, missed, extra = personal_data(intake)
    ordinary = [(row, got) for row, got in handoff if not row["trigger"]]
    calm = [(row, got) for row, got in intake if not row["urgent"]]
    return {
        **triggers(handoff),
        FALSE_IN_ALL: share(ordinary, lambda row, got: sent_to_person(got) or screen(row["text"]) is not None),
        CATEGORY: Figure(macro_f1([(row["category"], got["category"]) for row, got in intake]), len(intake), False),
        SUBCATEGORY: share(intake, category_score),
        KIND: share(intake, lambda row, got: got["type"] == row["type"]),
        URGENT: Figure(_f1(True, [(row["urgent"], got["urgent"]) for row, got in intake]), len(intake), False),
        NEEDLESS: share(calm, lambda row, got: got["priority"] == P0),
        NEEDLESS_IN_ALL: share(calm, lambda row, got: got["priority"] == P0 or screen(row["text"]) is not None),
        PLACE: Figure(span_f1([(row["location"], place_of(got)) for row, got in intake]), len(intake), False),
        PERSONAL_FOUND: Figure(found / max(1, found + missed), found + missed),
        PERSONAL_RIGHT: Figure(found / max(1, found + extra), found + extra),
        CALIBRATION: Figure(calibration_error(intake), len(intake), False),
    }


def triggers(handoff: Pairs) -> dict[str, Figure]:
    """How those who need a person reach one, and how many others are sent to one."""
    positive = [(row, got) for row, got in handoff if row["trigger"]]
    negative = [(row, got) for row, got in handoff if not row["trigger"]]
    return {
        LIFE: share([(row, got) for row, got in positive if priority_of(row["trigger"]) == P0], trigger_right),
        ALL: share(positive, lambda row, got: sent_to_person(got)),
        FALSE: share(negative, lambda row, got: sent_to_person(got)),
        NAMED: share(positive, trigger_right),
    }


def several(pairs: Pairs) -> dict[str, Figure]:
    """How messages are told apart that hold several matters (their subcategories are `matters`); nothing without any."""
    many = [(row, got) for row, got in pairs if len(row["matters"]) > 1]
    one = [(row, got) for row, got in pairs if len(row["matters"]) == 1]
    if not many or not one:
        return {}
    return {
        SEVERAL: share(many, lambda _, got: len(got["matters"]) > 1),
        EVERY_ONE: share(many, lambda row, got: {m["subcategory"] for m in got["matters"]} == set(row["matters"])),
        SPLIT: share(one, lambda _, got: len(got["matters"]) > 1),
    }


def sent_to_person(got: Row) -> bool:
    """Whether it stands in the human queue at once. A question back with 人工 among its buttons does not."""
    return got["disposition"] == HAND_OFF


def trigger_right(row: Row, got: Row) -> bool:
    """Danger to life is right with any P0 trigger; the others with the main label or one that is as good."""
    if priority_of(row["trigger"]) == P0:
        return got["priority"] == P0
    return got["trigger"] in (row["trigger"], *(row.get("also") or ()))


def category_score(row: Row, got: Row) -> float:
    """1 for the first matter's subcategory, one half for that of another matter in the message."""
    if got["subcategory"] == row["subcategory"]:
        return 1.0
    return 0.5 if got["subcategory"] in (row.get("also") or ()) else 0.0


def place_of(got: Row) -> str | None:
    return (got["place"] or {}).get("text")


def personal_data(intake: Pairs) -> tuple[int, int, int]:
    """(found, missed, found wrongly) pieces of personal data, by kind and exact words."""
    found = missed = extra = 0
    for _, (both, gold, read) in by_kind(intake).items():
        found, missed, extra = found + both, missed + gold - both, extra + read - both
    return found, missed, extra


def by_kind(intake: Pairs) -> dict[str, tuple[int, int, int]]:
    """For each kind of personal data: found, annotated, reported."""
    both, gold, read = Counter(), Counter(), Counter()
    for row, got in intake:
        wanted = Counter((p["kind"], p["text"]) for p in row["pii"])
        told = Counter((p["kind"], row["text"][p["span"][0] : p["span"][1]]) for p in got["pii"])
        for total, pieces in ((both, wanted & told), (gold, wanted), (read, told)):
            for (kind, _), times in pieces.items():
                total[kind] += times
    return {kind: (both[kind], gold[kind], read[kind]) for kind in sorted({*gold, *read})}


def span_f1(pairs: Sequence[tuple[str | None, str | None]]) -> float:
    """F1 of exact spans; None where there is none."""
    hit = sum(a is not None and a == b for a, b in pairs)
    return 2 * hit / max(1, sum(a is not None for a, _ in pairs) + sum(b is not None for _, b in pairs))


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean F1 over the labels that are annotated."""
    labels = sorted({gold for gold, _ in pairs})
    return sum(_f1(label, pairs) for label in labels) / max(1, len(labels))


def _f1(label: object, pairs: Sequence[tuple[Any, Any]]) -> float:
    hit = sum(a == b == label for a, b in pairs)
    return 2 * hit / max(1, sum(a == label for a, _ in pairs) + sum(b == label for _, b in pairs))


def calibration_error(intake: Pairs) -> float:
    """Expected calibration error of the category's confidence; a matter of another sentence is half right here too."""
    return expected_calibration_error(*confidences(intake))


def confidences(intake: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """The category's confidence and how right it was (0, ½ or 1), one of each for every sentence."""
    told = np.array([got["confidence"] for _, got in intake], float)
    return told, np.array([category_score(row, got) for row, got in intake], float)


def share(pairs: Pairs, score: Callable[[Row, Row], float]) -> Figure:
    """The mean of a score in 0…1 over the pairs."""
    return Figure(_mean(score(row, got) for row, got in pairs), len(pairs))


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / max(1, len(listed))
