"""One transaction of the ledger: the repositories over one connection, and the events to publish once it is committed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from .attachments import SqlAttachments
from .cases import SqlCases
from .conversations import SqlConversations
from .messages import SqlMessages
from .outbox import SqlOutbox
from .people import SqlPeople
from .policies import SqlPolicies
from .records import SqlRecords
from .statistics import SqlStatistics

NOTIFY_CHANNEL = "desk_events"


@dataclass(frozen=True)
class Event:
    """What changed, for consoles and workers; it never carries anybody's words."""

    type: str
    conversation: int | None = None
    seq: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


class SqlTransaction:
    def __init__(self, connection: Connection, vault: Any) -> None:
        self.connection = connection
        self._vault = vault
        self.events: list[Event] = []

    def emit(self, type: str, conversation: int | None = None, seq: int | None = None, **data: Any) -> None:
        self.events.append(Event(type, conversation, seq, data))

    def notify(self) -> None:
        """Tells other desks on PostgreSQL; it is delivered when the transaction commits."""
        if self.connection.dialect.name != "postgresql":
            return
        for event in self.events:
            payload = json.dumps([event.type, event.conversation, event.seq, event.data])
            self.connection.execute(select(func.pg_notify(NOTIFY_CHANNEL, payload)))

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
    def records(self) -> SqlRecords:
        return SqlRecords(self.connection, self._vault)

    @cached_property
    def statistics(self) -> SqlStatistics:
        return SqlStatistics(self.connection)
