"""Answers from the approved knowledge, always with source and date of review."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.boundary import knowledge

from . import texts
from .proposal import command, say


def find_answer(understood: dict[str, Any]) -> knowledge.Entry | None:
    """The entry that was found for the question, unless it is due for review."""
    hit = understood.get("knowledge") or {}
    entry = knowledge.entries().get(hit.get("id", ""))
    return entry if entry and entry.review_by >= datetime.now(timezone.utc).date() else None


def say_answer(dispatcher: CollectingDispatcher, tracker: Tracker, entry: knowledge.Entry) -> None:
    command(dispatcher, "answer", knowledge_id=entry.id)
    text = f"{entry.answer}\n来源：{entry.source}（{entry.reviewed_on} 核对）\n没答到点子上？说“转人工”。"
    say(dispatcher, tracker, text, texts.DOORS)
