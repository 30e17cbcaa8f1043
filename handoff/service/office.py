"""What the desk knows about its own office, and the rules an operator may set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..domain.areas import Areas
from ..domain.calendar import Calendar, in_words
from ..domain.deadlines import Deadlines


@dataclass(frozen=True)
class Office:
    name: str = "居民服务"
    phone: str = "12345"
    counter: str = "社区服务窗口"
    calendar: Calendar = field(default_factory=Calendar)
    silent_after: timedelta = timedelta(minutes=30)  # a caseworker who does not answer for so long gives the place back
    offline_after: timedelta = timedelta(minutes=10)  # the same for one whose console is closed
    widen_after: timedelta = timedelta(minutes=10)  # office time until a queue entry opens further
    capacity: int = 8  # conversations one caseworker may hold
    areas: Areas = field(default_factory=lambda: Areas({}, {}, {}))
    pages: bool = False  # whether this installation has an address that calls somebody for life and safety
    transcribes: bool = False  # whether this installation has a program that hears voice

    @property
    def deadlines(self) -> Deadlines:
        return Deadlines(self.calendar)

    @property
    def hours(self) -> str:
        return f"工作日 {self.calendar.opens:%H:%M}–{self.calendar.closes:%H:%M}"

    def opening_in_words(self, now: datetime) -> str:
        return in_words(self.calendar.next_opening(now), now)

    @property
    def elsewhere(self) -> str:
        """How else to reach a person, in one sentence of at most 40 characters."""
        return f"也可拨打 {self.phone}，或到{self.counter}当面说。"
