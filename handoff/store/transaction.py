"""One transaction of the ledger: the repositories over one connection, and the events to publish once it is committed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from .attachments import SqlAttachments
from .calls import SqlCalls
from .cases import SqlCases
from .conversations import SqlConversations
from .erasure import SqlErasure
from .links import SqlLinks
from .messages import SqlMessages
from .outbox import SqlOutbox
from .people import SqlPeople
from .policies import SqlPolicies
from .promises import SqlPromises
from .records import SqlRecords
from .retention import SqlRetention
from .statistics import SqlStatistics

NOTIFY_CHANNEL = "desk_events"
LONGEST_NOTICE = 7_500  # PostgreSQL takes 7,999 bytes
_NOTIFY = text(f"SELECT pg_notify('{NOTIFY_CHANNEL}', :payload)")


@dataclass(frozen=True)
class Event:
    """What changed, for consoles and workers; it never carries anybody's words."""

    type: str
    conversation: int | None = None
    seq: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


def notify(connection: Connection, origin: str, events: list[Event]) -> None:
    """Tells the other desks on PostgreSQL; it is delivered when the transaction commits. `origin` is who tells."""
    if connection.dialect.name != "postgresql" or not events:
        return
    told: list[str] = []
    for one in map(_written, events):
        if told and sum(map(len, told)) + len(told) + len(one) > LONGEST_NOTICE:
            connection.execute(_NOTIFY, {"payload": f'["{origin}",[{",".join(told)}]]'})
            told = []
        told.append(one)
    connection.execute(_NOTIFY, {"payload": f'["{origin}",[{",".join(told)}]]'})


def _written(event: Event) -> str:
    # Escaped to ASCII, so that its length is also its size in bytes.
    full = json.dumps([event.type, event.conversation, event.seq, event.data], separators=(",", ":"))
    return full if len(full) <= LONGEST_NOTICE else json.dumps([event.type, event.conversation, event.seq, {}])


def understand(payload: str) -> tuple[str, list[Event]]:
    """(who told, what). What is not ours is from nobody and about nothing."""
    try:
        origin, told = json.loads(payload)
        return origin, [Event(*one) for one in told]
    except (ValueError, TypeError):
        return "", []


class SqlTransaction:
    def __init__(self, connection: Connection, vault: Any) -> None:
        self.connection = connection
        self._vault = vault
        self.events: list[Event] = []

    def emit(self, type: str, conversation: int | None = None, seq: int | None = None, **data: Any) -> None:
        self.events.append(Event(type, conversation, seq, data))

    @cached_property
    def conversations(self) -> SqlConversations:
        return SqlConversations(self.connection)

    @cached_property
    def messages(self) -> SqlMessages:
        return SqlMessages(self.connection, self._vault)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.connection)

    @cached_property
    def attachments(self) -> SqlAttachments:
        return SqlAttachments(self.connection, self._vault)

    @cached_property
    def cases(self) -> SqlCases:
        return SqlCases(self.connection)

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self.connection)

    @cached_property
    def policies(self) -> SqlPolicies:
        return SqlPolicies(self.connection)

    @cached_property
    def links(self) -> SqlLinks:
        return SqlLinks(self.connection)

    @cached_property
    def promises(self) -> SqlPromises:
        return SqlPromises(self.connection)

    @cached_property
    def retention(self) -> SqlRetention:
        return SqlRetention(self.connection)

    @cached_property
    def erasure(self) -> SqlErasure:
        return SqlErasure(self.connection)

    @cached_property
    def records(self) -> SqlRecords:
        return SqlRecords(self.connection, self._vault)

    @cached_property
    def calls(self) -> SqlCalls:
        return SqlCalls(self.connection)

    @cached_property
    def statistics(self) -> SqlStatistics:
        return SqlStatistics(self.connection)
