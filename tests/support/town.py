"""A town in front of the desk: residents on four channels, the platforms that carry their words, and what came of it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientError, ClientSession, web
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.channels.platform import Callback, platform_for
from bot.channels.registry import build_accounts
from tests.contract.stub import REPEATED_ID

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNTS = [
    {"name": "oa", "kind": "wechat", "app_id": "wx9900000000000002", "token": "town", "app_secret": "0" * 32,
     "encoding_aes_key": AES_KEY, "mode": "secure"},
    {"name": "mini", "kind": "miniprogram", "app_id": "wx9900000000000001", "token": "town", "app_secret": "0" * 32,
     "encoding_aes_key": AES_KEY, "mode": "secure"},
    {"name": "kf", "kind": "wecom_kf", "corp_id": "ww9900000000000001", "secret": "0" * 32, "token": "town",
     "encoding_aes_key": AES_KEY, "open_kfid": "wk99000001"},
    {"name": "web", "kind": "web"},
]  # fmt: skip
PATHS = {"oa": "/channels/wechat/oa", "mini": "/channels/miniprogram/mini", "kf": "/channels/wecom-kf/kf"}
RETRY = 0.1  # seconds; the platforms wait longer
REFUSED = 0  # the connection itself


@dataclass(frozen=True)
class Sent:
    at: float  # of the event loop's clock, when it arrived
    to: str
    text: str
    key: str  # the platform's key against repeats, where it has one


class Platform:
    """Both platforms' API on one server. `before` may wait or answer in its place before a text is taken, `after` once it
    was. A key that was taken is refused from then on; what came with it again is in `repeated`.
    """

    def __init__(self, mailbox: Any) -> None:
        self.sent: list[Sent] = []
        self.repeated: list[Sent] = []
        self.arrived = asyncio.Condition()
        self.before: Callable[[], Awaitable[web.Response | None]] | None = None
        self.after: Callable[[], Awaitable[web.Response | None]] | None = None
        self._mailbox = mailbox

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        if request.path in ("/cgi-bin/stable_token", "/cgi-bin/gettoken"):
            return web.json_response({"errcode": 0, "access_token": "token", "expires_in": 7200})
        body = await request.json()
        if request.path == "/cgi-bin/kf/sync_msg":
            return web.json_response(self._mailbox.sync(body))
        if not request.path.endswith(("/custom/send", "/kf/send_msg")):
            return web.json_response({"errcode": 0, "errmsg": "ok"})
        refusal = await self.before() if self.before else None
        if refusal is not None:
            return refusal
        words = (body.get("text") or {}).get("content") or body["msgmenu"]["head_content"]
        return await self._take(Sent(asyncio.get_running_loop().time(), body["touser"], words, body.get("msgid", "")))

    async def _take(self, one: Sent) -> web.Response:
        if one.key and one.key in {other.key for other in self.sent}:
            self.repeated.append(one)
            return web.json_response({"errcode": REPEATED_ID, "errmsg": "msgid exists"})
        async with self.arrived:
            self.sent.append(one)
            self.arrived.notify_all()
        spoilt = await self.after() if self.after else None
        return spoilt or web.json_response({"errcode": 0, "errmsg": "ok", "msgid": one.key})

    def texts(self, to: str) -> list[str]:
        return [sent.text for sent in self.sent if sent.to == to]

    async def until(self, found: Callable[[], Any], within: float = 60) -> None:
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(found), within)


class Town:
    """`said` is what each resident was told is taken, in order; `answered` are the texts that came with the answers to
    callbacks, each under the key of the message it answers.
    """

    def __init__(self, http: ClientSession) -> None:
        self._http = http
        channels = build_accounts(ACCOUNTS, {})
        self.sides = {name: platform_for(channels[name]) for name in PATHS}
        self.platform = Platform(self.sides["kf"])
        self.said: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.answered: list[Sent] = []
        self.statuses: list[int] = []

    @staticmethod
    def write_accounts(folder: Path) -> None:
        (folder / "channels.yml").write_text(yaml.safe_dump(ACCOUNTS), encoding="utf-8")

    async def deliver(self, base: str, account: str, callback: Callback) -> int:
        """One attempt of the platform; the status, or `REFUSED` when nobody answered."""
        try:
            async with self._http.post(base + PATHS[account], params=callback.query, data=callback.body) as answer:
                body = await answer.text()
                status = answer.status
            if status == 200:
                self._hears(account, callback, body)
        except ClientError:
            status = REFUSED
        self.statuses.append(status)
        return status

    def _hears(self, account: str, callback: Callback, body: str) -> None:
        at = asyncio.get_running_loop().time()
        reply = self.sides[account].read_reply(body)
        if reply is not None:
            key = str(callback.fields["MsgId"])
            self.answered.append(Sent(at, reply["ToUserName"], reply["Content"], key))

    async def says(self, bases: list[str], account: str, sender: str, words: str) -> None:
        """A resident's message, delivered again and again until a desk takes it, as the platforms do."""
        side = self.sides[account]
        callback = side.text(sender, words)
        for attempt in range(600):
            if await self.deliver(bases[attempt % len(bases)], account, callback) == 200:
                self.said[account, sender].append(words)
                return
            await asyncio.sleep(RETRY)
            callback = side.again(callback)
        raise AssertionError("no desk takes messages any more")

    @property
    def taken(self) -> int:
        """How many messages a desk has acknowledged."""
        return sum(map(len, self.said.values()))

    def stored(self, engine: Engine) -> dict[tuple[str, str], list[str]]:
        """What the ledger has of each resident, in order of the sequence."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for account, sender, words in rows(engine, RESIDENTS_WORDS):
            found[account, sender].append(words)
        return found


RESIDENTS_WORDS = """
SELECT i.account, i.external_id, m.text FROM messages m
JOIN conversations c ON c.id = m.conversation_id JOIN identities i ON i.id = c.identity_id
WHERE m.sender = 'resident' ORDER BY m.conversation_id, m.seq
"""
# Nothing half-written: a delivery without its message, a message without its delivery, a text without its outbox row.
HALF_WRITTEN = """
SELECT 'delivery', d.conversation_id, d.seq FROM inbound d
LEFT JOIN messages m ON m.conversation_id = d.conversation_id AND m.seq = d.seq WHERE m.seq IS NULL
UNION ALL
SELECT 'message', m.conversation_id, m.seq FROM messages m
LEFT JOIN inbound d ON d.conversation_id = m.conversation_id AND d.seq = m.seq
WHERE m.sender = 'resident' AND d.seq IS NULL
UNION ALL
SELECT 'sequence', c.id, c.last_seq FROM conversations c
WHERE c.last_seq <> (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)
UNION ALL
SELECT 'outbox', m.conversation_id, m.seq FROM messages m
JOIN conversations c ON c.id = m.conversation_id JOIN identities i ON i.id = c.identity_id
LEFT JOIN outbox o ON o.conversation_id = m.conversation_id AND o.seq = m.seq
WHERE m.state IN ('queued', 'sending', 'sent', 'failed') AND i.account <> 'web' AND o.id IS NULL
"""
UNDER_WAY = """
SELECT (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending'))
     + (SELECT count(*) FROM conversations WHERE owner = 'bot' AND resident_seq > handled_seq)
"""


def rows(engine: Engine, statement: str) -> list[tuple]:
    with engine.connect() as connection, connection.begin():
        return [tuple(row) for row in connection.execute(text(statement))]


async def until(condition: Callable[[], Any], within: float = 90, every: float = 0.02) -> None:
    """Until `condition()` holds; for what only other processes know, which cannot wake us."""

    async def watch() -> None:
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(every)

    await asyncio.wait_for(watch(), within)


async def until_all_is_done(engine: Engine) -> None:
    """Until every message had its turn and every text has left."""
    await until(lambda: rows(engine, UNDER_WAY) == [(0,)], every=0.2)
