"""An account's first pull begins three days back. Until it has come through, however often it breaks off on the way, what
was said long before it began is kept and not answered; then a person is told how much of that there is."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from bot.channels.message import stable_key

from . import reaching
from .ports import Transaction


@dataclass(frozen=True)
class Place:
    """How far an account has been pulled. `began`: when its first pull did, as long as that has not come through;
    `older`: how many messages from long before it has brought."""

    cursor: str = ""
    began: datetime | None = None
    older: int = 0

    def on(self, cursor: str, older: int) -> Place:
        return replace(self, cursor=cursor, older=self.older + older)


def reached(tx: Transaction, name: str) -> Place | None:
    """None where nothing was ever asked for."""
    cursor, first = tx.records.cursor(name), tx.records.cursor(_beside(name))
    if cursor is None and first is None:
        return None
    began, older = json.loads(first) if first else (None, 0)
    return Place(cursor or "", datetime.fromisoformat(began) if began else None, older)


def begin(tx: Transaction, name: str, now: datetime) -> Place:
    """Noted before the platform is asked: what is said while it does not answer is no backlog."""
    place = reached(tx, name)
    if place is None:
        place = Place(began=now)
        _note(tx, name, place)
    return place


def save(tx: Transaction, name: str, place: Place) -> None:
    """All up to here is in the ledger."""
    tx.records.save_cursor(name, place.cursor)
    if place.began:
        _note(tx, name, place)


def come_through(tx: Transaction, name: str, place: Place, account: str, now: datetime) -> None:
    tx.records.drop_cursor(_beside(name))
    if place.older:
        text = f"账号 {account} 首次接入时有 {place.older} 条更早的消息已存入，没有自动答复，请到对话里查看。"
        reaching.once_in_these_words(tx, None, "backlog", text, now)


def _note(tx: Transaction, name: str, place: Place) -> None:
    tx.records.save_cursor(_beside(name), json.dumps([place.began.isoformat(), place.older]))


def _beside(name: str) -> str:
    return stable_key(name, "first")
