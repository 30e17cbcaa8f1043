"""Everything said besides a matter: greeting, thanks, the other doors, a person."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from . import matter as matters
from . import texts
from .answers import find_answer, say_answer
from .form import FAILED_AT, FRESH, HEARD, NEXT, asked_already
from .listening import MATTER
from .proposal import command, entity, facts, intent, message_seq, named_case, notice, pieces, say, understanding

ENDED = [SlotSet(MATTER, None), SlotSet(NEXT, None), SlotSet(HEARD, None), SlotSet(FAILED_AT, None), *FRESH]
COMPLAINS = "anger_petition"
# Asking for a person says nothing about a matter.
WITHOUT_A_MATTER = ("explicit_human", "bot_failed", "ambiguous")


class Greet(Action):
    def name(self) -> str:
        return "action_greet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        if tracker.active_loop.get("name"):
            say(dispatcher, tracker, texts.HERE)
            return []
        opening = "" if facts(tracker).get("first_contact") else f"{notice(_office(tracker))}\n\n"
        say(dispatcher, tracker, opening + (texts.GREETING_BY_VOICE if facts(tracker).get("media") else texts.GREETING))
        return []


class SmallTalk(Action):
    def name(self) -> str:
        return "action_small_talk"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        text = texts.SMALL_TALK.get(intent(tracker) or "", texts.SMALL_TALK["chitchat"])
        if understanding(tracker).get("asks"):  # answered with whatever is said; what had been begun goes on
            begun = tracker.get_slot(HEARD) and not tracker.active_loop.get("name")
            text = texts.GO_ON if begun else ""
        say(dispatcher, tracker, text)
        return []


class Acknowledge(Action):
    """「好的」 with nothing to agree to; after days, what had been begun is gone, and that is said."""

    def name(self) -> str:
        return "action_acknowledge"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        say(dispatcher, tracker, texts.LOST if facts(tracker).get("left_open") else texts.ACKNOWLEDGED)
        return []


class Repeat(Action):
    """Says again what was said last; the desk has it word for word."""

    def name(self) -> str:
        return "action_repeat"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        if tracker.active_loop.get("name"):  # the form asks its question again by itself
            say(dispatcher, tracker, texts.HERE)
            return []
        command(dispatcher, "repeat_last")
        say(dispatcher, tracker, texts.LAST)
        return []


class OfflineOptions(Action):
    def name(self) -> str:
        return "action_offline_options"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        command(dispatcher, "offline_options")
        say(dispatcher, tracker, texts.offline(_office(tracker)))
        return []


class Cancel(Action):
    def name(self) -> str:
        return "action_cancel"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        begun = tracker.active_loop.get("name") or tracker.get_slot(MATTER) or tracker.get_slot(HEARD)
        say(dispatcher, tracker, texts.CANCELLED if begun else texts.NOTHING_TO_CANCEL)
        return ENDED


class Aside(Action):
    """A question in the middle of a report, answered from the approved knowledge or not at all. A matter told beside the
    question joins the report."""

    def name(self) -> str:
        return "action_aside"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        understood = understanding(tracker)
        if understood.get("subcategory") == matters.PROGRESS:
            command(dispatcher, "report_progress")
            say(dispatcher, tracker, texts.PROGRESS)
        elif understood.get("subcategory") == matters.SMALL_TALK:
            say(dispatcher, tracker, texts.SMALL_TALK["chitchat"])
        elif found := find_answer(understood):
            say_answer(dispatcher, tracker, found)
        else:
            say(dispatcher, tracker, texts.NO_ANSWER)
        matter = tracker.get_slot(MATTER)
        return [SlotSet(MATTER, matters.with_those_beside(matter, understood))] if matter else []


class HandOff(Action):
    """One step to a person: no reason asked, nobody kept."""

    def name(self) -> str:
        return "action_hand_off"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        trigger = entity(tracker, "trigger") or understanding(tracker).get("trigger") or "explicit_human"
        file_the_others(dispatcher, tracker)
        command(dispatcher, "hand_off", trigger=trigger, **_matter(tracker, trigger))
        return ENDED


class GiveUp(Action):
    """What was heard was called wrong twice: a person, with what there is."""

    def name(self) -> str:
        return "action_give_up"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        file_the_others(dispatcher, tracker)
        command(dispatcher, "hand_off", trigger="bot_failed", **begun_in(tracker))
        return ENDED


def file_the_others(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Of several matters that a form had heard, those that the call for a person does not name itself."""
    begun = tracker.get_slot(MATTER)
    for one in matters.commands(begun)[1:] if begun else []:
        command(dispatcher, "register_case", **one)


def begun_in(tracker: Tracker) -> dict:
    """What a form had collected goes along, so that nobody is asked twice."""
    begun, seq = tracker.get_slot(MATTER), message_seq(tracker)
    return matters.commands({**begun, "seqs": sorted({*begun["seqs"], seq})})[0] if begun else {}


def _matter(tracker: Tracker, trigger: str) -> dict:
    understood, text = understanding(tracker), tracker.latest_message.get("text") or ""
    if trigger == "cannot_operate" and (service := matters.service_in(text) or entity(tracker, "service")):
        return {**begun_in(tracker), "category": matters.HELP, "type": service}
    if trigger == COMPLAINS and (case := named_case(tracker)):
        return {**begun_in(tracker), "about": case["number"]}
    begun, code = begun_in(tracker), understood.get("subcategory")
    if begun and (trigger in WITHOUT_A_MATTER or not code):
        return begun
    if not code or trigger in WITHOUT_A_MATTER:
        return {}
    # Another matter than the one begun: it is filed as what it is, with the words of both.
    words = {"message_seqs": begun["message_seqs"]} if begun else {}
    place = matters.place_in(understood, text, pieces(tracker)) or begun.get("place")
    told = {"category": code, "type": understood.get("type"), "urgent": bool(understood.get("urgent")), "place": place}
    return {**words, **told}


class NotUnderstood(Action):
    """One apology and one more try; the second time in a row a person takes over."""

    def name(self) -> str:
        return "action_not_understood"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        if asked_already(tracker):
            file_the_others(dispatcher, tracker)
            command(dispatcher, "hand_off", trigger="bot_failed", **begun_in(tracker))
            return ENDED
        say(dispatcher, tracker, texts.DENIED if intent(tracker) == "deny" else texts.UNCLEAR_ONCE)
        return [SlotSet(FAILED_AT, message_seq(tracker))]


def _office(tracker: Tracker) -> dict:
    return facts(tracker).get("office") or {}
