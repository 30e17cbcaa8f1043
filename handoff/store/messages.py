"""Messages, and the record of what was delivered to us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, insert, or_, select, tuple_, update
from sqlalchemy.engine import Connection

from ..domain.models import Message
from .rows import reader
from .schema import inbound, messages

_m = messages.c
_FIELDS = [name for name in Message.__dataclass_fields__]


_message = reader(Message)
PAGE = 200  # messages read at once
# Made once: the bot's every turn asks them, and what a statement costs is for the greater part its making.
_DELIVERED = select(inbound.c.conversation_id, inbound.c.seq).where(
    inbound.c.account == bindparam("account"), inbound.c.key == bindparam("delivery")
)
_OF_ONE = select(messages).where(_m.conversation_id == bindparam("conversation"))
_FROM_RESIDENT = (
    _OF_ONE.where(_m.seq > bindparam("after"), _m.seq <= bindparam("up_to"), _m.sender == "resident")
    .order_by(_m.seq)
    .limit(PAGE)
)
_LAST = _OF_ONE.order_by(_m.seq.desc()).limit(bindparam("most", type_=Integer))


class SqlMessages:
    def __init__(self, connection: Connection, vault: Any) -> None:
        self._db = connection
        self._vault = vault

    def delivered(self, account: str, key: str) -> tuple[int, int] | None:
        """(conversation, seq) of a delivery that is already in the ledger."""
        row = self._db.execute(_DELIVERED, {"account": account, "delivery": key}).first()
        return tuple(row) if row else None

    def delivered_any(self, pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of (account, key) that are already in the ledger."""
        there = select(inbound.c.account, inbound.c.key).where(tuple_(inbound.c.account, inbound.c.key).in_(pairs))
        return {tuple(row) for row in self._db.execute(there)}

    def add_deliveries(self, deliveries: list[tuple[str, str, Message, bytes | None]]) -> None:
        """Many of (account, key, message, raw payload) at once: `add` and `record_delivery` of each."""
        added = [{name: getattr(message, name) for name in _FIELDS} for _, _, message, _ in deliveries]
        self._db.execute(insert(messages), added)
        self._db.execute(insert(inbound), [self._delivery(*one) for one in deliveries])

    def _delivery(self, account: str, key: str, message: Message, raw: bytes | None) -> dict[str, Any]:
        return {
            "account": account,
            "key": key,
            "conversation_id": message.conversation_id,
            "seq": message.seq,
            "received_at": message.at,
            "raw": self._vault.seal(raw) if raw else None,
        }

    def record_delivery(self, account: str, key: str, message: Message, raw: bytes | None) -> None:
        self._db.execute(insert(inbound), self._delivery(account, key, message, raw))

    def add(self, message: Message, client_id: str | None = None) -> None:
        values = {name: getattr(message, name) for name in _FIELDS}
        self._db.execute(insert(messages), {"client_id": client_id, **values})

    def get(self, conversation_id: int, seq: int) -> Message | None:
        row = self._db.execute(select(messages).where(_m.conversation_id == conversation_id, _m.seq == seq)).first()
        return _message(row) if row else None

    def texts(self, places: list[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """The words at these (conversation, seq)."""
        rows = self._db.execute(
            select(_m.conversation_id, _m.seq, _m.text).where(tuple_(_m.conversation_id, _m.seq).in_(places))
        )
        return {(row.conversation_id, row.seq): row.text for row in rows}

    def by_client_id(self, conversation_id: int, author: str, client_id: str) -> Message | None:
        own = (_m.conversation_id == conversation_id, _m.author == author, _m.client_id == client_id)
        row = self._db.execute(select(messages).where(*own)).first()
        return _message(row) if row else None

    def after(self, conversation_id: int, seq: int, limit: int = PAGE) -> list[Message]:
        rows = self._db.execute(
            select(messages).where(_m.conversation_id == conversation_id, _m.seq > seq).order_by(_m.seq).limit(limit)
        )
        return [_message(row) for row in rows]

    def shown(self, conversation_id: int, after: int, own: bool) -> list[Message]:
        """What a resident's page shows: what was said to them and, with `own`, what they wrote; the oldest `PAGE`."""
        said = and_(_m.sender != "resident", _m.state == "sent")
        wanted = or_(said, _m.sender == "resident") if own else said
        statement = _OF_ONE.where(_m.seq > after, wanted).order_by(_m.seq).limit(PAGE)
        return [_message(row) for row in self._db.execute(statement, {"conversation": conversation_id})]

    def from_resident(self, conversation_id: int, after: int, up_to: int) -> list[Message]:
        """The oldest of them, at most `PAGE`."""
        rows = self._db.execute(_FROM_RESIDENT, {"conversation": conversation_id, "after": after, "up_to": up_to})
        return [_message(row) for row in rows]

    def last(self, conversation_id: int, limit: int) -> list[Message]:
        rows = self._db.execute(_LAST, {"conversation": conversation_id, "most": limit})
        return [_message(row) for row in rows][::-1]

    def answered_at(self, conversation_id: int, since: datetime) -> datetime | None:
        """When a person first said something to the resident, from `since` on, that is not known to have failed."""
        said = (_m.sender == "human", _m.kind.not_in(("note", "draft", "event")), _m.state != "failed")
        first = select(_m.at).where(_m.conversation_id == conversation_id, _m.at >= since, *said)
        return self._db.execute(first.order_by(_m.at).limit(1)).scalar()

    def set_text(self, conversation_id: int, seq: int, text: str) -> None:
        self._db.execute(update(messages).where(_m.conversation_id == conversation_id, _m.seq == seq).values(text=text))

    def add_data(self, conversation_id: int, seq: int, data: dict[str, Any]) -> None:
        """Adds to what is noted of a message. The row is held from the reading on: another desk may be adding as well."""
        which = (_m.conversation_id == conversation_id, _m.seq == seq)
        noted = self._db.execute(select(_m.data).where(*which).with_for_update()).scalar()
        if noted is not None:
            self._db.execute(update(messages).where(*which).values(data={**noted, **data}))

    def drop_raw(self, before: datetime) -> int:
        """Forgets the raw payloads received before `before`; the messages stay."""
        gone = self._db.execute(
            update(inbound).where(inbound.c.received_at < before, inbound.c.raw.isnot(None)).values(raw=None)
        )
        return gone.rowcount
