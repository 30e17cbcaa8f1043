"""From a decoded message to the ledger, and the turn it starts: shared by all channels."""

from __future__ import annotations

from aiohttp import web

from bot.boundary.screen import screen
from bot.channels.message import Inbound

from ..service.arrivals import Arrival, accept_all
from ..service.intake import Accepted
from .keys import CLOCK, LEDGER, LIMITS, SETTINGS, TURNS


async def accept(app: web.Application, inbound: Inbound, channel: str, raw: bytes | None) -> Accepted:
    """Committed when this returns. Raises `TooMany` before, `Unavailable` when nothing was stored."""
    app[LIMITS].count("sender", f"{inbound.account}:{inbound.sender}")
    screened = screen(inbound.text) if inbound.text else None
    arrival = Arrival(app[SETTINGS].office, inbound, channel, raw, screened, app[CLOCK].now())
    accepted = await app[LEDGER].write_together(accept_all, arrival)
    if accepted.bot_turn:
        app[TURNS].wake(accepted.conversation_id)
    return accepted
