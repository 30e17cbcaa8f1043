"""An open load generator: requests leave at their time whether or not earlier ones were answered.

Latency is counted from the moment a request was due, so that a desk which stalls cannot hide it. HTTP is written by hand
on kept connections: the generator shares the machine with what it measures and must cost little.
"""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode, urlsplit

from bot.channels.platform import Callback

CONNECTIONS = 64


@dataclass(frozen=True)
class Measured:
    rate: float  # answers a second
    p50: float  # milliseconds
    p99: float
    failed: int

    @classmethod
    def of(cls, seconds: list[float], span: float, failed: int) -> Measured:
        milliseconds = sorted(1000 * one for one in seconds)
        return cls(len(seconds) / span, median(milliseconds), percentile(milliseconds, 99), failed)


def middle(rounds: list[Measured]) -> Measured:
    """The median of each figure; failures are added up."""
    figures = {name: median(getattr(one, name) for one in rounds) for name in ("rate", "p50", "p99")}
    return Measured(**figures, failed=sum(one.failed for one in rounds))


def percentile(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part / 100))]


def request_bytes(base: str, path: str, callback: Callback) -> bytes:
    head = (
        f"POST {path}?{urlencode(callback.query)} HTTP/1.1\r\nHost: {urlsplit(base).netloc}\r\n"
        f"Content-Type: {callback.content_type}\r\nContent-Length: {len(callback.body)}\r\n\r\n"
    )
    return head.encode() + callback.body


async def offer(base: str, requests: list[bytes], rate: float) -> Measured:
    """Sends `requests` at `rate` a second; every answer other than 200 counts as failed."""
    where, loop = urlsplit(base), asyncio.get_running_loop()
    free: asyncio.Queue = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection(where.hostname, where.port))
    took: list[float] = []
    failed = 0

    async def one(due: float, request: bytes) -> None:
        nonlocal failed
        connection = await free.get()
        if await _answered(connection, request):
            took.append(loop.time() - due)
        else:
            failed += 1
        free.put_nowait(connection)

    gc.collect()
    gc.freeze()  # a look for garbage here would be counted as a wait there
    start, tasks = loop.time() + 0.05, []
    for number, request in enumerate(requests):
        due = start + number / rate
        if due > loop.time():
            await asyncio.sleep(due - loop.time())
        tasks.append(asyncio.create_task(one(due, request)))
    await asyncio.gather(*tasks)
    span = loop.time() - start
    while not free.empty():
        free.get_nowait()[1].close()
    return Measured.of(took, span, failed)


async def _answered(connection, request: bytes) -> bool:
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or 0))
    return head.startswith(b"HTTP/1.1 200 ")
