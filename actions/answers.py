"""Answers from the approved knowledge, always with source and date of review."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.boundary import knowledge

from .proposal import command, say

LONGEST_LINE = 40


def find_answer(understood: dict[str, Any]) -> knowledge.Entry | None:
    """The entry that was found for the question, unless it is due for review."""
    return in_force((understood.get("knowledge") or {}).get("id"))


def in_force(known: str | None) -> knowledge.Entry | None:
    """The entry of this id, unless it is due for review."""
    entry = knowledge.entries().get(known or "")
    return entry if entry and entry.review_by >= datetime.now(timezone.utc).date() else None


def say_answer(dispatcher: CollectingDispatcher, tracker: Tracker, entry: knowledge.Entry) -> None:
    command(dispatcher, "answer", knowledge_id=entry.id)
    say(dispatcher, tracker, in_words(entry))


def in_words(entry: knowledge.Entry) -> str:
    source = f"来源：{entry.source}。"
    if len(source) > LONGEST_LINE:  # the full names of official documents, over several lines
        source = source.replace("关于", "\n关于", 1).replace("（", "\n（").replace("、", "、\n")
    return f"{entry.answer.strip()}\n{source}\n核对日期：{entry.reviewed_on}。\n没答到点子上，就说“转人工”。"
