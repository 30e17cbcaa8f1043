"""The channel accounts of this desk, with their tokens kept in the ledger for all desks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import ClientSession

from bot.channels.channel import Channel
from bot.channels.message import Outgoing
from bot.channels.token import Token

from ..domain.clock import Clock

LOCK = timedelta(seconds=20)  # longer than one token request; a desk that dies in it frees the others
LOOK_AGAIN = 0.1


class LedgerTokenStore:
    """`bot.channels.token.TokenStore` over the ledger: one desk fetches, the others find the result."""

    def __init__(self, ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock
        self._here: dict[str, asyncio.Lock] = {}

    async def get(self, key: str) -> Token | None:
        found = await self._ledger.read(lambda tx: tx.records.platform_token(key))
        if found is None:
            return None
        value, expires_at, forced_at = found
        return Token(value, expires_at, forced_at) if forced_at else Token(value, expires_at)

    async def put(self, key: str, token: Token) -> None:
        forced = token.forced_at if token.forced_at.year > 1 else None
        await self._ledger.write(lambda tx: tx.records.save_platform_token(key, token.value, token.expires_at, forced))

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        holder = secrets.token_hex(8)
        async with self._here.setdefault(key, asyncio.Lock()):
            while not await self._ledger.write(self._take, key, holder):
                await asyncio.sleep(LOOK_AGAIN)
            try:
                yield
            finally:
                await self._ledger.write(lambda tx: tx.records.unlock_platform_token(key, holder))

    def _take(self, tx, key: str, holder: str) -> bool:
        now = self._clock.now()
        return tx.records.lock_platform_token(key, holder, now, now + LOCK)


@dataclass(frozen=True)
class Sent:
    platform_id: str
    sends: int


class Account:
    """One account, ready to send."""

    def __init__(self, channel: Channel, session: ClientSession, store: LedgerTokenStore) -> None:
        self.channel = channel
        self._session = session
        self._tokens = channel.tokens(session, store)

    @property
    def kind(self) -> str:
        return self.channel.kind

    def passive_text(self, outgoing: Outgoing) -> str | None:
        return self.channel.passive_text(outgoing)

    async def send(self, recipient: str, outgoing: Outgoing, message_id: str) -> Sent:
        """Sends in as many parts as the platform needs. Raises `SendFailure`."""
        parts = self.channel.parts(outgoing)
        platform_id = ""
        for number, part in enumerate(parts):
            part_id = message_id if number == 0 else f"{message_id[:29]}-{number}"
            receipt = await self.channel.send(self._session, self._tokens, recipient, part, part_id)
            platform_id = receipt.platform_id or platform_id
        return Sent(platform_id, len(parts))

    def pull(self, notice, cursor: str):
        return self.channel.pull(self._session, self._tokens, notice, cursor)
