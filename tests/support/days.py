"""A month at a made-up desk: residents, bot, caseworkers and their cases, written through the desk's own services."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.boundary.screen import screen
from bot.channels.message import Inbound
from handoff.domain.models import OUTCOMES
from handoff.service import accounts, attempts, cases, intake, ownership, replies, sending, turns
from handoff.service.office import Office

from .scripted_bot import ScriptedBot, understand

PASSWORD = "password-0000"
PEOPLE = {"王芳": "caseworker", "李强": "caseworker", "陈主任": "supervisor", "管理员": "admin", "审计员": "auditor"}
MATTERS = (
    "{}3号楼的路灯坏了三天了", "{}2号楼电梯三天两头坏，物业不管", "{}门口的垃圾一周没人清，味道很大",
    "{}旁边工地夜里十一点还在打桩，噪声太大", "{}门口停车太乱，建议划线", "{}5号楼楼道路灯不亮，老人摔了一跤",
)  # fmt: skip
ANSWERING = frozenset({("simulator", "o99morning1")})  # whose request is open when the bot answers
ESTATES = ("幸福小区", "和平里小区", "向阳小区", "花园路小区")


@dataclass
class Days:
    """Plays the residents and the staff; `now` is when things happen."""

    tx: object
    office: Office
    now: datetime
    bot: ScriptedBot
    serial: int = 0

    def says(self, sender: str, text: str, account: str = "web", channel: str = "web") -> int:
        """A resident's message with the bot's turn after it; returns the conversation."""
        self.serial += 1
        opens = "unlimited" if channel == "web" else "message"
        key = f"{sender}:{self.serial}"
        inbound = Inbound(account=account, key=key, sender=sender, kind="text", text=text, at=self.now, opens=opens)
        accepted = intake.accept(self.tx, self.office, inbound, channel, None, screen(text), self.now)
        self.now += timedelta(seconds=3)
        if accepted.bot_turn:
            self._turn(accepted.conversation_id)
        self.delivered(passive=True)
        return accepted.conversation_id

    def delivered(self, passive: bool = False) -> None:
        """What waits in the outbox goes out, in order; `passive` on the platform's own request, which costs no send."""
        while due := sending.take(self.tx, self.now, passive=ANSWERING if passive else frozenset()):
            for sendable in due:
                if passive:
                    attempts.sent_passively(self.tx, sendable.item, sendable.item.text)
                else:
                    attempts.sent(self.tx, sendable, None, self.now)

    def _turn(self, conversation: int) -> None:
        turn = turns.begin(self.tx, self.office, conversation, f"token-{self.serial}", self.now)
        asked = {"text": turn.text, "sender": turn.sender, "metadata": turn.facts}
        proposal = turns.Proposal(self.bot.answer(asked), understand(turn.text))
        turns.commit(self.tx, self.office, turn, proposal, self.now)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def user(self, name: str):
        return self.tx.people.get(name)

    def claim(self, conversation: int, name: str) -> None:
        ownership.claim(self.tx, self.office, self.user(name), conversation, self.now)

    def writes(self, conversation: int, name: str, text: str) -> None:
        replies.write(self.tx, self.user(name), conversation, text, None, self.now)

    def resolve(self, conversation: int, name: str, outcome: str, category: str | None = None) -> None:
        ownership.resolve(self.tx, self.user(name), conversation, outcome, category, self.now)


def staff(tx, now: datetime) -> None:
    for name, role in PEOPLE.items():
        accounts.create(tx, name, role, PASSWORD, now)


def month(tx, office: Office, now: datetime, seed: int = 7) -> None:
    """Thirty days up to yesterday: the same every time for the same `now`."""
    chance = random.Random(seed)
    day = Days(tx, office, now, ScriptedBot())
    for days_ago in range(30, 0, -1):
        for number in range(chance.randint(1, 4)):
            day.now = now - timedelta(days=days_ago, hours=chance.uniform(0, 7))
            _matter(day, chance, f"resident-{days_ago}-{number}")


def _matter(day: Days, chance: random.Random, sender: str) -> None:
    text = chance.choice(MATTERS).format(chance.choice(ESTATES))
    conversation = day.says(sender, text)
    day.says(sender, "对，就这样")
    if chance.random() < 0.3:
        _person(day, chance, sender, conversation)
    elif chance.random() < 0.6:
        _closed(day, chance, conversation)


def _person(day: Days, chance: random.Random, sender: str, conversation: int) -> None:
    day.says(sender, chance.choice(("转人工", "再不管我就去上访", "我闻到很浓的煤气味，头晕", "我是记者，想采访你们")))
    day.later(minutes=chance.choice((2, 4, 12, 45, 200)))
    name = chance.choice(("王芳", "李强"))
    day.claim(conversation, name)
    if chance.random() < 0.85:
        day.writes(conversation, name, "您好，我是社区工作人员，您说的情况我来核实，今天下班前给您回话。")
    day.later(hours=2)
    if chance.random() < 0.15:
        ownership.hand_back(day.tx, day.user(name), conversation, day.now, wrong=True)
    else:
        category = "C0105" if chance.random() < 0.25 else None
        day.resolve(conversation, name, chance.choice(list(OUTCOMES)), category)


def _closed(day: Days, chance: random.Random, conversation: int) -> None:
    found = cases.open_cases(day.tx, day.tx.conversations.get(conversation))
    day.later(hours=chance.uniform(5, 60))
    for case in found:
        cases.record_event(day.tx, case.number, "王芳", "pass", "", {"unit": "幸福街道城管科"}, day.now)
        outcome = chance.choice(("solved", "solved", "solved", "done_unconfirmed", "explained", "passed_on"))
        if outcome == "solved":
            day.tx.cases.add_event(case.number, day.now, "resident", "resident_confirms", "修好了")
        cases.record_event(day.tx, case.number, "王芳", "close", "", {"outcome": outcome}, day.now)


def this_morning(tx, office: Office, now: datetime) -> Iterator[int]:
    """Conversations as a caseworker finds them; the life-and-safety one last. Yields each conversation's id."""
    day = Days(tx, office, now - timedelta(minutes=28), ScriptedBot(), serial=10_000)
    held = day.says("o99morning1", "幸福小区3号楼的路灯坏了三天了，晚上老人出门害怕", "simulator", "wechat")
    day.says("o99morning1", "对，就这样", "simulator", "wechat")
    day.later(minutes=3)
    day.says("o99morning1", "转人工", "simulator", "wechat")
    day.later(minutes=4)
    day.claim(held, "王芳")
    day.delivered()
    day.writes(held, "王芳", "您好，我是幸福社区的王芳。3号楼路灯我已经报给市政，今天下午去修。")
    day.delivered()
    replies.note(tx, day.user("王芳"), held, "市政老赵说备件到了，下午三点到现场。", day.now)
    day.later(minutes=2)
    day.says("o99morning1", "好的谢谢，修好了能告诉我一声吗", "simulator", "wechat")
    yield held
    day.later(minutes=5)
    angry = day.says("web-morning-2", "和平里小区2号楼电梯又坏了，报了八回没人管，再不管我就去上访")
    yield angry
    day.later(minutes=4)
    asks = day.says("web-morning-3", "向阳小区门口的垃圾一周没人清")
    day.says("web-morning-3", "转人工")
    yield asks
    day.now = now - timedelta(minutes=2)
    yield day.says("web-morning-4", "我不想活了，药都准备好了")
