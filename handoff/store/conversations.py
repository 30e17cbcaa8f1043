"""Conversations in the ledger. Every change of owner is one conditional update with its row count tested."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, insert, not_, or_, select, tuple_, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from ..domain.errors import NoConversation, Stale
from ..domain.models import Conversation, Identity
from ..domain.ownership import CLIENT_PREFIX, held_by
from ..domain.priority import LIFE_SAFETY
from ..domain.sight import Sight
from .rows import reader
from .schema import conversations, identities, messages, outbox, residents, users
from .scope import for_one_of, kept_close, visible

_c, _i = conversations.c, identities.c
_SELECT = select(conversations, _i.resident_id, _i.account, _i.channel, _i.external_id).join_from(
    conversations, identities
)
_conversation = reader(Conversation)
# Made once: every message and every turn of the bot asks them, and what a statement costs is for the greater part its making.
_BY_ID = _SELECT.where(_c.id == bindparam("conversation"))
_HELD = _BY_ID.with_for_update(of=conversations)
_BY_SENDER = _SELECT.where(_i.account == bindparam("account"), _i.external_id == bindparam("sender"))
_IDENTITY = select(identities).join_from(identities, conversations).where(_c.id == bindparam("conversation"))
_ONE = update(conversations).where(_c.id == bindparam("conversation"))
_NEXT = {False: _ONE.values(last_seq=_c.last_seq + 1)}
_NEXT[True] = _NEXT[False].values(resident_seq=_c.last_seq + 1)
_LAST_SEQ = select(_c.last_seq).where(_c.id == bindparam("conversation"))
_STILL = _ONE.where(_c.owner == bindparam("owner_before"), _c.version == bindparam("version_before")).values(
    version=_c.version
)
_ADVANCE = (
    update(conversations)
    .where(_c.id == bindparam("b_id"))
    .values(
        last_seq=bindparam("b_last_seq"),
        resident_seq=bindparam("b_resident_seq"),
        window_event=bindparam("b_window_event"),
        window_at=bindparam("b_window_at"),
        sends_used=bindparam("b_sends_used"),
    )
)
# The areas of those who take the queue's entries in the first place, as in `domain.sight.first_reach`.
_STAFFED = select(users.c.area).where(users.c.active.is_(True), users.c.role == "caseworker").distinct()
# Serving order: life and safety first, then who has waited longest.
RANK = case((_c.priority == LIFE_SAFETY, 0), (_c.priority == "P1", 1), else_=2)
SERVING_ORDER = (RANK, _c.waiting_since, _c.id)


class SqlConversations:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, conversation_id: int) -> Conversation:
        return self._one(_BY_ID, conversation_id)

    def hold(self, conversation_id: int) -> Conversation:
        """The same, held against change until the transaction ends."""
        return self._one(_HELD, conversation_id)

    def _one(self, statement: Select, conversation_id: int) -> Conversation:
        row = self._db.execute(statement, {"conversation": conversation_id}).first()
        if row is None:
            raise NoConversation()
        return _conversation(row)

    def find(self, account: str, external_id: str) -> Conversation | None:
        row = self._db.execute(_BY_SENDER, {"account": account, "sender": external_id}).first()
        return _conversation(row) if row else None

    def find_all(self, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], Conversation]:
        """Those of (account, external id) that there are, held against change until the transaction ends.

        They are locked in the order of their ids, so that two desks with some in common cannot block each other.
        """
        statement = _SELECT.where(tuple_(_i.account, _i.external_id).in_(pairs)).order_by(_c.id)
        rows = self._db.execute(statement.with_for_update(of=conversations)).fetchall()
        return {(row.account, row.external_id): _conversation(row) for row in rows}

    def advance_all(self, advanced: list[Conversation]) -> None:
        """Writes the sequence numbers and the window of conversations that `find_all` gave in this transaction."""
        names = ("last_seq", "resident_seq", "window_event", "window_at", "sends_used")
        rows = [{"b_id": one.id, **{f"b_{name}": getattr(one, name) for name in names}} for one in advanced]
        self._db.execute(_ADVANCE, rows)

    def identity(self, conversation_id: int) -> Identity:
        row = self._db.execute(_IDENTITY, {"conversation": conversation_id}).first()
        return Identity(**dict(row._mapping))

    def open(self, account: str, channel: str, external_id: str, now: datetime) -> Conversation:
        resident = self._db.execute(insert(residents).values(created_at=now)).inserted_primary_key[0]
        identity = self._db.execute(
            insert(identities).values(resident_id=resident, account=account, channel=channel, external_id=external_id)
        ).inserted_primary_key[0]
        made = self._db.execute(
            insert(conversations).values(identity_id=identity, owner="bot", opened_at=now, understanding={}, skills=[])
        ).inserted_primary_key[0]
        return self.get(made)

    def next_seq(self, conversation_id: int, by_resident: bool = False) -> int:
        """Allocates the next sequence number under the row's own update, so that no two writers get the same."""
        which = {"conversation": conversation_id}
        self._db.execute(_NEXT[by_resident], which)
        return self._db.execute(_LAST_SEQ, which).scalar_one()

    def move(self, before: Conversation, owner: str, **values: Any) -> int:
        """Changes the owner if nobody else did since `before` was read; returns the new version or raises `Stale`."""
        changed = self._db.execute(
            update(conversations)
            .where(_c.id == before.id, _c.owner == before.owner, _c.version == before.version)
            .values(owner=owner, version=_c.version + 1, **values)
        )
        if changed.rowcount != 1:
            raise Stale()
        return before.version + 1

    def still(self, before: Conversation) -> bool:
        """Whether owner and version are as in `before`, and holds the row against change until the transaction ends."""
        as_it_was = {"conversation": before.id, "owner_before": before.owner, "version_before": before.version}
        return self._db.execute(_STILL, as_it_was).rowcount == 1

    def widen(self, before: Conversation, reach: int) -> bool:
        """Opens a queue entry that is as in `before` as far as `reach`; never narrows one that was opened further since."""
        as_it_was = {"conversation": before.id, "owner_before": before.owner, "version_before": before.version}
        return self._db.execute(_STILL.where(_c.reach < reach).values(reach=reach), as_it_was).rowcount == 1

    def set(self, conversation_id: int, **values: Any) -> None:
        self._db.execute(update(conversations).where(_c.id == conversation_id).values(**values))

    def spend(self, conversation_id: int, sends: int) -> None:
        """Counts sends in place: a message that opens a new window meanwhile must not be overwritten."""
        self._db.execute(update(conversations).where(_c.id == conversation_id).values(sends_used=_c.sends_used + sends))

    def lease(self, conversation_id: int, token: str, now: datetime, until: datetime) -> bool:
        """One turn at a time: takes the conversation's turn if the bot owns it, work waits and nobody holds the lease."""
        taken = self._db.execute(
            update(conversations)
            .where(
                _c.id == conversation_id,
                _c.owner == "bot",
                _c.resident_seq > _c.handled_seq,
                or_(_c.lease_until.is_(None), _c.lease_until < now),
            )
            .values(lease_token=token, lease_until=until)
        )
        return taken.rowcount == 1

    def release_lease(self, conversation_id: int, token: str, handled_seq: int | None = None) -> bool:
        values: dict[str, Any] = {"lease_token": None, "lease_until": None}
        if handled_seq is not None:
            # Never backwards: a person may have answered later messages while this turn was under way.
            values["handled_seq"] = case((_c.handled_seq > handled_seq, _c.handled_seq), else_=handled_seq)
        released = self._db.execute(
            update(conversations).where(_c.id == conversation_id, _c.lease_token == token).values(**values)
        )
        return released.rowcount == 1

    def free_leases(self) -> None:
        """For the only desk on this ledger at its start: no turn can be under way."""
        self._db.execute(
            update(conversations).where(_c.lease_token.isnot(None)).values(lease_token=None, lease_until=None)
        )

    def with_waiting_turns(self, now: datetime, limit: int = 200) -> list[int]:
        rows = self._db.execute(
            select(_c.id)
            .where(
                _c.owner == "bot",
                _c.resident_seq > _c.handled_seq,
                or_(_c.lease_until.is_(None), _c.lease_until < now),
            )
            .order_by(_c.id)
            .limit(limit)
        )
        return [row[0] for row in rows]

    def left_by_resident(self, since: datetime, until: datetime) -> list[tuple[int, dict[str, Any]]]:
        """(id, data of the last message) where the bot spoke last, after `since` and not after `until`."""
        last = and_(messages.c.conversation_id == _c.id, messages.c.seq == _c.last_seq)
        spoke = (messages.c.sender == "bot", messages.c.at > since, messages.c.at <= until)
        rows = self._db.execute(
            select(_c.id, messages.c.data).join_from(messages, conversations, last).where(_c.owner == "bot", *spoke)
        )
        return [(row.id, row.data) for row in rows]

    def queue(self, sight: Sight) -> list[Conversation]:
        """All waiting conversations that `sight` may see, in serving order. What is cut is cut after the skills, which
        no condition of both databases can look into."""
        statement = _SELECT.where(_c.owner == "queue", visible(sight)).order_by(*SERVING_ORDER)
        return [_conversation(row) for row in self._db.execute(statement)]

    def narrow(self, reach: int) -> list[Conversation]:
        """Waiting conversations that are not yet open to `reach`."""
        rows = self._db.execute(_SELECT.where(_c.owner == "queue", _c.reach < reach).order_by(_c.id))
        return [_conversation(row) for row in rows]

    def waiting_with(self, priority: str) -> list[Conversation]:
        rows = self._db.execute(_SELECT.where(_c.owner == "queue", _c.priority == priority).order_by(_c.id))
        return [_conversation(row) for row in rows]

    def held_by(self, owner: str) -> list[Conversation]:
        """What is in somebody's hands, in serving order."""
        rows = self._db.execute(_SELECT.where(_c.owner == owner).order_by(*SERVING_ORDER))
        return [_conversation(row) for row in rows]

    def held_by_people(self) -> list[Conversation]:
        """For housekeeping: on PostgreSQL each desk gets those that no other looks at in this moment."""
        statement = _SELECT.where(_c.owner.like("user:%")).order_by(_c.id)
        rows = self._db.execute(statement.with_for_update(of=conversations, skip_locked=True))
        return [_conversation(row) for row in rows]

    def unread_in_client(self) -> list[Conversation]:
        """What people in the platforms' own clients hold, with words of which nobody knows whether they were read there."""
        theirs = _c.owner.startswith(held_by(CLIENT_PREFIX), autoescape=True)
        rows = self._db.execute(_SELECT.where(theirs, _c.resident_seq > _c.handled_seq).order_by(_c.id))
        return [_conversation(row) for row in rows]

    def position(self, conversation_id: int) -> int | None:
        """1 for the next to be served among those who wait for the same people; None when not waiting."""
        wanted = select(conversations, RANK.label("rank"), kept_close().label("kept")).where(_c.id == conversation_id)
        own = self._db.execute(wanted).first()
        if own is None or own.owner != "queue":
            return None
        since = own.waiting_since
        earlier = or_(_c.waiting_since < since, and_(_c.waiting_since == since, _c.id < own.id))
        served = kept_close() if own.kept else not_(kept_close())
        ahead = [_c.owner == "queue", or_(RANK < own.rank, and_(RANK == own.rank, earlier)), served]
        if own.area:
            ahead.append(for_one_of(self._db.execute(_STAFFED).scalars(), own.area))
        return self._db.execute(select(func.count()).select_from(conversations).where(*ahead)).scalar_one() + 1

    def sending_now(self, conversation_id: int, now: datetime) -> bool:
        """Whether an automatic text is on its way to the platform at this moment."""
        on_its_way = and_(
            outbox.c.conversation_id == conversation_id,
            outbox.c.state == "sending",
            outbox.c.author != "human",
            outbox.c.lease_until > now,
        )
        return self._db.execute(select(outbox.c.id).where(on_its_way)).first() is not None
