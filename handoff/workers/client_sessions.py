"""Whether a person in the platform's own client still serves a resident, where the platform can be asked.

A session there may end without an event: after 48 hours, or the event was lost. So each message of the resident is asked
about until the platform has answered once, however often it refuses and whatever becomes of this desk meanwhile.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.channels.message import SendFailure

from ..domain.clock import Clock
from ..domain.models import Conversation
from ..domain.ownership import held_in_client
from ..service import client_service
from .channels import Account

logger = logging.getLogger(__name__)
AGAIN = timedelta(minutes=5)  # between two questions about what the platform has not answered


class ClientSessions:
    def __init__(self, ledger, accounts: dict[str, Account], clock: Clock) -> None:
        self._ledger, self._accounts, self._clock = ledger, accounts, clock
        self._asked: dict[int, datetime] = {}

    async def look(self, account: Account, conversation_id: int) -> None:
        """Asks whose the resident's last words are, unless that is known."""
        current, resident = await self._ledger.read(_asked_about, conversation_id)
        if not held_in_client(current.owner) or current.resident_seq <= current.handled_seq:
            return
        self._asked[conversation_id] = self._clock.now()
        try:
            servicer = await account.served_by(resident)
        except SendFailure as failure:
            logger.warning("session state unknown: %s", failure.code)
            return
        if servicer is None:
            await self._ledger.write(client_service.found_ended, conversation_id, self._clock.now())
        else:
            await self._ledger.write(client_service.found_served, current)

    async def sweep(self) -> None:
        """Asks again what was not answered in time, or what a desk died over."""
        waiting = await self._ledger.read(lambda tx: tx.conversations.unread_in_client())
        self._asked = {one.id: self._asked[one.id] for one in waiting if one.id in self._asked}
        before = self._clock.now() - AGAIN
        for one in waiting:
            account, asked = self._accounts.get(one.account), self._asked.get(one.id)
            if account is not None and account.tells_who_serves and (asked is None or asked <= before):
                await self.look(account, one.id)


def _asked_about(tx, conversation_id: int) -> tuple[Conversation, str]:
    return tx.conversations.get(conversation_id), tx.conversations.identity(conversation_id).external_id
