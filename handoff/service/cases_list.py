"""Reading the register: a page, one case, everything of an area. Each look is in the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.privacy.pii import mask

from ..domain.calendar import CHINA
from ..domain.models import OUTCOMES, User
from ..domain.sight import sees_personal_data, sees_sealed
from . import cases, packet
from .ports import Transaction

# The table that a community opens in its spreadsheet program: what of a case, and the head above it.
COLUMNS = {
    "number": "编号", "created_at": "登记时间", "type": "类型", "category": "类别代码", "category_name": "类别",
    "area": "社区", "place": "地点", "description": "诉求", "status_name": "状态", "urgent": "紧急", "unit": "承办",
    "due_at": "期限", "outcome": "结果", "closed_at": "办结时间",
}  # fmt: skip
TIMES = ("created_at", "due_at", "closed_at")
BATCH = 500
EVENT_FIELDS = ("id", "actor", "kind", "text", "data")


def page(tx: Transaction, user: User, filters: dict[str, Any], size: int, offset: int, now: datetime) -> dict[str, Any]:
    """One page of the list; `hidden` counts the sealed cases that are counted but not listed for this person."""
    here, sealed = {**filters, "seen_from": user.area}, _sealed(user)
    shown = tx.cases.search(size, offset, **here, sealed=sealed)
    total, listed = tx.cases.count(**here), tx.cases.count(**here, sealed=sealed)
    _audit(tx, user, "list_cases", filters, len(shown), now)
    return {"cases": [packet.case_view(case, user) for case in shown], "total": total, "hidden": total - listed}


def everything(tx: Transaction, user: User, filters: dict[str, Any], form: str, now: datetime) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    here = {**filters, "seen_from": user.area, "sealed": _sealed(user)}
    while batch := tx.cases.search(BATCH, len(found), **here):
        found += [packet.case_view(case, user) for case in batch]
    _audit(tx, user, "export_cases", filters, len(found), now, format=form)
    return found


def row(case: dict[str, Any]) -> list[object]:
    """The cells of a case below the heads of `COLUMNS`, as people read them: times in China, words instead of codes."""
    times = {
        name: f"{datetime.fromisoformat(case[name]).astimezone(CHINA):%Y-%m-%d %H:%M}" for name in TIMES if case[name]
    }
    said = {"urgent": "是" if case["urgent"] else "否", "outcome": OUTCOMES.get(case["outcome"], case["outcome"])}
    return [{**case, **times, **said}[name] for name in COLUMNS]


def one(tx: Transaction, user: User, number: str, now: datetime) -> dict[str, Any]:
    case = cases.visible(tx, user, number)
    tx.people.audit(now, user.username, "view_case", number)
    events = [_event(event, user) for event in tx.cases.events(number)]
    return {**packet.case_view(case, user), "events": events}


def _event(event: dict[str, Any], user: User) -> dict[str, Any]:
    shown = {**{key: event[key] for key in EVENT_FIELDS}, "at": event["at"].isoformat()}
    if sees_personal_data(user):
        return shown
    data = {name: mask(value) for name, value in event["data"].items()}
    return {**shown, "text": mask(event["text"]), "data": data}


def _sealed(user: User) -> bool | None:
    return None if sees_sealed(user) else False


def _audit(
    tx: Transaction, user: User, action: str, filters: dict[str, Any], shown: int, now: datetime, **more: Any
) -> None:
    given = {name: str(value) for name, value in filters.items() if value is not None}
    tx.people.audit(
        now, user.username, action, filters.get("area") or user.area, {"filters": given, "shown": shown, **more}
    )
