"""The desk's only way to the bot: one request a turn, one proposal back; or one message to be read, and nothing said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout, StreamReader

from ..service.turns import Proposal, Turn

# Of a turn, however many workers it takes: less than its lease. A worker that is gone refuses at once; a desk that is held
# up itself for some seconds must not take that for an absent bot.
TIMEOUT = ClientTimeout(total=20, connect=8)
READY_TIMEOUT = ClientTimeout(total=2)
LONGEST_ANSWER = 256 * 1024  # bytes
REST = 5.0  # seconds in which a worker that did not answer is asked last


class RasaAway(Exception):
    """No proposal: not reachable, too slow, or not one of ours. Carries no words of the resident."""


class Rasa:
    """Several workers are one bot: they share their memory of the dialogues (docs/scaling.md), so any may answer."""

    def __init__(self, session: ClientSession, urls: Sequence[str], token: str) -> None:
        self._session = session
        self._busy = dict.fromkeys(urls, 0)
        self._rests_until = dict.fromkeys(urls, 0.0)
        self._headers = {"Authorization": f"Bearer {token}"}

    async def propose(self, turn: Turn) -> Proposal:
        """Raises `RasaAway`."""
        body = {"sender": turn.sender, "text": turn.text, "metadata": turn.facts}
        return proposal(await self._ask("turn", body))

    async def read(self, text: str) -> dict[str, Any]:
        """What is understood of a masked text by itself. Raises `RasaAway`."""
        answer = await self._ask("read", {"text": text})
        understanding = answer.get("understanding") if isinstance(answer, dict) else None
        if not isinstance(understanding, dict):
            raise RasaAway("malformed reading")
        return understanding

    async def _ask(self, what: str, body: dict[str, Any]) -> Any:
        """Asks the least busy worker, and the next one where the connection fails. A worker that broke off may have noted
        the words already: then the dialogue has them twice, which is better than no answer. Raises `RasaAway`."""
        try:
            return await asyncio.wait_for(self._ask_in_order(what, body), TIMEOUT.total)
        except asyncio.TimeoutError as error:
            raise RasaAway("TimeoutError") from error

    async def _ask_in_order(self, what: str, body: dict[str, Any]) -> Any:
        away: Exception | None = None
        for url in self._in_order():
            try:
                return await self._ask_one(url, what, body)
            except ClientConnectionError as error:
                self._rests_until[url] = asyncio.get_running_loop().time() + REST
                away = error
            except (ClientError, asyncio.TimeoutError, ValueError) as error:
                raise RasaAway(type(error).__name__) from error
        raise RasaAway(type(away).__name__) from away

    def _in_order(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        return sorted(self._busy, key=lambda url: (self._rests_until[url] > now, self._busy[url]))

    async def _ask_one(self, url: str, what: str, body: dict[str, Any]) -> Any:
        address = f"{url}/webhooks/desk/{what}"
        self._busy[url] += 1
        try:
            async with self._session.post(address, json=body, headers=self._headers, timeout=TIMEOUT) as response:
                if response.status != 200:
                    raise RasaAway(f"status {response.status}")
                return json.loads(await _whole(response.content))
        finally:
            self._busy[url] -= 1

    async def ready(self) -> list[dict[str, Any]]:
        """What the workers that are ready say of themselves: `{"understanding": "whole" | "wording" | "answerless"}` each."""
        answers = await asyncio.gather(*(self._answer(f"{url}/webhooks/desk/") for url in self._busy))
        return [answer for answer in answers if answer is not None]

    async def actions_ready(self, actions_url: str) -> bool:
        return await self._answer(f"{actions_url}/health") is not None

    async def _answer(self, url: str) -> dict[str, Any] | None:
        """The JSON of a process that says it is well, or None."""
        try:
            async with self._session.get(url, headers=self._headers, timeout=READY_TIMEOUT) as response:
                said = await response.json() if response.status == 200 else None
                return said if isinstance(said, dict) else None
        except (ClientError, asyncio.TimeoutError, ValueError):
            return None


async def _whole(content: StreamReader) -> bytes:
    read = bytearray()
    async for chunk in content.iter_any():
        read += chunk
        if len(read) > LONGEST_ANSWER:
            raise RasaAway("answer too long")
    return bytes(read)


def proposal(answer: Any) -> Proposal:
    """Checks the shape of what came back. An answer with nothing in it is a failure: silence is not an answer."""
    items = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise RasaAway("empty or malformed proposal")
    for item in items:
        if not isinstance(item.get("text") or item.get("command"), str):
            raise RasaAway("malformed item")
    understanding = answer.get("understanding")
    return Proposal(items, understanding if isinstance(understanding, dict) else {})
