"""Tracker in, proposal out: reading what was understood, saying a text, asking the desk for a command."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

Button = dict[str, str]


def understanding(tracker: Tracker) -> dict[str, Any]:
    return tracker.latest_message.get("understanding") or {}


def intent(tracker: Tracker) -> str | None:
    return (tracker.latest_message.get("intent") or {}).get("name")


def facts(tracker: Tracker) -> dict[str, Any]:
    """What the desk told about this turn: `message_seq`, `office`, `open_cases`, `first_contact`."""
    return tracker.latest_message.get("metadata") or {}


def message_seq(tracker: Tracker) -> int:
    return int(facts(tracker).get("message_seq") or 0)


def chosen_category(tracker: Tracker) -> str | None:
    """The category behind a pressed button."""
    for entity in tracker.latest_message.get("entities") or []:
        if entity.get("entity") == "category":
            return entity.get("value")
    return None


def say(dispatcher: CollectingDispatcher, tracker: Tracker, text: str, buttons: list[Button] | None = None) -> None:
    """Says a text. The first answer to anybody begins with the notice: this is a bot, and here are the three doors."""
    office = facts(tracker).get("office") or {}
    first = facts(tracker).get("first_contact") and not any(m.get("text") for m in dispatcher.messages)
    if first:
        text = f"{notice(office)}\n\n{text}"
    dispatcher.utter_message(text=text, buttons=buttons or [])


def notice(office: dict[str, Any]) -> str:
    return (
        f"您好，我是{office.get('name', '居民服务')}的机器人，不是真人。\n"
        "您可以直接跟我说事；也可以随时说“转人工”，\n"
        f"或拨打 {office.get('phone', '12345')}、到{office.get('counter', '服务窗口')}当面说。\n"
        "请不要发身份证号、银行卡号和验证码。"
    )


def command(dispatcher: CollectingDispatcher, name: str, **details: Any) -> None:
    """Asks the desk to do `name` (handoff.service.commands lists what it accepts)."""
    dispatcher.utter_message(json_message={"command": name, **details})


def button(title: str, payload: str) -> Button:
    return {"title": title, "payload": payload}
