"""The channel accounts of this desk, with their tokens kept in the ledger for all desks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientSession

from bot.channels.channel import Channel, Write
from bot.channels.message import Media, Outgoing, Receipt
from bot.channels.token import Token

from ..domain.clock import Clock

LOCK = timedelta(seconds=30)  # longer than the two requests of a renewal; a desk that dies in it frees the others
LOOK_AGAIN = 0.1


class LedgerTokenStore:
    """`bot.channels.token.TokenStore` over the ledger: one desk fetches, the others find the result."""

    def __init__(self, ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock
        # One name for all it takes: a lock that could not be given back, the ledger being away, is still this desk's own.
        self._holder = secrets.token_hex(8)
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
        async with self._here.setdefault(key, asyncio.Lock()):
            while not await self._ledger.write(self._take, key, self._holder):  # noqa: ASYNC110 (another process holds it)
                await asyncio.sleep(LOOK_AGAIN)
            try:
                yield
            finally:
                await self._ledger.write(lambda tx: tx.records.unlock_platform_token(key, self._holder))

    def _take(self, tx, key: str, holder: str) -> bool:
        now = self._clock.now()
        return tx.records.lock_platform_token(key, holder, now, now + LOCK)


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

    @property
    def reminds(self) -> bool:
        """Whether something can still be said when the reply window is closed."""
        return self.channel.template is not None

    async def send(self, recipient: str, part: Outgoing, message_id: str) -> Receipt:
        """Sends one message that fits. Raises `SendFailure`."""
        return await self.channel.send(self._session, self._tokens, recipient, part, message_id)

    async def remind(self, recipient: str, words: Mapping[str, str], message_id: str) -> Receipt:
        """Says that something waits. Raises `SendFailure`."""
        return await self.channel.remind(self._session, self._tokens, recipient, words, message_id)

    @property
    def tells_who_serves(self) -> bool:
        return self.channel.tells_who_serves

    async def served_by(self, recipient: str) -> str | None:
        """Who in the platform's own client serves this resident. Raises `SendFailure`."""
        return await self.channel.served_by(self._session, self._tokens, recipient)

    async def end_service(self, recipient: str) -> str:
        """Ends that service; returns the code for one last message. Raises `SendFailure`."""
        return await self.channel.end_service(self._session, self._tokens, recipient)

    async def fetch_media(self, media_id: str, write: Write) -> Media:
        """Downloads piece by piece into `write`. Raises `SendFailure`."""
        return await self.channel.fetch_media(self._session, self._tokens, media_id, write)

    async def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Publishes the account's menu. Raises `ConfigError` and `SendFailure`."""
        await self.channel.create_menu(self._session, self._tokens, menu)

    def missed(self):
        return self.channel.missed()

    def pull(self, notice, cursor: str, began: datetime | None):
        return self.channel.pull(self._session, self._tokens, notice, cursor, began)
