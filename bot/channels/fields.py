"""What the fields of a 公众号 or 小程序 push mean: one decoded body in, one `Inbound` out.

Official lists: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html and
https://developers.weixin.qq.com/doc/service/guide/product/menu/Custom_Menu_Push_Events.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.envelope import Fields, group, scalar
from bot.channels.message import SENDER_LENGTH, Author, Effect, Inbound, Kind, Refused, moment, stable_key

MESSAGE_KINDS: dict[str, Kind] = {
    "text": "text",
    "image": "image",
    "voice": "voice",
    "video": "video",
    "shortvideo": "video",
    "file": "file",
    "location": "location",
    "link": "link",
    "miniprogrampage": "link",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a push grants, whether the resident waits for an answer to it, and whose doing it is."""

    opens: str = ""
    conversational: bool = False
    kind: Kind = "event"
    author: Author = "resident"
    effect: Effect = ""


# Keys are lower case: the platform itself is not consistent. VIEW opens no window. The pic_* and location_select events
# only announce a message that follows on its own.
EVENTS = {
    "subscribe": Meaning("touch", conversational=True),
    "scan": Meaning("touch", conversational=True),
    "click": Meaning("touch", conversational=True, kind="menu_click"),
    "scancode_push": Meaning("touch"),
    "scancode_waitmsg": Meaning("touch", conversational=True),
    "user_enter_tempsession": Meaning("enter", conversational=True),
    # Both ask for the deletion of what is kept about the person.
    **dict.fromkeys(("unsubscribe", "user_authorization_revoke"), Meaning(effect="left")),
    **dict.fromkeys(("view", "view_miniprogram", "location", "location_select"), Meaning()),
    **dict.fromkeys(("pic_sysphoto", "pic_photo_or_album", "pic_weixin"), Meaning()),
    # 公众号's own customer-service client: while somebody there serves, the messages may pass us by.
    **dict.fromkeys(("kf_create_session", "kf_switch_session"), Meaning(author="staff", effect="taken")),
    "kf_close_session": Meaning(author="staff", effect="ended"),
    **dict.fromkeys(("subscribe_msg_popup_event", "subscribe_msg_change_event"), Meaning()),
}
SENT_REPORTS = ("templatesendjobfinish", "subscribe_msg_sent_event")
SUCCESS = ("success", "0")

# name of the field → name in `Inbound.data`
_PLAIN = {
    "MediaId": "media_id",
    "ThumbMediaId": "thumb_media_id",
    "PicUrl": "pic_url",
    "Format": "format",
    "Title": "title",
    "Description": "description",
    "Url": "url",
    "AppId": "app_id",
    "PagePath": "page_path",
    "Event": "event",
    "EventKey": "event_key",
    "bizmsgmenuid": "menu_id",
    "SessionFrom": "scene",
    "KfAccount": "servicer",
    "ToKfAccount": "servicer",
    "MsgID": "sent_id",
    "Status": "status",
}
QR_PREFIX = "qrscene_"


def to_inbound(account: str, fields: Fields) -> Inbound:
    """Read one push. Unknown types survive as kind "unknown". Raises `Refused` when sender, type or time is missing."""
    # When an authorisation is taken back, FromUserName is the platform's own and the person stands in OpenID.
    sender, kind = scalar(fields, "OpenID") or scalar(fields, "FromUserName"), scalar(fields, "MsgType").lower()
    if not sender or not kind:
        raise Refused("missing_field", 400, "缺少 FromUserName 或 MsgType")
    if len(sender) > SENDER_LENGTH:
        raise Refused("bad_field", 400, "FromUserName 太长", "FromUserName")
    at = moment(scalar(fields, "CreateTime"))
    data = _data(fields)
    meaning = _event(fields, data) if kind == "event" else _message(kind, fields)
    return Inbound(
        account=account,
        key=_key(fields, sender),
        sender=sender,
        kind=meaning.kind,
        text=_words(meaning.kind, fields),
        at=at,
        data=data,
        conversational=meaning.conversational,
        opens=meaning.opens,
        author=meaning.author,
        effect=meaning.effect,
    )


def coordinates(latitude: Any, longitude: Any) -> dict[str, float]:
    """`{"lat", "lon"}` in degrees, or nothing when they are not a place on Earth."""
    try:
        lat, lon = float(latitude), float(longitude)
    except (TypeError, ValueError):
        return {}
    inside = math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180
    return {"lat": lat, "lon": lon} if inside else {}


def _message(kind: str, fields: Fields) -> Meaning:
    if scalar(fields, "bizmsgmenuid"):
        # A click in a msgmenu counts as a menu click: three sends in a minute, not five in two days.
        return Meaning("touch", conversational=True, kind="menu_click")
    return Meaning("message", conversational=True, kind=MESSAGE_KINDS.get(kind, "unknown"))


def _event(fields: Fields, data: dict[str, Any]) -> Meaning:
    scan = group(fields, "ScanCodeInfo")
    if result := scalar(scan, "ScanResult"):
        data["scan_result"] = result
    name, key = scalar(fields, "Event").lower(), scalar(fields, "EventKey")
    if name == "scan" or (name == "subscribe" and key.startswith(QR_PREFIX)):
        data["scene"] = key.removeprefix(QR_PREFIX)
    if name in SENT_REPORTS:
        return _sent_report(fields, data)
    return EVENTS.get(name, Meaning(author="platform"))


def _sent_report(fields: Fields, data: dict[str, Any]) -> Meaning:
    """What became of a template or subscription message: taken over was not yet delivered."""
    items = group(fields, "SubscribeMsgSentEvent").get("List") or fields.get("List") or fields
    item = next((one for one in (items if isinstance(items, list) else [items]) if isinstance(one, dict)), {})
    data["sent_id"] = scalar(item, "MsgID")
    status = scalar(item, "Status") or scalar(item, "ErrorCode")
    if status in SUCCESS:
        return Meaning(author="platform")
    data["fail_why"] = "gone"
    data["reason"] = "居民已拒收通知" if "block" in status else f"通知没有送到（{status[:40]}）"
    return Meaning(author="platform", effect="send_failed")


def _data(fields: Fields) -> dict[str, Any]:
    data: dict[str, Any] = {ours: value for theirs, ours in _PLAIN.items() if (value := scalar(fields, theirs))}
    # The LOCATION event reports where a follower is at regular times. It is not read: nobody here is tracked.
    place: Mapping[str, Any] = group(fields, "SendLocationInfo") or fields
    data |= coordinates(place.get("Location_X"), place.get("Location_Y"))
    if label := scalar(place, "Label"):
        data["label"] = label
    return data


def _words(kind: Kind, fields: Fields) -> str:
    source = {"text": "Content", "menu_click": "Content", "voice": "Recognition", "location": "Label"}.get(kind)
    return scalar(fields, source) if source else ""


def _key(fields: Fields, sender: str) -> str:
    if message_id := scalar(fields, "MsgId"):
        return stable_key(message_id)
    # Events carry no MsgId. The official advice, sender and time, lets two events of one second collide.
    what = scalar(fields, "Event") or scalar(fields, "MsgType")
    return stable_key(sender, scalar(fields, "CreateTime"), what, scalar(fields, "EventKey"), scalar(fields, "MsgID"))
