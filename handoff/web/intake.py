"""From a decoded message to the ledger, and the turn it starts: shared by all channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aiohttp import web

from bot.boundary.screen import screen
from bot.channels.message import Inbound
from bot.channels.window import Window

from ..domain.errors import TooMany
from ..domain.priority import LIFE_SAFETY
from ..service.arrivals import Arrival, accept_all
from ..service.intake import Accepted
from .keys import CLOCK, LEDGER, LIMITS, SETTINGS, TURNS


async def accept(
    app: web.Application,
    inbound: Inbound,
    channel: str,
    raw: bytes | None,
    limited: bool = True,
    crowded: bool = False,
) -> Accepted:
    """Committed when this returns. Raises `TooMany` before, `Unavailable` when nothing was stored.

    `limited`: the sender may be refused; `crowded`: too much has come from the address already.
    Danger is never refused, however much came before it; nor is what the platform or its staff tell, which is not the
    resident's doing.
    """
    screened = screen(inbound.text) if inbound.text else None
    danger = screened is not None and screened.priority == LIFE_SAFETY
    if limited and not danger and inbound.author == "resident" and not inbound.effect:
        if crowded:
            raise TooMany()
        app[LIMITS].count("sender", f"{inbound.account}:{inbound.sender}")
    now = app[CLOCK].now()
    if danger and _may_still_be_answered(inbound, now):
        inbound = replace(inbound, conversational=True)
    arrival = Arrival(app[SETTINGS].office, inbound, channel, raw, screened, now)
    accepted = await app[LEDGER].write_together(accept_all, arrival)
    if accepted.bot_turn:
        app[TURNS].wake(accepted.conversation_id)
    return accepted


def _may_still_be_answered(inbound: Inbound, now: datetime) -> bool:
    """Of what lay there before this installation's first start: within the reply window, danger is heard like any."""
    return bool(inbound.data.get("backlog")) and Window().after(inbound).may_send(now, "human")
