"""A desk that fetches what waits at 微信客服, on a street (tests/support/street.py): it pulls when told to, never by itself."""

from __future__ import annotations

import asyncio

from bot.channels.message import Inbound
from bot.channels.platform import platform_for
from handoff.service.arrivals import Arrival, accept_all
from handoff.service.intake import Accepted
from handoff.workers.channels import Account
from handoff.workers.pulling import Puller

from .street import Street


class Bell:
    """`heard` is set with each message that it stores."""

    def __init__(self, desk: Street, **others: Account) -> None:
        self._desk, self.heard = desk, asyncio.Event()
        self.platform = desk.stub.mailbox = platform_for(desk.account.channel, desk.clock.now)
        self.puller = Puller(desk.ledger, {desk.name: desk.account, **others}, self._accept, desk.clock)

    async def _accept(self, inbound: Inbound, kind: str, raw: bytes | None, limited: bool) -> Accepted:
        arrival = Arrival(self._desk.office, inbound, kind, raw, None, self._desk.clock.now())
        accepted = await self._desk.ledger.write_together(accept_all, arrival)
        self.heard.set()
        return accepted

    async def rings(self) -> None:
        await self.puller.begin(self._desk.account, self._desk.account.missed())

    async def looks(self) -> None:
        """The desk looks, and what it asks for is there."""
        await self.puller.sweep()

    async def stored(self) -> list[str]:
        def read(tx) -> list[str]:
            found = tx.conversations.find(self._desk.name, self._desk.resident)
            return [message.text for message in tx.messages.after(found.id, 0)] if found else []

        return await self._desk.ledger.read(read)
