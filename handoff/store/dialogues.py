"""What several Rasa workers remember of the dialogues, in the same database (endpoints.scale.yml): the residents' words,
masked. Rasa makes and fills its table `events` itself and never empties it; with a single worker there is none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import column, delete, inspect, select, table
from sqlalchemy.engine import Connection

from ..domain.models import dialogue
from .schema import conversations

_events = table("events", column("sender_id"), column("timestamp"))


def forget(connection: Connection, conversation_id: int, before: datetime | None = None) -> int:
    """Deletes what was remembered of this conversation, or only what is older; returns the number of events."""
    if not inspect(connection).has_table(_events.name):
        return 0
    last = connection.execute(select(conversations.c.episode).where(conversations.c.id == conversation_id)).scalar_one()
    # Each by its name: what looks for a beginning would read the whole table.
    names = [dialogue(conversation_id, episode) for episode in range(1, last + 1)]
    gone = delete(_events).where(_events.c.sender_id.in_(names))
    if before is not None:
        gone = gone.where(_events.c.timestamp < before.timestamp())
    return connection.execute(gone).rowcount
