"""A bot that says what the script says: the desk's protocol for a turn, without a language model behind it.

The real dialogue is tested elsewhere; here the desk and its pages are, on answers that are known beforehand.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.lifetime import end_with_parents

Items = list[dict[str, Any]]
PERSON = {"title": "转人工", "payload": '/needs_person{"trigger":"explicit_human"}'}
OFFLINE = {"title": "电话与线下", "payload": "/offline_options"}
RIGHT = {"title": "对，就这样", "payload": "/affirm"}
WRONG = {"title": "不对，我来改", "payload": "/deny"}


@dataclass(frozen=True)
class Matter:
    """A thing the bot recognises: in `text` when `word` is there."""

    word: str
    category: str
    name: str
    type: str
    others: tuple[tuple[str, float], ...] = ()


MATTERS = (
    Matter("路灯", "C0406", "路灯照明", "求助", (("C0402", 0.08), ("C0105", 0.03))),
    Matter("电梯", "C0103", "电梯运行与维保", "投诉", (("C0101", 0.17), ("C0105", 0.09))),
    Matter("垃圾", "C0301", "生活垃圾清运与分类", "投诉", (("C0302", 0.21), ("C0101", 0.1))),
    Matter("噪声", "C0303", "施工与生活噪声", "投诉", (("C0304", 0.05), ("C0806", 0.04))),
    Matter("停车", "C0501", "停车管理", "建议", (("C0504", 0.12), ("C0101", 0.07))),
)


# What calls a person though no rule knows it, by the words that say it here.
CALLS = (
    ("先走一步", "self_harm"),
    ("上访", "anger_petition"),
    ("断粮", "hardship"),
    ("收了钱", "corruption"),
    ("找律师", "legal_eligibility"),
)


@dataclass
class ScriptedBot:
    """`turns` are the requests it got, oldest first; `told` is the matter each sender last spoke of,
    `understanding` what it says it reads by. `reads` are the texts it was to read alone: answered while `reading` is set,
    with `status`."""

    turns: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, tuple[Matter, int, dict | None]] = field(default_factory=dict)
    understanding: str = "whole"
    reads: list[str] = field(default_factory=list)
    status: int = 200
    asked: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    reading: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.reading.set()

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/webhooks/desk/", self._ready)
        app.router.add_get("/health", self._ready)
        app.router.add_post("/webhooks/desk/turn", self._turn)
        app.router.add_post("/webhooks/desk/read", self._read)
        return app

    async def _ready(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "understanding": self.understanding})

    async def _turn(self, request: web.Request) -> web.Response:
        turn = await request.json()
        self.turns.append(turn)
        understanding = understand(turn["text"])
        return web.json_response({"items": self.answer(turn), "understanding": understanding})

    async def _read(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        self.reads.append(text)
        self.asked.release()
        await self.reading.wait()
        return web.json_response({"understanding": understand_alone(text)}, status=self.status)

    def answer(self, turn: dict[str, Any]) -> Items:
        text, office = turn["text"], turn["metadata"]["office"]
        said: tuple[tuple[Callable[[str], bool], Callable[[], Items]], ...] = (
            (lambda t: t.startswith("/needs_person") or "转人工" in t, lambda: [hand_off("explicit_human")]),
            (lambda t: "采访" in t, lambda: [hand_off("media")]),
            (lambda t: "气死" in t or "上访" in t, lambda: [hand_off("anger_petition", "C0103", "投诉")]),
            (lambda t: t.startswith("/affirm"), lambda: self._register(turn)),
            (
                lambda t: t.startswith("/offline_options"),
                lambda: [say(f"电话：{office['phone']}。\n{office['hours']}")],
            ),
            (lambda t: "进度" in t, lambda: [{"command": "report_progress"}, say("{progress}")]),
            (lambda t: matter_in(t) is not None, lambda: self._confirm(turn)),
        )
        for matches, items in said:
            if matches(text):
                return items()
        return [say("请说说是什么事、在哪里，或说“转人工”。", PERSON, OFFLINE)]

    def _confirm(self, turn: dict[str, Any]) -> Items:
        matter, place = matter_in(turn["text"]), place_in(turn["text"])
        self.told[turn["sender"]] = matter, turn["metadata"]["message_seq"], place
        where, repeat = "没有说", []
        if place:
            where = "{place}"
            repeat = [{"command": "repeat_place", "place": {"seq": turn["metadata"]["message_seq"], **place}}]
        heard = f"我记的是：{matter.name}（{matter.type}）\n地点：{where}\n对吗？不对就直接说。"
        return [*repeat, say(heard, RIGHT, WRONG)]

    def _register(self, turn: dict[str, Any]) -> Items:
        if turn["sender"] not in self.told:
            return [say("好的。")]
        matter, seq, place = self.told[turn["sender"]]
        command = {"command": "register_case", "category": matter.category, "type": matter.type, "message_seqs": [seq]}
        if place:
            command["place"] = {"seq": seq, **place}
        done = "登记好了，编号 {case_number}。\n会有人核实办理，{due}前答复您。\n想知道进度，说“查进度”就行。"
        return [command, say(done)]


def say(text: str, *buttons: dict[str, str]) -> dict[str, Any]:
    return {"text": text, "buttons": list(buttons)}


def hand_off(trigger: str, category: str | None = None, kind: str | None = None) -> dict[str, Any]:
    return {"command": "hand_off", "trigger": trigger, "category": category, "type": kind}


def matter_in(text: str) -> Matter | None:
    return next((matter for matter in MATTERS if matter.word in text), None)


def place_in(text: str) -> dict[str, Any] | None:
    """From the estate's name to the building's number."""
    for end_word in ("号楼", "小区", "路口"):
        end = text.find(end_word)
        if end >= 0:
            start = max(text.rfind(mark, 0, end) for mark in "，。：我们") + 1
            return {"start": start, "end": end + len(end_word), "text": text[start : end + len(end_word)]}
    return None


def understand(text: str) -> dict[str, Any]:
    matter = matter_in(text)
    if matter is None:
        return {}
    return {
        "subcategory": matter.category,
        "confidence": 0.86,
        "candidates": [[matter.category, 0.86], *map(list, matter.others)],
        "type": matter.type,
        "urgent": False,
        "place": place_in(text),
        "why": {"phrases": [matter.word], "rule": f"{matter.category} {matter.type} → register", "nearest": []},
    }


def understand_alone(text: str) -> dict[str, Any]:
    trigger = next((trigger for words, trigger in CALLS if words in text), None)
    confidence = 0.9 if trigger and "好像" not in text else 0.2
    return {**understand(text), "place": place_in(text), "trigger": trigger, "trigger_confidence": confidence}


async def start(bot: ScriptedBot) -> TestServer:
    """Serves `bot` on a free port of this machine; close it with `await server.close()`."""
    server = TestServer(bot.application())
    await server.start_server()
    return server


def main(port: str) -> None:
    """The bot as a process of its own, so that it can be killed: `python -m tests.support.scripted_bot PORT`."""
    end_with_parents(os.environ)
    web.run_app(ScriptedBot().application(), host="127.0.0.1", port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main(sys.argv[1])
