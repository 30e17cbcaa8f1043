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


def say(dispatcher: CollectingDispatcher, text: str, buttons: list[Button] | None = None) -> None:
    dispatcher.utter_message(text=text, buttons=buttons or [])


def command(dispatcher: CollectingDispatcher, name: str, **details: Any) -> None:
    """Asks the desk to do `name` (handoff.service.commands lists what it accepts)."""
    dispatcher.utter_message(json_message={"command": name, **details})


def button(title: str, payload: str) -> Button:
    return {"title": title, "payload": payload}
