"""One account of a platform whose place a stub takes, on a real ledger, with a clock that only tests move."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import ClientSession

from bot.channels.message import Inbound
from bot.channels.registry import KINDS, build_accounts
from handoff.domain.clock import FixedClock
from handoff.domain.models import Conversation, Message
from handoff.domain.sight import Sight
from handoff.service import accounts, calling, delivery, ownership, sending
from handoff.service.arrivals import Arrival, accept_all
from handoff.service.office import Office
from handoff.store.ledger import Ledger, make_engine
from handoff.store.migrate import migrate
from handoff.store.vault import Vault
from handoff.workers.channels import Account, LedgerTokenStore
from handoff.workers.outbox import OutboxSender
from handoff.workers.passive import PassiveReplies
from tests.contract.conftest import ACCOUNTS
from tests.contract.stub import Stub

SECRET = "a secret of tests only"
EVERYTHING = Sight("", None, True)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=timezone.utc)  # Monday, ten o'clock in China

SENDS = ("/cgi-bin/message/custom/send", "/cgi-bin/kf/send_msg", "/cgi-bin/kf/send_msg_on_event")


@dataclass
class Street:
    """`stub` is the platform; `sender` sends when told to, never by itself."""

    stub: Stub
    ledger: Ledger
    account: Account
    sender: OutboxSender
    clock: FixedClock
    office: Office = field(default_factory=Office)
    resident: str = "resident-99"
    heard: int = 0
    id: int = 1  # the conversation of `resident`

    async def writes(self, text: str = "路灯坏了", opens: str = "message", **fields: Any) -> Conversation:
        """The resident writes."""
        self.heard += 1
        values = {"kind": "text", "text": text, "opens": opens, **fields}
        inbound = Inbound(self.name, f"in-{self.heard}", self.resident, at=self.clock.now(), **values)
        return await self.happens(inbound)

    async def happens(self, inbound: Inbound) -> Conversation:
        now = self.clock.now()
        arrival = Arrival(self.office, inbound, self.account.kind, None, None, now)
        accepted = await self.ledger.write_together(accept_all, arrival)
        self.id = accepted.conversation_id
        return await self.conversation()

    @property
    def name(self) -> str:
        return self.account.channel.name

    async def conversation(self) -> Conversation:
        return await self.ledger.read(lambda tx: tx.conversations.get(self.id))

    async def say(self, text: str, author: str = "bot", **more: Any) -> int:
        """The bot, the desk or a person says something; it waits to be sent."""
        current = await self.conversation()
        values = {"fence": current.version if author == "bot" else None, **more}
        return await self.ledger.write(delivery.say, current, text, self.clock.now(), author=author, **values)

    async def send(self, seconds: float = 0) -> None:
        """Sends what is due after `seconds`, and what becomes due at once by that."""
        self.passes(seconds=seconds)
        for _ in range(50):
            await self.sender.send_due()
            if not self.sender._tasks:
                return
            await asyncio.gather(*self.sender._tasks)
        raise AssertionError("the outbox never comes to rest")

    async def dies_over_it(self) -> None:
        """A desk takes what is due and is gone before anybody knows what became of it."""
        assert await self.ledger.write(sending.take, self.clock.now())
        self.passes(seconds=sending.LEASE.total_seconds() + 1)

    async def is_handed_over(self) -> None:
        now, current = self.clock.now(), await self.conversation()
        details = {"trigger": "bot_unavailable", "priority": "P1", "reason_seq": current.last_seq}
        await self.ledger.write(calling.request_person, self.office, current, now, **details)

    def passes(self, **span: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(**span))

    async def claim(self, name: str = "wang") -> None:
        user = await self.ledger.read(lambda tx: tx.people.get(name))
        if user is None:
            user = await self.ledger.write(accounts.create, name, "caseworker", "only-for-tests", self.clock.now())
        await self.ledger.write(ownership.claim, self.office, user, self.id, self.clock.now())

    async def message(self, seq: int) -> Message:
        return await self.ledger.read(lambda tx: tx.messages.get(self.id, seq))

    async def tasks(self) -> list[tuple[str, str]]:
        """(kind, text) of what is waiting for a person."""
        return [(t["kind"], t["text"]) for t in await self.ledger.read(lambda tx: tx.records.open_tasks(EVERYTHING))]

    def sent(self, path: str | None = None) -> list[dict[str, Any]]:
        """What the platform was asked to deliver."""
        return [call.body for call in self.stub.heard if call.path in ((path,) if path else SENDS)]

    def said(self) -> list[str]:
        """The words of it."""
        return [(one.get("text") or {}).get("content") or one["msgmenu"]["head_content"] for one in self.sent()]


def open_ledger(database: str) -> Ledger:
    engine = make_engine(database)
    migrate(engine)
    engine.dispose()
    return Ledger(database, Vault(SECRET))


def street(
    kind: str,
    stub: Stub,
    session: ClientSession,
    ledger: Ledger,
    clock: FixedClock,
    office: Office | None = None,
    **settings: str,
) -> Street:
    entry = {"name": "street", "kind": kind, **ACCOUNTS[kind], **settings}
    env = {KINDS[kind].base_setting: stub.url} if KINDS[kind].base_setting else {}
    channel = build_accounts([entry], env, clock.now)["street"]
    account = Account(channel, session, LedgerTokenStore(ledger, clock))
    reminding = frozenset({"street"} if account.reminds else ())
    sender = OutboxSender(ledger, {"street": account}.get, PassiveReplies(), clock, reminding)
    return Street(stub, ledger, account, sender, clock, office or Office())
