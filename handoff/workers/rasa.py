"""The desk's only way to the bot: one request a turn, one proposal back."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from ..service.turns import Proposal, Turn

TIMEOUT = ClientTimeout(total=20, connect=2)
READY_TIMEOUT = ClientTimeout(total=2)
LONGEST_ANSWER = 256 * 1024


class RasaAway(Exception):
    """No proposal: not reachable, too slow, or not one of ours. Carries no words of the resident."""


class Rasa:
    def __init__(self, session: ClientSession, url: str, token: str) -> None:
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def propose(self, turn: Turn) -> Proposal:
        body = {"sender": turn.sender, "text": turn.text, "metadata": turn.facts}
        try:
            async with self._session.post(
                f"{self._url}/webhooks/desk/turn", json=body, headers=self._headers, timeout=TIMEOUT
            ) as response:
                if response.status != 200:
                    raise RasaAway(f"status {response.status}")
                return proposal(await response.json())
        except (ClientError, TimeoutError, ValueError) as error:
            raise RasaAway(type(error).__name__) from error

    async def ready(self) -> bool:
        return await self._answers(f"{self._url}/webhooks/desk/")

    async def _answers(self, url: str) -> bool:
        try:
            async with self._session.get(url, headers=self._headers, timeout=READY_TIMEOUT) as response:
                return response.status == 200
        except (ClientError, TimeoutError):
            return False

    async def actions_ready(self, actions_url: str) -> bool:
        return await self._answers(f"{actions_url}/health")


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
