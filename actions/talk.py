"""Everything said besides a matter: greeting, thanks, progress, the other doors, a person."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from . import matter as matters
from . import texts
from .proposal import command, facts, intent, notice, say, understanding
from .report import CONFIRMED, FAILURES, MATTER, NEXT, PLACE

ENDED = [SlotSet(MATTER, None), SlotSet(NEXT, None), SlotSet(PLACE, None), SlotSet(CONFIRMED, None)]
# Said about an earlier case; only a person may close, reopen or withdraw one.
ABOUT_A_CASE = ("confirm_solved", "not_solved", "withdraw_case")


class Greet(Action):
    def name(self) -> str:
        return "action_greet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        opening = "" if facts(tracker).get("first_contact") else f"{notice(_office(tracker))}\n\n"
        say(dispatcher, tracker, opening + texts.GREETING, texts.DOORS)
        return []


class SmallTalk(Action):
    def name(self) -> str:
        return "action_small_talk"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        say(dispatcher, tracker, texts.SMALL_TALK.get(intent(tracker) or "", texts.SMALL_TALK["chitchat"]), texts.DOORS)
        return []


class Unreadable(Action):
    """A picture, or a voice message nobody transcribed."""

    def name(self) -> str:
        return "action_unreadable"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        say(dispatcher, tracker, texts.VOICE if intent(tracker) == "voice_unheard" else texts.PICTURE, texts.DOORS)
        return []


class Repeat(Action):
    """Says again what was said last, word for word."""

    def name(self) -> str:
        return "action_repeat"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        said = [e["text"] for e in tracker.events if e.get("event") == "bot" and e.get("text")]
        say(dispatcher, tracker, said[-1] if said else texts.GREETING, texts.DOORS)
        return []


class OfflineOptions(Action):
    def name(self) -> str:
        return "action_offline_options"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        command(dispatcher, "offline_options")
        say(dispatcher, tracker, texts.offline(_office(tracker)), [texts.PERSON])
        return []


class ReportProgress(Action):
    def name(self) -> str:
        return "action_report_progress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        command(dispatcher, "report_progress")
        say(dispatcher, tracker, texts.PROGRESS, texts.DOORS)
        return []


class WhoHandles(Action):
    def name(self) -> str:
        return "action_who_handles"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        command(dispatcher, "who_handles")
        say(dispatcher, tracker, texts.OWNER, texts.DOORS)
        return []


class Cancel(Action):
    def name(self) -> str:
        return "action_cancel"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        say(dispatcher, tracker, texts.CANCELLED, texts.DOORS)
        return [*ENDED, SlotSet(FAILURES, 0)]


class HandOff(Action):
    """One step to a person: no reason asked, nobody kept."""

    def name(self) -> str:
        return "action_hand_off"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        understood, begun = understanding(tracker), tracker.get_slot(MATTER)
        command(dispatcher, "hand_off", trigger=_trigger(tracker), **_matter(understood, begun))
        return [*ENDED, SlotSet(FAILURES, 0)]


def _trigger(tracker: Tracker) -> str:
    pressed = next(
        (e["value"] for e in tracker.latest_message.get("entities") or [] if e.get("entity") == "trigger"), None
    )
    if pressed:
        return pressed
    if intent(tracker) in ABOUT_A_CASE:
        return "boundary"
    return understanding(tracker).get("trigger") or "explicit_human"


def _matter(understood: dict, begun: matters.Matter | None) -> dict:
    """What a form had collected goes along, so that nobody is asked twice."""
    if begun:
        return matters.commands(begun)[0]
    code = understood.get("subcategory")
    if not code or understood.get("trigger") in ("explicit_human", "bot_failed", "ambiguous"):
        return {}
    return {"category": code, "type": understood.get("type"), "urgent": bool(understood.get("urgent"))}


class NotUnderstood(Action):
    """One apology and one more try; the second time in a row a person takes over."""

    def name(self) -> str:
        return "action_not_understood"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        if (tracker.get_slot(FAILURES) or 0) >= 1:
            begun = tracker.get_slot(MATTER)
            details = matters.commands(begun)[0] if begun else {}
            command(dispatcher, "hand_off", trigger="bot_failed", **details)
            return [*ENDED, SlotSet(FAILURES, 0)]
        say(dispatcher, tracker, texts.UNCLEAR_ONCE, texts.DOORS)
        return [SlotSet(FAILURES, 1)]


def _office(tracker: Tracker) -> dict:
    return facts(tracker).get("office") or {}
