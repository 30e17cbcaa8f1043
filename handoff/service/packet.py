"""The packet: what a caseworker needs without scrolling, and nothing asked twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.boundary import notices as boundary_notices
from bot.boundary.taxonomy import taxonomy
from bot.privacy.pii import mask

from ..domain.errors import Forbidden
from ..domain.models import Case, Conversation, Message, User
from ..domain.ownership import Owner
from . import cases, window
from .ports import Transaction

TRANSCRIPT = 200
PREVIEW = 60
SEES_PERSONAL_DATA = ("caseworker", "supervisor")
SEES_SEALED = ("supervisor",)


def build(tx: Transaction, user: User, conversation_id: int, now: datetime) -> dict[str, Any]:
    conversation = visible(tx, user, conversation_id)
    told = tx.messages.last(conversation_id, TRANSCRIPT)
    own_cases = tx.cases.of_resident(conversation.resident_id)
    tx.people.audit(now, user.username, "view_conversation", str(conversation_id))
    left = window.of(conversation)
    understanding = conversation.understanding or {}
    return {
        "id": conversation.id,
        "owner": conversation.owner,
        "version": conversation.version,
        "priority": conversation.priority,
        "channel": conversation.channel,
        "area": conversation.area,
        "waiting_since": _iso(conversation.waiting_since),
        "reason": _reason(tx, user, conversation),
        "category": _category(conversation, understanding),
        "fields": _fields(tx, user, conversation, understanding),
        "unknown": _unknown(own_cases, understanding),
        "why": understanding.get("why"),
        "promises": [_promise(promise) for promise in tx.records.promises_of(conversation_id)],
        "window": {"sends_left": window.left(tx, conversation, now), "closes_at": _iso(left.closes_at)},
        "cases": [case_view(case) for case in own_cases if not case.sealed or _may_see_sealed(user, conversation)],
        "messages": [message_view(message, user) for message in told],
    }


def visible(tx: Transaction, user: User, conversation_id: int) -> Conversation:
    """The conversation, if this person may see it."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.sealed and not _may_see_sealed(user, conversation):
        raise Forbidden("这个对话由专人受理。")
    return conversation


def _may_see_sealed(user: User, conversation: Conversation) -> bool:
    return user.role in SEES_SEALED or conversation.caseworker == user.username


def queue_entry(tx: Transaction, conversation: Conversation, user: User) -> dict[str, Any]:
    reason = tx.messages.get(conversation.id, conversation.reason_seq) if conversation.reason_seq else None
    preview = (reason.text if reason else "")[:PREVIEW]
    return {
        "id": conversation.id,
        "priority": conversation.priority,
        "reason": conversation.reason_trigger,
        "reason_text": boundary_notices.for_trigger(conversation.reason_trigger or "").reason,
        "waiting_since": _iso(conversation.waiting_since),
        "area": conversation.area,
        "category": conversation.category,
        "category_name": taxonomy().name(conversation.category) if conversation.category else None,
        "channel": conversation.channel,
        "preview": preview if user.role in SEES_PERSONAL_DATA else mask(preview),
    }


def message_view(message: Message, user: User) -> dict[str, Any]:
    personal = user.role in SEES_PERSONAL_DATA
    data = {key: value for key, value in message.data.items() if key in VISIBLE_DATA}
    if data.get("attachment", {}).get("state") == "stored":
        address = f"/api/conversations/{message.conversation_id}/messages/{message.seq}/attachment"
        data["attachment"] = {**data["attachment"], "url": address}
    if "machine_read" in data and not personal:
        data["machine_read"] = mask(data["machine_read"])
    return {
        "seq": message.seq,
        "from": message.sender,
        "kind": message.kind,
        "text": message.text if personal else mask(message.text),
        "at": _iso(message.at),
        "state": message.state,
        "author": message.author,
        **({"data": data} if data else {}),
    }


VISIBLE_DATA = (
    "buttons", "why", "lat", "lon", "label", "pic_url", "event", "title", "media_id",
    "attachment", "machine_read", "confirmed", "recalled", "backlog", "servicer", "reason",
)  # fmt: skip


def case_view(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "conversation": case.conversation_id,
        "type": case.type,
        "category": case.category,
        "category_name": taxonomy().name(case.category),
        "bot_category": case.bot_category,
        "place": case.place,
        "description": case.description,
        "status": case.status,
        "status_name": cases.state_in_words(case),
        "urgent": case.urgent,
        "sealed": case.sealed,
        "area": case.area,
        "unit": case.unit,
        "outcome": case.outcome,
        "created_at": _iso(case.created_at),
        "created_by": case.created_by,
        "due_at": _iso(case.due_at),
        "closed_at": _iso(case.closed_at),
    }


def _reason(tx: Transaction, user: User, conversation: Conversation) -> dict[str, Any] | None:
    if conversation.reason_trigger is None:
        return None
    message = tx.messages.get(conversation.id, conversation.reason_seq) if conversation.reason_seq else None
    text = (message.text or message.data.get("machine_read", "")) if message else ""
    return {
        "trigger": conversation.reason_trigger,
        "why": boundary_notices.for_trigger(conversation.reason_trigger).reason,
        "message_seq": conversation.reason_seq,
        "text": text if user.role in SEES_PERSONAL_DATA else mask(text),
    }


def _category(conversation: Conversation, understanding: dict[str, Any]) -> dict[str, Any]:
    code = conversation.category
    others = [pair for pair in understanding.get("candidates") or [] if pair[0] != code]
    return {
        "code": code,
        "name": taxonomy().name(code) if code else None,
        "confidence": understanding.get("confidence"),
        "runners_up": [{"code": c, "name": taxonomy().name(c), "confidence": p} for c, p in others[:3]],
    }


def _fields(
    tx: Transaction, user: User, conversation: Conversation, understanding: dict[str, Any]
) -> list[dict[str, Any]]:
    """Each with its source: `resident` in these words of this message, or `bot`, which guessed."""
    seq = understanding.get("seq")
    message = tx.messages.get(conversation.id, seq) if seq else None
    fields: list[dict[str, Any]] = []
    for name, label in (("place", "地点"), ("time", "时间"), ("name", "称呼"), ("health", "健康")):
        span = understanding.get(name)
        if message and isinstance(span, dict) and isinstance(span.get("start"), int):
            words = message.text[span["start"] : span["end"]]
            shown = words if user.role in SEES_PERSONAL_DATA else mask(words)
            fields.append({"name": name, "label": label, "value": shown, "source": "resident", "message_seq": seq})
    for name, label in (("type", "类型"), ("urgent", "紧急")):
        if understanding.get(name):
            value = understanding[name]
            fields.append({"name": name, "label": label, "value": value, "source": "bot", "message_seq": seq})
    return fields


def _unknown(own_cases: list[Case], understanding: dict[str, Any]) -> list[str]:
    known_place = understanding.get("place") or any(case.place for case in own_cases)
    return [] if known_place else ["地点"]


def _promise(promise: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": promise["number"],
        "text": promise["text"],
        "by": promise["by"],
        "due_at": _iso(promise["due_at"]),
        "kept": promise["kept_at"] is not None,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def is_waiting(conversation: Conversation) -> bool:
    return conversation.owner_kind is Owner.QUEUE
