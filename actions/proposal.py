"""Tracker in, proposal out: reading what was understood, saying a text, asking the desk for a command."""

from __future__ import annotations

import itertools
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

Button = dict[str, str]


def button(title: str, payload: str) -> Button:
    return {"title": title, "payload": payload}


PERSON = button("转人工", '/needs_person{"trigger":"explicit_human"}')
OFFLINE = button("电话与线下", "/offline_options")
AGENT = button("代办上门", '/needs_person{"trigger":"cannot_operate","service":"代办"}')
DOORS = [PERSON, OFFLINE, AGENT]  # the other ways, under whatever is said: one tap, or the word


def understanding(tracker: Tracker) -> dict[str, Any]:
    return tracker.latest_message.get("understanding") or {}


def intent(tracker: Tracker) -> str | None:
    return (tracker.latest_message.get("intent") or {}).get("name")


def facts(tracker: Tracker) -> dict[str, Any]:
    """What the desk told about this turn (handoff.service.facts lists it)."""
    return tracker.latest_message.get("metadata") or {}


def named_case(tracker: Tracker) -> dict[str, Any] | None:
    """The resident's own case that these words name by its number."""
    number = facts(tracker).get("case_number")
    return next((case for case in facts(tracker).get("open_cases") or [] if case["number"] == number), None)


def message_seq(tracker: Tracker) -> int:
    return int(facts(tracker).get("message_seq") or 0)


def pieces(tracker: Tracker) -> list[dict[str, int]]:
    """Where each part of what was read stands: `text[start:end]` is message `seq` from its character `at` on."""
    told = understanding(tracker).get("pieces") or facts(tracker).get("pieces")
    text = tracker.latest_message.get("text") or ""
    return told or [{"seq": message_seq(tracker), "start": 0, "end": len(text), "at": 0}]


def entity(tracker: Tracker, name: str) -> str | None:
    """What a pressed button says: its category, trigger or service."""
    found = (e.get("value") for e in tracker.latest_message.get("entities") or [] if e.get("entity") == name)
    return next(found, None)


def resident_seqs(tracker: Tracker) -> list[int]:
    """The numbers of the resident's messages that the bot has read, oldest first, with the present one."""
    said = [event for event in tracker.events if event.get("event") == "user"]
    return [int((event.get("metadata") or {}).get("message_seq") or 0) for event in said]


def said_before(tracker: Tracker) -> int:
    """The number of the message before the present one, 0 when this is the first."""
    seqs = resident_seqs(tracker)
    return seqs[-2] if len(seqs) > 1 else 0


def say(dispatcher: CollectingDispatcher, tracker: Tracker, text: str, buttons: list[Button] | None = None) -> None:
    """Says a text, with the other ways beside it. The first answer to anybody begins with the notice."""
    told = facts(tracker)
    first = not any(m.get("text") for m in dispatcher.messages) and not _said_already(tracker)
    if first and understanding(tracker).get("asks") == "anonymity":
        text = "\n".join(filter(None, (ANONYMOUS, text)))
    if first and PRIVATE & set(told.get("personal") or []):
        text = f"{NO_NUMBERS}\n{text}"
    if first and told.get("first_contact"):
        text = f"{notice(told.get('office') or {})}\n\n{text}"
    own = buttons or []
    dispatcher.utter_message(text=text, buttons=[*own, *(door for door in DOORS if door not in own)])


def _said_already(tracker: Tracker) -> bool:
    """Whether an earlier action has answered the present message, and another goes on."""
    since = list(itertools.takewhile(lambda event: event.get("event") != "user", reversed(tracker.events)))
    return any(event.get("event") == "bot" and event.get("text") for event in since)


PRIVATE = {"id_card", "bank_card", "passport"}
# True of every case: handoff/domain/sight.py says who sees what, and each look at it is in the audit log.
ANONYMOUS = (
    "您放心，不留名字也能登记。\n您说的只给办事的工作人员看，谁看过都有记录。\n举报的事另外密封，被举报的人看不到。"
)
NO_NUMBERS = "证件号、卡号不用发，我这里已经遮住了。"


def notice(office: dict[str, Any]) -> str:
    """This is a bot, and there are three doors."""
    return (
        f"您好，我是{office.get('name', '居民服务')}的机器人，不是真人。\n"
        "有三条路，您随便选：\n"
        "・跟我说，我来登记。\n"
        "・找工作人员，说“转人工”。\n"
        f"・打 {office.get('phone', '12345')}，或到{office.get('counter', '服务窗口')}当面说。\n"
        "身份证号、银行卡号、验证码都不用发。"
    )


def command(dispatcher: CollectingDispatcher, name: str, /, **details: Any) -> None:
    """Asks the desk to do `name` (handoff.service.commands lists what it accepts)."""
    dispatcher.utter_message(json_message={"command": name, **details})
