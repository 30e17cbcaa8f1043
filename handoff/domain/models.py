"""The things the desk speaks of, as the ledger returns them. Times are UTC-aware."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .ownership import Owner, holder, kind_of, username_of

OPEN_CASE_STATES = ("registered", "accepted", "in_progress", "awaiting_confirmation")
OUTCOMES = {
    "solved": "已解决",
    "done_unconfirmed": "已办理，未能确认",
    "explained": "已解释，办不了",
    "passed_on": "不属本单位，已转交",
    "unreachable": "联系不上（已留记录）",
    "withdrawn": "居民撤回",
}
# Results that say the resident has not answered; the resident's yes makes them solved.
UNCONFIRMED = ("done_unconfirmed", "unreachable")
CASE_STATES = {
    "registered": "已登记",
    "accepted": "已受理",
    "in_progress": "办理中",
    "awaiting_confirmation": "待您确认",
    "closed": "已办结",
}


@dataclass(frozen=True)
class Identity:
    id: int
    resident_id: int
    account: str
    channel: str
    external_id: str


@dataclass(frozen=True)
class Conversation:
    id: int
    identity_id: int
    resident_id: int
    account: str
    channel: str
    owner: str
    version: int
    episode: int
    last_seq: int
    resident_seq: int
    handled_seq: int
    priority: str | None
    reason_trigger: str | None
    reason_seq: int | None
    waiting_since: datetime | None
    area: str | None
    skills: list[str]
    reach: int
    sealed: bool
    sealed_in_danger: bool
    category: str | None
    understanding: dict[str, Any]
    window_event: str | None
    window_at: datetime | None
    sends_used: int
    event_code: str | None
    event_code_until: datetime | None
    closed_period: str | None
    expects: str | None
    failures: int
    owner_seen_at: datetime | None

    @property
    def owner_kind(self) -> Owner:
        return kind_of(self.owner)

    @property
    def caseworker(self) -> str | None:
        return username_of(self.owner)

    @property
    def holder(self) -> str:
        return holder(self.owner)


def dialogue(conversation_id: int, episode: int) -> str:
    """Rasa's name of it: a new one each episode, so that the bot starts afresh after a person."""
    return f"{conversation_id}-{episode}"


@dataclass(frozen=True)
class Message:
    conversation_id: int
    seq: int
    sender: str  # resident | bot | human | system
    kind: str  # text | voice | image | location | event | note | draft | …
    text: str
    state: str  # received | queued | sending | sent | held | failed | draft | note
    at: datetime
    author: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    number: str
    conversation_id: int | None
    resident_id: int | None
    type: str
    category: str
    bot_category: str | None
    place: str | None
    description: str
    status: str
    urgent: bool
    sealed: bool
    area: str | None
    created_at: datetime
    due_at: datetime
    created_by: str
    unit: str | None = None
    outcome: str | None = None
    closed_at: datetime | None = None
    joins: str | None = None


FATE_UNKNOWN = "fate_unknown"  # whether the platform took it nobody knows
RECALLED = "recalled"  # in the data of a message that the resident took back; of a draft, why it is one


@dataclass(frozen=True)
class OutboxItem:
    id: int
    conversation_id: int
    seq: int
    account: str
    recipient: str
    author: str  # bot | human | system
    text: str
    buttons: list[dict[str, str]]
    fence: int | None
    urgent: bool
    state: str  # as it was found: "sending" is one whose sender died over it, so that nobody knows whether it arrived
    attempts: int
    parts_sent: int
    error: str | None  # of the last attempt; `FATE_UNKNOWN` as long as an earlier one may have arrived

    @property
    def may_have_arrived(self) -> bool:
        return self.state == "sending" or self.error == FATE_UNKNOWN


@dataclass(frozen=True)
class Attachment:
    """A photo, voice message or file of the resident's; its bytes rest sealed in `attachment_parts`."""

    conversation_id: int
    seq: int
    account: str
    media_id: str
    kind: str  # image | voice | video | file
    state: str  # waiting | fetching | stored | failed | gone
    content_type: str | None
    size: int | None
    attempts: int


@dataclass(frozen=True)
class User:
    username: str
    role: str
    area: str | None
    active: bool
    password_hash: str
    skills: list[str] = field(default_factory=list)
    capacity: int | None = None
    valid_until: datetime | None = None
