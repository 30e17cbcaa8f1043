"""A real HTTP server in the platforms' place: it grants tokens, takes messages, and can err, stall and repeat."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

HANG, LOST = "hang", "lost"
KF_SENDS = ("/cgi-bin/kf/send_msg", "/cgi-bin/kf/send_msg_on_event")
REPEATED_ID = 95999  # no page names the real code: any that our table does not know


@dataclass(frozen=True)
class Heard:
    """One API call as the platform saw it."""

    path: str
    query: Mapping[str, str]
    body: Any


class Stub:
    """`script(path, …)` queues answers: an errcode, a JSON body, a ready response, HANG, or LOST. Else all is well.

    As the platform does, it refuses an id that it has taken; what hangs or is lost was taken, only the answer never comes.
    """

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.mailbox: Any = None
        self.page = 1000
        self.granted = 0
        self.taken: set[str] = set()
        self.refuses_repeats = True
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
        if answer in (HANG, LOST):
            self._take(body)
        if answer == LOST:
            answer = web.Response(status=504)
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
        if path in KF_SENDS and not self._take(body):
            return {"errcode": REPEATED_ID, "errmsg": "msgid exists"}
        return {"errcode": 0, "errmsg": "ok"}

    def _take(self, body: Any) -> bool:
        """Whether the id of a message is a new one."""
        known, name = len(self.taken), (body or {}).get("msgid")
        self.taken |= {name} if name else set()
        return name is None or len(self.taken) > known or not self.refuses_repeats
