"""How much one sender or one address may send: a sliding minute, in memory, bounded."""

from __future__ import annotations

from collections import OrderedDict, deque

from ..domain.clock import Clock
from ..domain.errors import TooMany

MINUTE = 60.0
REMEMBERED = 20_000  # senders and addresses; the longest silent are forgotten first
# Whatever residents are allowed, passwords are not guessed faster. By the name alone it takes many addresses to use the
# minute up: one stranger must not keep a caseworker out.
LOGINS = 10  # of one user name from one address
LOGINS_ANYWHERE = 200  # of one user name


class Limits:
    """`per_sender` and `per_address` are counts per minute; 0 turns one off."""

    def __init__(self, per_sender: int, per_address: int, clock: Clock) -> None:
        self._allowed = {"sender": per_sender, "address": per_address}
        self._allowed |= {"login": LOGINS, "name": LOGINS_ANYWHERE}
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def forget(self, kind: str, who: str) -> None:
        """What was counted turned out to be well."""
        self._seen.pop((kind, who), None)

    def count(self, kind: str, who: str) -> None:
        """Counts one request. Raises `TooMany` (429) past the limit; a refused request is not counted."""
        allowed = self._allowed[kind]
        if not allowed:
            return
        now = self._clock.now().timestamp()
        times = self._seen.setdefault((kind, who), deque())
        self._seen.move_to_end((kind, who))
        while times and times[0] <= now - MINUTE:
            times.popleft()
        if len(times) >= allowed:
            raise TooMany()
        times.append(now)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
