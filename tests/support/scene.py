"""A ledger, an office and a day that stands still: residents and staff act through the desk's own services."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.boundary.screen import screen
from bot.channels.message import Inbound
from handoff.domain.calendar import CHINA
from handoff.domain.models import Conversation, Message, User
from handoff.service import accounts, intake, ownership, queue, replies, turns
from handoff.service.office import Office
from handoff.store.ledger import Ledger
from handoff.store.schema import conversations, identities, residents

from .scripted_bot import ScriptedBot, hand_off, understand

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)
PASSWORD = "only-for-tests"


class Scene:
    def __init__(self, ledger: Ledger, now: datetime = MONDAY, **rules: Any) -> None:
        self.ledger, self.now, self.office = ledger, now, replace(Office(), **rules)
        self.bot, self._serial = ScriptedBot(), 0

    def do(self, work, *args: Any, **kwargs: Any) -> Any:
        return self.ledger.write_now(work, *args, **kwargs)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def user(self, name: str, role: str = "caseworker", area: str | None = None, *skills: str, **more: Any) -> User:
        return self.do(accounts.create, name, role, PASSWORD, self.now, area, skills, **more)

    def says(self, sender: str, text: str, account: str = "web", channel: str = "web", **data: str) -> int:
        """A resident's message with the bot's turn after it, if the bot is to read it; returns the conversation."""
        self._serial += 1
        key, opens = f"{sender}:{self._serial}", "unlimited" if channel == "web" else "message"
        inbound = Inbound(account, key, sender, "text", text, self.now, data, opens=opens)
        accepted = self.do(intake.accept, self.office, inbound, channel, None, screen(text), self.now)
        if accepted.bot_turn:
            turn = self.do(turns.begin, self.office, accepted.conversation_id, key, self.now)
            if turn is not None:
                asked = {"text": turn.text, "sender": turn.sender, "metadata": turn.facts}
                proposal = turns.Proposal(self.bot.answer(asked), understand(turn.text))
                self.do(turns.commit, self.office, turn, proposal, self.now)
        return accepted.conversation_id

    def lives(self, sender: str, area: str) -> int:
        """A resident of `area` who has said hello."""
        conversation = self.says(sender, "你好")
        self.do(lambda tx: tx.conversations.set(conversation, area=area))
        return conversation

    def waits(self, sender: str, trigger: str = "explicit_human", text: str = "我要说一件事", **data: str) -> int:
        """A resident whom the bot hands over for `trigger`."""
        turn = self._turn(sender, text, **data)
        self.do(turns.commit, self.office, turn, turns.Proposal([hand_off(trigger)]), self.now)
        return turn.before.id

    def crowd(self, count: int, **values: Any) -> None:
        """Many residents who wait, one as the other: written at once, because only their number matters."""
        first, waiting = 10_000 + self._serial, {"owner": "queue", "priority": "P2", "skills": [], "understanding": {}}
        self._serial += count
        made = [{"id": first + n} for n in range(count)]
        who = {"account": "web", "channel": "web"}
        waiting |= {"waiting_since": self.now, "opened_at": self.now, **values}

        def write(tx) -> None:
            tx.connection.execute(insert(residents).values(created_at=self.now), made)
            named = [{**one, "resident_id": one["id"], "external_id": f"crowd-{one['id']}"} for one in made]
            tx.connection.execute(insert(identities).values(**who), named)
            tx.connection.execute(insert(conversations), [{**one, "identity_id": one["id"], **waiting} for one in made])

        self.do(write)

    def unanswered(self, sender: str, text: str) -> int:
        """A resident whose message the bot does not answer."""
        turn = self._turn(sender, text)
        self.do(turns.fail, self.office, turn, self.now)
        return turn.before.id

    def _turn(self, sender: str, text: str, **data: str) -> turns.Turn:
        self._serial += 1
        key = f"{sender}:{self._serial}"
        inbound = Inbound("web", key, sender, "text", text, self.now, data, opens="unlimited")
        accepted = self.do(intake.accept, self.office, inbound, "web", None, None, self.now)
        return self.do(turns.begin, self.office, accepted.conversation_id, key, self.now)

    def widens(self) -> list[int]:
        """As the clockwork does it; the conversations that opened further."""
        found = self.ledger.read_now(queue.narrow, self.office, self.now)
        return [one for one in found if self.do(queue.widen, self.office, one, self.now)]

    def pages_again(self) -> list[int]:
        """As the clockwork does it; the conversations for which somebody is called once more."""
        found = self.ledger.read_now(queue.unanswered, self.now)
        return [one for one in found if self.do(queue.page_again, one, self.now)]

    def claim(self, user: User, conversation: int) -> None:
        self.do(ownership.claim, self.office, user, conversation, self.now)

    def writes(self, user: User, conversation: int, text: str = "您好") -> None:
        self.do(replies.write, user, conversation, text, None, self.now)

    def conversation(self, conversation: int) -> Conversation:
        return self.ledger.read_now(lambda tx: tx.conversations.get(conversation))

    def messages(self, conversation: int) -> list[Message]:
        return self.ledger.read_now(lambda tx: tx.messages.after(conversation, 0))

    def told(self, conversation: int) -> list[str]:
        """What reached the resident, in order."""
        said = [m for m in self.messages(conversation) if m.sender != "resident" and m.state in ("sent", "queued")]
        return [m.text for m in said]

    def audited(self, **filters: Any) -> list[dict[str, Any]]:
        return self.ledger.read_now(lambda tx: tx.people.audited(200, **filters))
