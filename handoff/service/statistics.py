"""Figures that cannot flatter: fixed cohorts, counts beside every rate, the unanswered included, no per-person ranking.

A statistic is one entry in `CATALOGUE`: a title, what it means in one sentence, and a function from the facts of a
period to rows. Every row has numerator, denominator and the filter that lists what it counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.boundary import notices as boundary_notices
from bot.boundary.taxonomy import taxonomy

from ..domain.calendar import CHINA
from ..domain.deadlines import P0_FIRST_RESPONSE
from ..domain.errors import NotFound
from ..domain.models import OPEN_CASE_STATES, OUTCOMES, User
from ..domain.priority import LIFE_SAFETY
from ..domain.sight import sees_sealed
from . import promises
from .ports import Transaction

LONG_OPEN = timedelta(days=15)
# By when a person should first answer, by priority; measured over everyone who asked, answered or not.
FIRST_ANSWER = {LIFE_SAFETY: P0_FIRST_RESPONSE, "P1": timedelta(hours=2), "P2": timedelta(days=1)}


@dataclass(frozen=True)
class Period:
    since: datetime
    until: datetime
    area: str | None
    now: datetime

    def filter(self, **more: str) -> dict[str, str]:
        last = self.until - timedelta(days=1)
        days = {"from": f"{self.since.astimezone(CHINA):%Y-%m-%d}", "to": f"{last.astimezone(CHINA):%Y-%m-%d}"}
        return {**days, **({"area": self.area} if self.area else {}), **more}


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    numerator: int
    denominator: int
    filter: dict[str, str] = field(default_factory=dict)  # lists what the numerator counts
    list: str = "cases"  # which list the filters open: cases or handoffs
    note: str = ""
    base: dict[str, str] = field(default_factory=dict)  # lists what the denominator counts


@dataclass(frozen=True)
class Statistic:
    title: str
    meaning: str
    rows: Callable[[Transaction, Period], list[Row]]
    chart: str = "bar"


def demand_by_category(tx: Transaction, period: Period) -> list[Row]:
    cases = tx.statistics.cases_between(period.since, period.until, period.area)
    counted = Counter(case["category"][:3] for case in cases)
    return [
        Row(code, taxonomy().name(code), number, len(cases), period.filter(category=code))
        for code, number in counted.most_common()
    ]


def demand_by_type(tx: Transaction, period: Period) -> list[Row]:
    cases = tx.statistics.cases_between(period.since, period.until, period.area)
    counted = Counter(case["type"] for case in cases)
    return [Row(kind, kind, counted[kind], len(cases), period.filter(type=kind)) for kind in taxonomy().case_types]


def demand_by_day(tx: Transaction, period: Period) -> list[Row]:
    cases = tx.statistics.cases_between(period.since, period.until, period.area)
    counted = Counter(case["created_at"].astimezone(CHINA).date() for case in cases)
    rows, day = [], period.since.astimezone(CHINA).date()
    while day < period.until.astimezone(CHINA).date():
        shown = {"from": f"{day}", "to": f"{day}", **({"area": period.area} if period.area else {})}
        rows.append(Row(f"{day}", f"{day.month}月{day.day}日", counted[day], len(cases), shown))
        day += timedelta(days=1)
    return rows


def handoffs_by_reason(tx: Transaction, period: Period) -> list[Row]:
    asked = tx.statistics.handoffs_between(period.since, period.until, period.area)
    counted = Counter(handoff["trigger"] for handoff in asked)
    return [
        Row(
            trigger,
            boundary_notices.for_trigger(trigger).reason,
            number,
            len(asked),
            period.filter(trigger=trigger),
            "handoffs",
        )
        for trigger, number in counted.most_common()
    ]


def time_to_person(tx: Transaction, period: Period) -> list[Row]:
    asked = tx.statistics.handoffs_between(period.since, period.until, period.area)
    rows = []
    for priority, target in FIRST_ANSWER.items():
        cohort = [handoff for handoff in asked if handoff["priority"] == priority]
        in_time = [handoff for handoff in cohort if _in_time(handoff)]
        rows.append(
            Row(
                f"{priority}_in_time",
                f"{priority}：{_words(target)}内有人答复",
                len(in_time),
                len(cohort),
                period.filter(priority=priority, in_time="yes"),
                "handoffs",
                _median(cohort),
                period.filter(priority=priority),
            )
        )
    silent = [handoff for handoff in asked if handoff["first_human_at"] is None]
    rows.append(Row("unanswered", "至今没有人答复", len(silent), len(asked), period.filter(answered="no"), "handoffs"))
    return rows


def corrected_categories(tx: Transaction, period: Period) -> list[Row]:
    cases = tx.statistics.cases_between(period.since, period.until, period.area)
    by_bot = [case for case in cases if case["bot_category"]]
    changed = [case for case in by_bot if case["category"] != case["bot_category"]]
    pairs = Counter((case["bot_category"], case["category"]) for case in changed)
    base = period.filter(by_bot="yes")
    rows = [Row("all", "机器人分错、由人改正", len(changed), len(by_bot), period.filter(corrected="yes"), base=base)]
    for (before, after), number in pairs.most_common(20):
        label = f"{taxonomy().name(before)} → {taxonomy().name(after)}"
        pair = f"{before}-{after}"
        rows.append(Row(pair, label, number, len(by_bot), period.filter(corrected=pair), base=base))
    return rows


# How the results are counted, and what lists each: solved is only what the resident has said to be.
RESULTS: dict[str, tuple[str, dict[str, str]]] = {
    "solved": ("已解决，居民确认", {"outcome": "solved", "confirmed": "yes"}),
    "solved_by_staff": ("工作人员办结（已解决）", {"outcome": "solved", "confirmed": "no"}),
    **{key: (label, {"outcome": key}) for key, label in OUTCOMES.items() if key != "solved"},
}


def came_of(case: dict[str, Any]) -> str | None:
    """The key in `RESULTS` of what came of a case, None while it is open."""
    return "solved_by_staff" if case["outcome"] == "solved" and not case["confirmed"] else case["outcome"]


def outcomes(tx: Transaction, period: Period) -> list[Row]:
    cases = tx.statistics.cases_between(period.since, period.until, period.area)
    counted = Counter(came_of(case) for case in cases)
    rows = [
        Row(key, label, counted[key], len(cases), period.filter(**lists)) for key, (label, lists) in RESULTS.items()
    ]
    still_open = [case for case in cases if case["status"] in OPEN_CASE_STATES]
    long_open = [case for case in still_open if period.now - case["created_at"] > LONG_OPEN]
    overdue = [case for case in still_open if case["due_at"] < period.now]
    extended = [case for case in still_open if case["extended"]]  # beside it: nobody makes it smaller by moving a date
    return [
        *rows,
        Row("open", "还没办结", len(still_open), len(cases), period.filter(open="yes")),
        Row("overdue", "已过期限还没办结", len(overdue), len(cases), period.filter(overdue="yes")),
        Row("extended", "延过期限还没办结", len(extended), len(cases), period.filter(extended="yes")),
        Row("long_open", "超过 15 天还没办结", len(long_open), len(cases), period.filter(long_open="yes")),
    ]


def reported_and_done(tx: Transaction, period: Period) -> list[Row]:
    """What was reported most, and what became of it: closed ÷ reported, for each first-level category."""
    cases = tx.statistics.cases_between(period.since, period.until, period.area)
    reported = Counter(case["category"][:3] for case in cases)
    rows = []
    for code, number in reported.most_common():
        closed = [case for case in cases if case["category"][:3] == code and case["status"] not in OPEN_CASE_STATES]
        solved = sum(came_of(case) == "solved" for case in closed)
        note = f"居民确认解决 {solved}，其他办结 {len(closed) - solved}，还在办 {number - len(closed)}"
        shown, base = period.filter(category=code, status="closed"), period.filter(category=code)
        rows.append(Row(code, taxonomy().name(code), len(closed), number, shown, note=note, base=base))
    return rows


def wrong_handoffs(tx: Transaction, period: Period) -> list[Row]:
    asked = tx.statistics.handoffs_between(period.since, period.until, period.area)
    wrong = [handoff for handoff in asked if handoff["wrong"]]
    left = [handoff for handoff in asked if handoff["ended_how"] == "withdrawn"]
    return [
        Row("wrong", "工作人员认为不必转人工", len(wrong), len(asked), period.filter(wrong="yes"), "handoffs"),
        Row("left", "居民没等到人就取消了", len(left), len(asked), period.filter(ended="withdrawn"), "handoffs"),
    ]


SAID_BY = {"bot": "机器人", "desk": "系统通知", "person": "工作人员"}


def broken_promises(tx: Transaction, period: Period) -> list[Row]:
    """By whose words, never by which person."""
    due = tx.promises.due_between(period.since, period.until, period.area)
    due = [{**promise, "said_by": said_by(promise)} for promise in due if promise["due_at"] < period.now]
    broken = [promise for promise in due if promises.is_broken(promise, period.now)]
    base = period.filter(broken="all")
    rows = [Row("all", "到期没有做到的承诺", len(broken), len(due), period.filter(broken="yes"), "promises", base=base)]
    for key, label in SAID_BY.items():
        said = [promise for promise in due if promise["said_by"] == key]
        late = [promise for promise in said if promise in broken]
        which = {"broken": "yes", "said_by": key}
        base = period.filter(broken="all", said_by=key)
        rows.append(
            Row(key, f"其中：{label}答应的", len(late), len(said), period.filter(**which), "promises", base=base)
        )
    return rows


def said_by(promise: dict[str, Any]) -> str:
    return promise["by"] if promise["by"] in SAID_BY else "person"


def listed_promises(tx: Transaction, period: Period, user: User, wanted: dict[str, str]) -> tuple[list, int]:
    """(the promises behind a figure, how many sealed ones are not listed for this person)."""
    due = tx.promises.due_between(period.since, period.until, period.area)
    found = [promise for promise in due if promise["due_at"] < period.now]
    if wanted.get("broken") == "yes":
        found = [promise for promise in found if promises.is_broken(promise, period.now)]
    if wanted.get("said_by"):
        found = [promise for promise in found if said_by(promise) == wanted["said_by"]]
    shown = [promise for promise in found if sees_sealed(user) or not promise["sealed"]]
    return [promises.view(promise, user, period.now) for promise in shown], len(found) - len(shown)


CATALOGUE: dict[str, Statistic] = {
    "outcomes": Statistic(
        "办理结果",
        "这段时间登记的工单，到现在各是什么结果。居民自己说解决了才算确认，沉默不算，没办结的也在分母里。",
        outcomes,
    ),
    "time_to_person": Statistic(
        "多久有人答复", "所有需要人工的居民里，按时得到人工答复的有多少；没人答复的也在分母里。", time_to_person
    ),
    "reported_and_done": Statistic(
        "反映最多的，办得怎样",
        "每一类反映了多少件（分母），办结了多少件（分子）。社区公示也数这些工单，但不含举报和其他密件，只算整月。",
        reported_and_done,
    ),
    "demand_by_category": Statistic("反映最多的是什么", "按一级类别统计登记的工单。", demand_by_category),
    "demand_by_type": Statistic("诉求类型", "咨询、求助、投诉……各有多少。", demand_by_type),
    "demand_by_day": Statistic("每天多少件", "按登记日期统计。", demand_by_day, "line"),
    "handoffs_by_reason": Statistic("为什么转人工", "每次转人工的原因；同一位居民可能不止一次。", handoffs_by_reason),
    "corrected_categories": Statistic(
        "机器人分错了多少", "机器人登记的工单里，类别后来被人改正的。", corrected_categories
    ),
    "broken_promises": Statistic(
        "没有做到的承诺", "这段时间到期的承诺里，过了期才做到或至今没做到的。不按个人排名。", broken_promises
    ),
    "wrong_handoffs": Statistic("不必要的转人工", "转得不对，或居民没等到人。", wrong_handoffs),
}


def compute(tx: Transaction, name: str, period: Period) -> dict[str, Any]:
    statistic = CATALOGUE.get(name)
    if statistic is None:
        raise NotFound("没有这项统计。")
    rows = statistic.rows(tx, period)
    return {
        "name": name,
        "title": statistic.title,
        "meaning": statistic.meaning,
        "chart": statistic.chart,
        "rows": [{**row.__dict__, "base": row.base or period.filter()} for row in rows],
    }


def listed_handoffs(
    tx: Transaction, period: Period, user: User, wanted: dict[str, str]
) -> tuple[list[dict[str, Any]], int]:
    """(the handoffs behind a figure, how many sealed ones are not listed for this person)."""
    tests: dict[str, Callable[[dict[str, Any], str], bool]] = {
        "trigger": lambda h, v: h["trigger"] == v,
        "priority": lambda h, v: h["priority"] == v,
        "answered": lambda h, v: (h["first_human_at"] is not None) == (v == "yes"),
        "wrong": lambda h, v: h["wrong"] == (v == "yes"),
        "ended": lambda h, v: h["ended_how"] == v,
        "in_time": lambda h, v: _in_time(h) == (v == "yes"),
    }
    asked = tx.statistics.handoffs_between(period.since, period.until, period.area)
    found = [h for h in asked if all(tests[name](h, value) for name, value in wanted.items() if name in tests)]
    shown = [h for h in found if sees_sealed(user) or not h["sealed"]]
    return shown, len(found) - len(shown)


def _in_time(handoff: dict[str, Any]) -> bool:
    answered, target = handoff["first_human_at"], FIRST_ANSWER.get(handoff["priority"])
    return answered is not None and target is not None and answered - handoff["requested_at"] <= target


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时"


def _median(cohort: list[dict[str, Any]]) -> str:
    """Median wait over the whole cohort; those who still wait count as longest."""
    if not cohort:
        return ""
    waits = sorted(
        (h["first_human_at"] - h["requested_at"]).total_seconds() if h["first_human_at"] else float("inf")
        for h in cohort
    )
    middle = waits[(len(waits) - 1) // 2]
    return "一半以上还没有人答复" if middle == float("inf") else f"中位等待 {max(1, round(middle / 60))} 分钟"
