"""A thin caller for the WeChat and WeCom APIs. It logs nothing: addresses carry tokens and bodies carry texts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

import aiohttp

from bot.channels.envelope import Fields, clean_all
from bot.channels.errors import failure
from bot.channels.message import GIVE_TO_PERSON, REFRESH_TOKEN, RETRY, SendFailure

WECHAT_API_BASE = "https://api.weixin.qq.com"
WECOM_API_BASE = "https://qyapi.weixin.qq.com"

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
# A sync_msg page holds up to 1,000 messages.
MAX_RESPONSE = 8 * 1024 * 1024
NO_ANSWER = "平台没有及时回应，稍后自动重试"


Answer = TypeVar("Answer")


class Tokens(Protocol):
    """Where a sender gets the access token of its account."""

    async def token(self) -> str:
        """A token believed to be valid."""

    async def renew(self, stale: str) -> str:
        """Another token than `stale`, which the platform refused. Raises `SendFailure`."""


async def call(session: aiohttp.ClientSession, tokens: Tokens, url: str, body: Mapping[str, Any]) -> Fields:
    """POST `body` with an access token; the token is renewed at most once. Raises `SendFailure`."""
    return await with_token(tokens, lambda token: post(session, url, body, token))


async def with_token(tokens: Tokens, ask: Callable[[str], Awaitable[Answer]]) -> Answer:
    """`ask(token)`, and once more with another token when the first was refused. Raises `SendFailure`."""
    token = await tokens.token()
    try:
        return await ask(token)
    except SendFailure as refused:
        if refused.disposition != REFRESH_TOKEN:
            raise
    token = await tokens.renew(token)
    try:
        return await ask(token)
    except SendFailure as refused:
        # Two tokens in a row: another program may be taking them away. The outbox backs off; it ends with a person.
        disposition = RETRY if refused.disposition == REFRESH_TOKEN else refused.disposition
        raise SendFailure(disposition, refused.code, refused.reason, refused.why) from None


async def post(session: aiohttp.ClientSession, url: str, body: Mapping[str, Any], token: str = "") -> Fields:
    """POST one JSON body and return the JSON answer. Raises `SendFailure` for errcode, status, time-out or junk."""
    # ensure_ascii would show residents the escapes instead of Chinese.
    data = json.dumps(clean_all(body), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return await _ask(session, "POST", url, {"access_token": token} if token else {}, data, headers)


async def get(session: aiohttp.ClientSession, url: str, params: Mapping[str, str]) -> Fields:
    """GET with `params` and return the JSON answer. Raises `SendFailure` like `post`."""
    return await _ask(session, "GET", url, params, None, {})


async def _ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    params: Mapping[str, str],
    data: bytes | None,
    headers: Mapping[str, str],
) -> Fields:
    try:
        async with session.request(
            method, url, params=params, data=data, headers=headers, timeout=TIMEOUT, allow_redirects=False
        ) as response:
            body = await read_bounded(response, MAX_RESPONSE)
            status = response.status
    except aiohttp.ClientConnectorError:
        raise SendFailure(RETRY, 0, NO_ANSWER) from None  # not even a connection: nothing was asked
    except (aiohttp.ClientError, asyncio.TimeoutError):
        raise unreachable() from None  # the original error names the address, token included
    return checked(body, status)


def checked(body: bytes, status: int) -> Fields:
    """The decoded answer. Raises `SendFailure` for an HTTP error, for junk, and for an errcode other than 0."""
    if status >= 500 or status == 429:
        raise SendFailure(RETRY, 0, f"平台返回 HTTP {status}，稍后自动重试", "" if status == 429 else "unanswered")
    if status != 200:
        raise SendFailure(GIVE_TO_PERSON, 0, f"平台返回 HTTP {status}")
    try:
        answer = json.loads(body)
        code = answer.get("errcode", 0)
    except (ValueError, AttributeError, RecursionError):
        code = None
    if not isinstance(code, int):
        raise SendFailure(RETRY, 0, "平台的回答无法识别，稍后自动重试", "unanswered")
    if code:
        raise failure(code)
    return clean_all(answer)


def unreachable() -> SendFailure:
    """The platform did not answer in time; whether it acted is unknown."""
    return SendFailure(RETRY, 0, NO_ANSWER, "unanswered")


async def read_bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, up to `limit` bytes. Raises `SendFailure` when it is longer."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > limit:
            raise SendFailure(GIVE_TO_PERSON, 0, "平台的回答过大")
    return bytes(body)


def granted(answer: Fields) -> tuple[str, int]:
    """(access token, lifetime in seconds) of a token answer. Raises `SendFailure` when it holds none."""
    token, lifetime = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(lifetime, int):
        raise SendFailure(RETRY, 0, "平台没有给出接口凭证，稍后自动重试")
    return token, lifetime
