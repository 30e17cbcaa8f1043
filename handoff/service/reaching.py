"""When the resident cannot be written to: who hears of it."""

from __future__ import annotations

from datetime import datetime

from ..domain.calendar import CHINA
from .ports import Transaction

# The task says what to do; one open task of a kind is enough for a conversation.
TASKS = {
    "call": "请打电话或上门联系居民：{reason}。",
    "undelivered": "消息未送达：{reason}。",
}
# 20 characters is what a field of the platforms' notices takes. Never the words themselves: the phone may be borrowed.
REMINDER = "有新回复，回复任意文字即可查看"


def ask_person(tx: Transaction, conversation_id: int, kind: str, reason: str, now: datetime) -> None:
    text = TASKS[kind].format(reason=reason.rstrip("。"))
    once(tx, conversation_id, kind, text, now)


def once(tx: Transaction, conversation_id: int | None, kind: str, text: str, now: datetime) -> None:
    """Adds a task unless one of its kind is open for this conversation."""
    if tx.records.open_task(conversation_id, kind) is None:
        tx.records.add_task(conversation_id, kind, text[:400], now)
        tx.emit("task", conversation_id)


def once_in_these_words(tx: Transaction, conversation_id: int | None, kind: str, text: str, now: datetime) -> None:
    """Adds a task unless the same is open already; what says something else stands beside it."""
    if tx.records.open_task(conversation_id, kind, text) is None:
        tx.records.add_task(conversation_id, kind, text, now)
        tx.emit("task", conversation_id)


def reminder(tx: Transaction, conversation_id: int, now: datetime) -> dict[str, str]:
    """What a template may be filled with (`bot.channels.template.WORDS`)."""
    resident = tx.conversations.get(conversation_id).resident_id
    cases = tx.cases.of_resident(resident, 1)
    number = cases[0].number if cases and not cases[0].sealed else ""
    return {"text": REMINDER, "number": number, "time": now.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")}
