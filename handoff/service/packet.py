"""The packet: what a caseworker needs without scrolling, and nothing asked twice."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from bot.boundary import notices as boundary_notices
from bot.boundary.taxonomy import taxonomy
from bot.privacy.pii import mask

from ..domain import skills
from ..domain.models import Case, Conversation, Message, User
from ..domain.sight import may_see, sees_personal_data
from . import access, cases, heading, own_words, promises, window
from .ports import Transaction

TRANSCRIPT = 200
PREVIEW = 60
_LINK_CODE = re.compile(r"(关联码?[：:]?\s*)\d{8}")  # the resident's key to their other channel, not for staff to read
HIDDEN = r"\1＊＊＊＊＊＊＊＊"


def build(tx: Transaction, user: User, conversation_id: int, now: datetime) -> dict[str, Any]:
    conversation = access.visible(tx, user, conversation_id)
    told = tx.messages.last(conversation_id, TRANSCRIPT)
    own_cases = tx.cases.of_resident(conversation.resident_id)
    tx.people.audit(now, user.username, "view_conversation", str(conversation_id))
    left = window.of(conversation)
    understanding = conversation.understanding or {}
    return {
        "id": conversation.id,
        "owner": conversation.holder,
        "version": conversation.version,
        "priority": conversation.priority,
        "channel": conversation.channel,
        "area": conversation.area,
        "waiting_since": _iso(conversation.waiting_since),
        "sealed": conversation.sealed,
        "skills": conversation.skills,
        "skills_name": skills.in_words(conversation.skills),
        "reason": _reason(tx, user, conversation),
        "category": _category(conversation, understanding),
        "fields": _fields(tx, user, conversation, understanding),
        "unknown": _unknown(conversation, own_cases, understanding),
        "why": understanding.get("why"),
        "promises": [promises.view(promise, user, now) for promise in tx.promises.of(conversation_id)],
        "linked": _linked(tx, user, conversation),
        "window": {"sends_left": window.left(tx, conversation, now), "closes_at": _iso(left.closes_at)},
        "cases": [case_view(case, user) for case in own_cases if cases.may_see(tx, user, case)],
        "messages": [message_view(message, user) for message in told],
    }


def _linked(tx: Transaction, user: User, conversation: Conversation) -> list[dict[str, Any]]:
    """The resident's conversations in other channels, linked with their consent, as far as this person may see them."""
    others = tx.links.conversations_of(tx.links.group(conversation.resident_id))
    found = [tx.conversations.get(one) for one in others if one != conversation.id]
    return [{"conversation": one.id, "channel": one.channel} for one in found if may_see(user, one)]


def transcript(tx: Transaction, user: User, conversation_id: int, after: int, now: datetime) -> list[dict[str, Any]]:
    """The messages after a sequence number; what is shown of somebody's words is in the audit log."""
    access.visible(tx, user, conversation_id)
    found = tx.messages.after(conversation_id, after)
    if found:
        tx.people.audit(
            now, user.username, "view_messages", str(conversation_id), {"after": after, "shown": len(found)}
        )
    return [message_view(message, user) for message in found]


def queue_entries(tx: Transaction, waiting: list[Conversation]) -> list[dict[str, Any]]:
    words = tx.messages.texts([(one.id, one.reason_seq) for one in waiting if one.reason_seq])
    return [_queue_entry(one, words.get((one.id, one.reason_seq), "")) for one in waiting]


def _queue_entry(conversation: Conversation, reason: str) -> dict[str, Any]:
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
        "sealed": conversation.sealed,
        "skills": conversation.skills,
        "skills_name": skills.in_words(conversation.skills),
        "preview": mask(reason[:PREVIEW]),  # in the list for everybody: who opens it is in the audit log
    }


def message_view(message: Message, user: User) -> dict[str, Any]:
    personal = sees_personal_data(user)
    shown = VISIBLE_DATA if personal else VISIBLE_MASKED
    data = {key: value for key, value in message.data.items() if key in shown}
    text = _LINK_CODE.sub(HIDDEN, message.text)
    if personal and data.get("attachment", {}).get("state") == "stored":
        address = f"/api/conversations/{message.conversation_id}/messages/{message.seq}/attachment"
        data["attachment"] = {**data["attachment"], "url": address}
    if "machine_read" in data:
        read = _LINK_CODE.sub(HIDDEN, data["machine_read"])
        data["machine_read"] = read if personal else mask(read)
    return {
        "seq": message.seq,
        "from": message.sender,
        "kind": message.kind,
        "text": text if personal else mask(text),
        "at": _iso(message.at),
        "state": message.state,
        "author": message.author,
        **({"data": data} if data else {}),
    }


_OF_DELIVERY = ("attachment", "machine_read", "confirmed", "recalled", "backlog", "servicer", "reason")
VISIBLE_MASKED = ("buttons", "why", "said", "event", *_OF_DELIVERY)
VISIBLE_DATA = (*VISIBLE_MASKED, "lat", "lon", "label", "pic_url", "title", "media_id")


def case_view(case: Case, user: User) -> dict[str, Any]:
    shown = (lambda text: text) if sees_personal_data(user) else (lambda text: mask(text) if text else text)
    return {
        "number": case.number,
        "conversation": case.conversation_id,
        "type": case.type,
        "category": case.category,
        "category_name": taxonomy().name(case.category),
        "bot_category": case.bot_category,
        "place": shown(case.place),
        "description": shown(case.description),
        "status": case.status,
        "status_name": cases.state_in_words(case),
        "urgent": case.urgent,
        "sealed": case.sealed,
        "area": case.area,
        "unit": shown(case.unit),
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
        "text": text if sees_personal_data(user) else mask(text),
    }


def _category(conversation: Conversation, understanding: dict[str, Any]) -> dict[str, Any]:
    code = conversation.category
    others = [pair for pair in understanding.get("candidates") or [] if pair[0] != code]
    return {
        "code": code,
        "name": taxonomy().name(code) if code else None,
        "confidence": heading.certainty(understanding, code),
        "runners_up": [{"code": c, "name": taxonomy().name(c), "confidence": p} for c, p in others[:3]],
    }


def _fields(
    tx: Transaction, user: User, conversation: Conversation, understanding: dict[str, Any]
) -> list[dict[str, Any]]:
    """Each with its source: `resident` in these words of this message, or `bot`, which guessed."""
    seq = understanding.get("seq")
    fields: list[dict[str, Any]] = []
    for name, label in (("place", "地点"), ("time", "时间"), ("name", "称呼"), ("health", "健康")):
        words, told_in = own_words.found(tx, conversation, understanding, name)
        if words:
            shown = words if sees_personal_data(user) else mask(words)
            fields.append({"name": name, "label": label, "value": shown, "source": "resident", "message_seq": told_in})
    for name, label in (("type", "类型"), ("urgent", "紧急")):
        if understanding.get(name):
            value = understanding[name]
            fields.append({"name": name, "label": label, "value": value, "source": "bot", "message_seq": seq})
    return fields


def _unknown(conversation: Conversation, own_cases: list[Case], understanding: dict[str, Any]) -> list[str]:
    placed = [case for case in own_cases if case.place and not heading.is_apart(conversation, case)]
    known_place = understanding.get("place") or placed
    return [] if known_place else ["地点"]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
