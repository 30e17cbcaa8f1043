"""The words every channel and the desk share: what came in, what goes out, what went wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

Clock = Callable[[], datetime]
Kind = Literal["text", "voice", "image", "video", "file", "location", "link", "menu_click", "event", "unknown"]
Author = Literal["resident", "staff", "platform"]
# What an event means for the conversation, whatever the platform calls it; "" where it means nothing.
Effect = Literal["", "left", "send_failed", "recalled", "taken", "ended", "shut_out"]

# Room in the ledger's columns. VIEW events carry a whole URL in their key; the platforms' names of residents are short.
KEY_LENGTH = SENDER_LENGTH = 128
TOKEN_KEY_LENGTH = 64  # of the name under which an account's access token is kept
CODE_LENGTH = 200  # of the code that lets one message through without a send


def utc_now() -> datetime:
    """The default clock of every channel."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that happened on a channel account, already authenticated and decoded.

    `key` is unique per account and the same in every retry of the platform. `text` holds the resident's own words and
    nothing else. `opens` names the allowance of `window.ALLOWANCES` that this message grants ("" for none).
    `conversational` says that an answer is expected. `author` is "staff" when a person wrote in the platform's own
    client, "platform" when nobody wrote anything.

    `effect`: "left" (unfollowed, or took the authorisation back: the data are to be deleted), "send_failed"
    (`data["sent_id"]`, `data["reason"]`), "recalled" (`data["recalled"]` is the key of a message), "taken" (a person in
    the platform's own client serves now: `data["servicer"]`), "ended" (that service is over), "shut_out" (that person
    refuses the resident's messages). `raw` is the payload of a pulled message; a pushed one arrives with its request.
    """

    account: str
    key: str
    sender: str
    kind: Kind
    text: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    conversational: bool = True
    opens: str = ""
    author: Author = "resident"
    effect: Effect = ""
    raw: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Duty:
    """A person in the platform's own client went on or off duty."""

    servicer: str
    on: bool


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered to the resident; `id` comes back as `data["menu_id"]` where the platform supports it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to a resident. `event_code` is a single-use code that came in `data` (`welcome_code`, `msg_code`)."""

    text: str
    buttons: tuple[Button, ...] = ()
    event_code: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took the message over (which is not yet delivery). `platform_id` may be empty."""

    platform_id: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """The platform has messages waiting to be pulled; `token` is good for ten minutes."""

    token: str
    open_kfid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """How one callback was wrapped, so that its answer can be wrapped alike."""

    sender: str = ""
    receiver: str = ""
    nonce: str = ""
    secure: bool = False
    form: Literal["xml", "json"] = "xml"


@dataclass(frozen=True, slots=True)
class Received:
    """One authenticated callback: messages it carried, or a notice that they must be pulled.

    `for_another` is such a notice for another account behind the same address, if this installation has that one.
    """

    inbounds: tuple[Inbound, ...] = ()
    envelope: Envelope = Envelope()
    notice: Notice | None = None
    for_another: Notice | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One pulled page. Commit `inbounds` and `cursor` together, then ask for the next one."""

    inbounds: tuple[Inbound, ...]
    cursor: str
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """A downloaded attachment: its checked type and its size in bytes."""

    content_type: str
    size: int


class Refused(Exception):
    """A callback that is not accepted. `status` is the HTTP status, `message` a Chinese line without personal data,
    `field` what it is about, where it is about one."""

    def __init__(self, code: str, status: Literal[400, 403, 413], message: str, field: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.status, self.message, self.field = code, status, message, field


Disposition = Literal["RETRY", "REFRESH_TOKEN", "GIVE_TO_PERSON"]
# What a failure says of the resident: the reply window is closed, they are gone, or a person elsewhere serves them. Or of
# what was asked: nobody knows whether it was done, or it was refused for a reason that no table of ours names.
Why = Literal["", "window", "gone", "elsewhere", "unanswered", "unnamed"]
RETRY: Disposition = "RETRY"
REFRESH_TOKEN: Disposition = "REFRESH_TOKEN"
GIVE_TO_PERSON: Disposition = "GIVE_TO_PERSON"


class SendFailure(Exception):
    """The platform did not do what was asked. `code` is its errcode (0 when it gave none), `reason` is for staff."""

    def __init__(self, disposition: Disposition, code: int, reason: str, why: Why = "") -> None:
        super().__init__(f"{disposition} {code}: {reason}")
        self.disposition, self.code, self.reason, self.why = disposition, code, reason, why


class ConfigError(Exception):
    """An account or a menu that cannot work; the text is one Chinese line naming where."""


def stable_key(*parts: str, room: int = KEY_LENGTH) -> str:
    """Join the parts that identify an event or an account; hashed when longer than the ledger's column."""
    key = ":".join(parts)
    return key if len(key) <= room else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"[:room]


def moment(seconds: str, *, what: str = "CreateTime") -> datetime:
    """Unix seconds as the platforms write them, as an aware UTC time. Raises `Refused` for anything else."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 10):
        raise Refused("bad_time", 400, f"{what} 不是有效的时间", what)
    return datetime.fromtimestamp(int(seconds), timezone.utc)
