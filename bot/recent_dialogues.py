"""Rasa's memory of the dialogues where a single worker keeps it in itself (endpoints.yml): the recent ones only.

Rasa's own in-memory store never lets go of one; a worker that runs for months would hold the words of everybody.
"""

from __future__ import annotations

import time
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


class RecentDialogues(InMemoryTrackerStore):
    """At most `most` dialogues, each for as long as the bot goes on with it (`session_expiration_time` of the domain):
    what has ended by then it would begin anew."""

    def __init__(self, domain: Domain, event_broker: EventBroker | None = None, most: int = 0, **more: Any) -> None:
        super().__init__(domain, event_broker, **more)
        self.most, self.now = most, time.monotonic
        self._saved_at: dict[str, float] = {}  # the one that was silent longest comes first

    async def save(self, tracker: DialogueStateTracker) -> None:
        await super().save(tracker)
        self._saved_at.pop(tracker.sender_id, None)
        self._saved_at[tracker.sender_id] = self.now()
        self._forget(self.now() - self.domain.session_config.session_expiration_time * 60)

    def _forget(self, before: float) -> None:
        while oldest := next(iter(self._saved_at), None):
            if len(self._saved_at) <= self.most and self._saved_at[oldest] >= before:
                return
            del self._saved_at[oldest], self.store[oldest]
