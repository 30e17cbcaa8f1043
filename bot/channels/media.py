"""Attachments: streamed, bounded, and taken only when their own first bytes say what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
from yarl import URL

from bot.channels.api import MAX_RESPONSE, Tokens, checked, read_bounded, unreachable, with_token
from bot.channels.envelope import Fields
from bot.channels.message import GIVE_TO_PERSON, Media, SendFailure

Write = Callable[[bytes], object]

# The platforms take at most 20 MB from a user (files of 微信客服); everything else is smaller.
MAX_MEDIA = 20 * 1024 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=120, connect=5, sock_read=15)
HEAD = 16

# What a resident may send, by its first bytes; the declared type is the sender's word only.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x02#!SILK", "audio/silk"),
    (0, b"#!SILK", "audio/silk"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
)


async def fetch(session: aiohttp.ClientSession, tokens: Tokens, url: str, media_id: str, write: Write) -> Media:
    """GET media/get and stream the attachment into `write`; nothing is written when it is refused at its start.

    Raises `SendFailure`: an error may hide in an HTTP 200 with a JSON body, and the type and size must be allowed.
    """
    return await with_token(
        tokens, lambda token: _get(session, url, {"access_token": token, "media_id": media_id}, write)
    )


async def _get(session: aiohttp.ClientSession, url: str | URL, params: dict[str, str], write: Write) -> Media:
    try:
        async with session.get(url, params=params, timeout=TIMEOUT, allow_redirects=False) as response:
            if response.status == 200 and not _is_json(response):
                return await _stream(response, write)
            answer = checked(await read_bounded(response, MAX_RESPONSE), response.status)
    except (aiohttp.ClientError, asyncio.TimeoutError):
        raise unreachable() from None
    # A 公众号 video comes as an address instead of bytes, once.
    if "media_id" not in params:
        raise SendFailure(GIVE_TO_PERSON, 0, "平台没有给出附件内容")
    return await _get(session, _video_url(answer, str(url)), {}, write)


def _is_json(response: aiohttp.ClientResponse) -> bool:
    return response.content_type in ("application/json", "text/plain")


def _video_url(answer: Fields, origin: str) -> URL:
    try:
        address = URL(str(answer.get("video_url") or ""))
    except ValueError:
        address = URL()
    # Only Tencent's own hosts: the desk must not be sent to fetch an address of anyone's choice.
    host = address.host or ""
    tencent = address.scheme in ("http", "https") and host.endswith((".qq.com", ".qpic.cn"))
    ours = address.absolute and address.origin() == URL(origin).origin()
    if not (tencent or ours):
        raise SendFailure(GIVE_TO_PERSON, 0, "平台没有给出附件内容")
    return address


async def _stream(response: aiohttp.ClientResponse, write: Write) -> Media:
    if (response.content_length or 0) > MAX_MEDIA:
        raise _too_large()
    try:
        head = await response.content.readexactly(HEAD)
    except asyncio.IncompleteReadError as short:
        head = short.partial
    kind = sniff(head)
    size = len(head)
    write(head)
    async for chunk in response.content.iter_chunked(64 * 1024):
        size += len(chunk)
        if size > MAX_MEDIA:
            raise _too_large()
        write(chunk)
    return Media(kind, size)


def sniff(head: bytes) -> str:
    """The media type that the first bytes show. Raises `SendFailure` for one that is not taken."""
    for offset, signature, kind in SIGNATURES:
        if head[offset:].startswith(signature):
            return kind
    raise SendFailure(GIVE_TO_PERSON, 0, "附件类型不在允许范围内")


def _too_large() -> SendFailure:
    return SendFailure(GIVE_TO_PERSON, 0, "附件超过 20 MB")
