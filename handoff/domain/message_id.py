"""The name under which a text of ours goes to a platform."""

from __future__ import annotations

import hashlib
from typing import Protocol


class Named(Protocol):
    account: str
    conversation_id: int
    seq: int


def message_id(text: Named, part: int = 0) -> str:
    """The same for every attempt, so that a platform which takes one refuses repeats (微信客服: ≤32 of [0-9a-zA-Z_-]).

    Later parts of a text carry the first one's id and their number: `first_of` gives it back.
    """
    name = hashlib.sha256(f"{text.account}:{text.conversation_id}:{text.seq}".encode()).hexdigest()[:28]
    return f"{name}-{part}" if part else name


def first_of(id_: str) -> str:
    """The id of the text of which this names one part."""
    return id_.rpartition("-")[0] or id_
