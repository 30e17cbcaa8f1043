"""Who has a conversation. This table is the whole policy; everything else asks it.

An owner is written in the ledger as `bot`, `queue`, `closed` or `user:NAME`: exactly one at any time.
"""

from __future__ import annotations

from enum import Enum

from .errors import IllegalMove

USER_PREFIX = "user:"
# A person who serves in the platform's own client has no log-in here; no log-in may contain this sign.
CLIENT_PREFIX = "平台客服·"


class Owner(str, Enum):
    BOT = "bot"
    QUEUE = "queue"
    HUMAN = "human"
    CLOSED = "closed"


class Move(str, Enum):
    REQUEST = "request"  # a trigger, the resident's wish, or the bot giving up
    CLAIM = "claim"  # a caseworker takes it
    TRANSFER = "transfer"  # the caseworker gives it to a named colleague
    RELEASE = "release"  # the caseworker puts it back
    EXPIRE = "expire"  # the caseworker went silent: back by the published rule
    OVERRIDE = "override"  # a supervisor takes it over, audited
    TAKE_AWAY = "take_away"  # somebody in the platform's own client takes it from who has it, audited
    HAND_BACK = "hand_back"  # the caseworker gives it back to the bot
    WITHDRAW = "withdraw"  # the resident no longer wants a person
    RESOLVE = "resolve"
    REOPEN = "reopen"  # the resident writes after closing


TRANSITIONS: dict[tuple[Owner, Move], Owner] = {
    (Owner.BOT, Move.REQUEST): Owner.QUEUE,
    (Owner.BOT, Move.CLAIM): Owner.HUMAN,
    (Owner.BOT, Move.RESOLVE): Owner.CLOSED,
    (Owner.QUEUE, Move.CLAIM): Owner.HUMAN,
    (Owner.QUEUE, Move.WITHDRAW): Owner.BOT,
    (Owner.HUMAN, Move.TRANSFER): Owner.HUMAN,
    (Owner.HUMAN, Move.OVERRIDE): Owner.HUMAN,
    (Owner.HUMAN, Move.TAKE_AWAY): Owner.HUMAN,
    (Owner.HUMAN, Move.RELEASE): Owner.QUEUE,
    (Owner.HUMAN, Move.EXPIRE): Owner.QUEUE,
    (Owner.HUMAN, Move.HAND_BACK): Owner.BOT,
    (Owner.HUMAN, Move.RESOLVE): Owner.CLOSED,
    (Owner.CLOSED, Move.REOPEN): Owner.BOT,
    (Owner.CLOSED, Move.CLAIM): Owner.HUMAN,
}


def kind_of(owner: str) -> Owner:
    return Owner.HUMAN if owner.startswith(USER_PREFIX) else Owner(owner)


def held_by(username: str) -> str:
    return USER_PREFIX + username


def username_of(owner: str) -> str | None:
    return owner[len(USER_PREFIX) :] if owner.startswith(USER_PREFIX) else None


def holder(owner: str) -> str:
    """As programs and people are told: the username, else `bot`, `queue` or `closed`."""
    return username_of(owner) or owner


def in_client(servicer: str) -> str:
    """The name of a person in the platform's own client, as an owner and as an author."""
    return CLIENT_PREFIX + servicer[:50]


def held_in_client(owner: str) -> bool:
    return owner.startswith(USER_PREFIX + CLIENT_PREFIX)


def held_at_desk(owner: str) -> bool:
    """Whether a colleague with a log-in here has it."""
    return kind_of(owner) is Owner.HUMAN and not held_in_client(owner)


def destination(owner: str, move: Move, to_user: str | None = None) -> str:
    """The ledger value of the owner after `move`. Raises `IllegalMove` for anything the table does not list."""
    target = TRANSITIONS.get((kind_of(owner), move))
    if target is None:
        raise IllegalMove()
    if target is Owner.HUMAN:
        if not to_user:
            raise IllegalMove("没有指明由谁接手。")
        return held_by(to_user)
    return target.value
