"""A real HTTP server in the platforms' place: it grants tokens, takes messages, and can err, stall and repeat."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

HANG = "hang"


@dataclass(frozen=True)
class Heard:
    """One API call as the platform saw it."""

    path: str
    query: Mapping[str, str]
    body: Any


class Stub:
    """`script(path, …)` queues answers: an errcode, a JSON body, a ready response, or HANG. Else all is well."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.mailbox: Any = None
        self.page = 1000
        self.granted = 0
        self.url = ""
        self._scripts: dict[str, deque[Any]] = defaultdict(deque)
        self._over = asyncio.Event()

    def script(self, path: str, *answers: Any) -> None:
        self._scripts[path].extend(answers)

    def calls(self, path: str) -> list[Heard]:
        return [heard for heard in self.heard if heard.path == path]

    def release(self) -> None:
        """End every stalled request."""
        self._over.set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.heard.append(Heard(request.path, dict(request.query), body))
        script = self._scripts[request.path]
        answer = script.popleft() if script else self._normal(request.path, body)
        if answer == HANG:
            await self._over.wait()
            answer = {"errcode": 0}
        if isinstance(answer, int):
            answer = {"errcode": answer, "errmsg": "refused by the stub"}
        return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)

    def _normal(self, path: str, body: Any) -> dict[str, Any]:
        if path in ("/cgi-bin/stable_token", "/cgi-bin/gettoken"):
            # As the platform does: a normal request repeats the token, only a forced one makes another.
            if self.granted == 0 or (body or {}).get("force_refresh"):
                self.granted += 1
            return {"access_token": f"token-{self.granted}", "expires_in": 7200}
        if path == "/cgi-bin/kf/sync_msg":
            return self.mailbox.sync(body, self.page)
        return {"errcode": 0, "errmsg": "ok"}
