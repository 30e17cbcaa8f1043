"""What the items of 微信客服 `sync_msg` mean: one item in, one `Inbound` (or nothing) out.

https://developer.work.weixin.qq.com/document/path/94670
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.envelope import Fields, group, loose
from bot.channels.errors import SEND_FAIL_TYPES, SEND_FAIL_WHY
from bot.channels.fields import coordinates
from bot.channels.message import (
    CODE_LENGTH,
    SENDER_LENGTH,
    Author,
    Duty,
    Effect,
    Inbound,
    Kind,
    Refused,
    moment,
    stable_key,
)

# Messages sent through the API never come back; whoever writes with origin 5 sits in WeCom's own client.
CUSTOMER, EVENT, SERVICER = "3", "4", "5"

MESSAGE_KINDS: dict[str, Kind] = {
    "text": "text",
    "image": "image",
    "voice": "voice",
    "video": "video",
    "file": "file",
    "location": "location",
    "link": "link",
    "miniprogram": "link",
}

# Who is behind an event. session_status_change is caused only by people in WeCom's own client.
EVENT_AUTHORS: dict[str, Author] = {
    "enter_session": "resident",
    "user_recall_msg": "resident",
    "reject_customer_msg_switch_change": "staff",
    "session_status_change": "staff",
    "servicer_recall_msg": "staff",
}

EVENT_EFFECTS: dict[str, Effect] = {
    "msg_send_fail": "send_failed",
    "user_recall_msg": "recalled",
    "servicer_recall_msg": "recalled",
}
# change_type of session_status_change: 1 taken from the pool, 2 transferred, 3 ended, 4 taken up again.
SESSION_EFFECTS: dict[str, Effect] = {"1": "taken", "2": "taken", "3": "ended", "4": "taken"}

# How long a single-use code may be used, in seconds. https://developer.work.weixin.qq.com/document/path/96428
WELCOME_SECONDS = END_SECONDS = 20
ACCEPTED_SECONDS = 48 * 3600

# name in the item → name in `Inbound.data`
_MESSAGE_DATA = {
    "media_id": "media_id",
    "menu_id": "menu_id",
    "title": "title",
    "desc": "description",
    "url": "url",
    "pic_url": "pic_url",
    "appid": "app_id",
    "pagepath": "page_path",
    "name": "label",
    "address": "address",
    "userid": "card_userid",
    "nickname": "nickname",
    "product_id": "product_id",
    "order_id": "order_id",
}
_EVENT_DATA = {
    "event_type": "event",
    "scene": "scene",
    "scene_param": "scene_param",
    "welcome_code": "welcome_code",
    "msg_code": "msg_code",
    "fail_msgid": "sent_id",
    "fail_type": "fail_type",
    "change_type": "change_type",
    "old_servicer_userid": "old_servicer",
    "new_servicer_userid": "servicer",
    "servicer_userid": "servicer",
    "recall_msgid": "recalled",
    "reject_switch": "reject_switch",
}


def to_inbound(account: str, item: Fields, now: datetime) -> Inbound | None:
    """Read one item; None when it concerns no resident: a servicer going on or off duty, a name longer than any there
    is, which could never be answered. Never raises."""
    origin, type_ = loose(item, "origin"), loose(item, "msgtype")
    event = group(item, "event")
    sender = loose(item, "external_userid") or loose(event, "external_userid")
    if not 0 < len(sender) <= SENDER_LENGTH:
        return None
    at = _at(item, now)
    if type_ == "event" or origin == EVENT:
        return _event(account, item, event, sender, at, now)
    content = group(item, type_)
    kind: Kind = "menu_click" if loose(content, "menu_id") else MESSAGE_KINDS.get(type_, "unknown")
    by_staff = origin == SERVICER
    data = _pick(content, _MESSAGE_DATA) | coordinates(content.get("latitude"), content.get("longitude"))
    if by_staff:
        data["servicer"] = loose(item, "servicer_userid")
    return Inbound(
        account=account,
        key=_key(item, sender, type_),
        sender=sender,
        kind=kind,
        text=_words(kind, content),
        at=at,
        data=data,
        conversational=not by_staff,
        opens="" if by_staff else "message",
        author="staff" if by_staff else "resident",
        effect="taken" if by_staff else "",
        raw=_raw(item),
    )


def duty(item: Fields) -> Duty | None:
    """Who went on or off duty, None for any other item. Here 1 is on and 2 off; kf/servicer/list counts otherwise."""
    event = group(item, "event")
    servicer, status = loose(event, "servicer_userid"), loose(event, "status")
    if loose(event, "event_type") != "servicer_status_change" or not servicer or status not in ("1", "2"):
        return None
    return Duty(servicer, status == "1")


def _event(account: str, item: Fields, event: Fields, sender: str, at: datetime, now: datetime) -> Inbound:
    name = loose(event, "event_type")
    data = _pick(event, _EVENT_DATA)
    if name == "msg_send_fail":
        fail_type = data.get("fail_type", "")
        number = int(fail_type) if fail_type.isdigit() else 0
        data["reason"] = SEND_FAIL_TYPES.get(number, f"未知原因 {fail_type}")
        data["fail_why"] = SEND_FAIL_WHY.get(number, "")
    data |= _code(data, at)
    detail = data.get("sent_id") or data.get("recalled") or data.get("change_type", "")
    return Inbound(
        account=account,
        key=_key(item, sender, name, detail),
        sender=sender,
        kind="event",
        text="",
        at=at,
        data=data,
        # Without a code that is still good (it is given once in 48 hours) nothing could be answered to an entry.
        conversational=name == "enter_session" and data.get("event_code_until", 0) > now.timestamp(),
        author=EVENT_AUTHORS.get(name, "platform"),
        effect=_effect(name, data),
        raw=_raw(item),
    )


def _effect(name: str, data: Mapping[str, Any]) -> Effect:
    if name == "session_status_change":
        return SESSION_EFFECTS.get(data.get("change_type", ""), "")
    if name == "reject_customer_msg_switch_change":
        return "shut_out" if data.get("reject_switch") == "1" else ""
    return EVENT_EFFECTS.get(name, "")


def _code(data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The single-use code of an event under one name, with the last second (Unix time) it is good for."""
    if code := data.get("welcome_code"):
        lasts = WELCOME_SECONDS
    elif code := data.get("msg_code"):
        lasts = END_SECONDS if data.get("change_type") == "3" else ACCEPTED_SECONDS
    else:
        return {}
    if len(code) > CODE_LENGTH:  # none that the platform gave
        return {}
    return {"event_code": code, "event_code_until": int(at.timestamp()) + lasts}


def _raw(item: Fields) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode()


def _words(kind: Kind, content: Fields) -> str:
    if kind == "location":
        return " ".join(part for part in (loose(content, "name"), loose(content, "address")) if part)
    return loose(content, "content") if kind in ("text", "menu_click") else ""


def _pick(source: Fields, names: Mapping[str, str]) -> dict[str, Any]:
    return {ours: value for theirs, ours in names.items() if (value := loose(source, theirs))}


def _key(item: Fields, sender: str, *parts: str) -> str:
    message_id = loose(item, "msgid")
    return stable_key(message_id) if message_id else stable_key(sender, loose(item, "send_time"), *parts)


def _at(item: Fields, now: datetime) -> datetime:
    try:
        return moment(loose(item, "send_time"))
    except Refused:
        return now
