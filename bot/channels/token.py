"""Access tokens: fetched once for all who wait, shared through a store, renewed at most once per refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

from bot.channels.message import (
    GIVE_TO_PERSON,
    REFRESH_TOKEN,
    RETRY,
    TOKEN_KEY_LENGTH,
    Clock,
    SendFailure,
    stable_key,
)

# In the last five minutes the platform hands out the successor while the old token still works.
# https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
EARLY = timedelta(minutes=5)
# force_refresh: 20 a day, at least 30 seconds apart (same page).
FORCE_INTERVAL = timedelta(seconds=30)
_NEVER = datetime.min.replace(tzinfo=timezone.utc)

# fetch(force) → (token, lifetime in seconds); raises SendFailure.
Fetch = Callable[[bool], Awaitable[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Token:
    """A token (up to 512 characters and more), when to stop using it, and when it was last forced anew."""

    value: str
    expires_at: datetime
    forced_at: datetime = _NEVER


class TokenStore(Protocol):
    """Where the tokens of all accounts are kept; the desk keeps them in its database for all its processes."""

    async def get(self, key: str) -> Token | None:
        """The stored token, expired or not."""

    async def put(self, key: str, token: Token) -> None:
        """Replace the stored token."""

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held while a token is fetched, so that one process fetches and the others find its result."""


class MemoryTokenStore:
    """Tokens of a single process."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, key: str) -> Token | None:
        return self._tokens.get(key)

    async def put(self, key: str, token: Token) -> None:
        self._tokens[key] = token

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        return self._locks.setdefault(key, asyncio.Lock())


class TokenSource:
    """The access token of one account. `key` names it in the store; `can_force` says whether `fetch` heeds `force`."""

    def __init__(self, key: str, fetch: Fetch, store: TokenStore, clock: Clock, *, can_force: bool) -> None:
        self._key, self._fetch, self._store, self._clock = stable_key(key, room=TOKEN_KEY_LENGTH), fetch, store, clock
        self._can_force = can_force

    async def token(self) -> str:
        """A token believed valid. Raises `SendFailure`."""
        known = await self._store.get(self._key)
        if self._usable(known):
            return known.value
        async with self._store.lock(self._key):
            known = await self._store.get(self._key)
            if self._usable(known):
                return known.value
            return (await self._obtain(known, force=False)).value

    async def renew(self, stale: str) -> str:
        """Another token than `stale`: someone else's newer one, else one fetch, forced if need be."""
        async with self._store.lock(self._key):
            known = await self._store.get(self._key)
            if self._usable(known) and known.value != stale:
                return known.value
            fresh = await self._obtain(known, force=False)
            if fresh.value == stale and self._can_force:
                fresh = await self._force(fresh)
            return fresh.value

    async def _force(self, known: Token) -> Token:
        if self._clock() - known.forced_at < FORCE_INTERVAL:
            raise SendFailure(RETRY, 0, "接口凭证刚刚更新过，稍后自动重试")
        return await self._obtain(known, force=True)

    async def _obtain(self, known: Token | None, *, force: bool) -> Token:
        try:
            value, lifetime = await self._fetch(force)
        except SendFailure as refused:
            if refused.disposition != REFRESH_TOKEN:
                # Of a text this says nothing: without a token none was sent.
                raise SendFailure(refused.disposition, refused.code, refused.reason) from None
            # Said while asking for a token, "invalid credential" means the secret: no retry will mend it.
            raise SendFailure(GIVE_TO_PERSON, refused.code, "AppSecret 无效，请管理员检查账号配置") from None
        now = self._clock()
        early = min(EARLY, timedelta(seconds=lifetime / 10))
        forced_at = now if force else known.forced_at if known else _NEVER
        token = Token(value, now + timedelta(seconds=lifetime) - early, forced_at)
        await self._store.put(self._key, token)
        return token

    def _usable(self, token: Token | None) -> bool:
        return token is not None and self._clock() < token.expires_at
