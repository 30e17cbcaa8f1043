"""The form of a report: asks what is missing, repeats what was heard, registers."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.boundary.taxonomy import taxonomy

from . import about_case, listening, texts
from . import matter as matters
from .boundary import file
from .heard import Answer
from .listening import ANOTHER, CONFIRMED, MATTER, PLACE, SAME
from .proposal import (
    command,
    entity,
    facts,
    intent,
    message_seq,
    pieces,
    resident_seqs,
    said_before,
    say,
    understanding,
)

NEXT, FAILED_AT, HEARD, REGISTERED = "next_step", "failed_at", "heard", "registered_at"
SOON = 3  # messages after a registration in which a loose fact, or a photo, belongs to it
LEAVES = ("needs_person", "cancel", "withdraw_case", "confirm_solved")
FRESH = [SlotSet(SAME, None), SlotSet(PLACE, None), SlotSet(CONFIRMED, None)]
LISTENERS = {SAME: listening.about_same, PLACE: listening.about_place, CONFIRMED: listening.about_confirmed}


def asked_already(tracker: Tracker) -> bool:
    """Whether what was said last was already a question what is meant: another one is asked by a person."""
    failed = tracker.get_slot(FAILED_AT)
    return bool(tracker.get_slot(HEARD)) or bool(failed and failed == said_before(tracker))


def just_registered(tracker: Tracker) -> bool:
    registered = tracker.get_slot(REGISTERED)
    return bool(registered) and registered in resident_seqs(tracker)[-SOON:]


def answer_of(tracker: Tracker) -> Answer:
    text = tracker.latest_message.get("text") or ""
    cases = facts(tracker).get("open_cases") or []
    return Answer(intent(tracker), text, understanding(tracker), pieces(tracker), entity(tracker, "category"), cases)


class ValidateReport(FormValidationAction):
    """Fills the form from the resident's words; what is none for it is left to the rules."""

    def name(self) -> str:
        return "validate_report_form"

    def extract_matter(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> dict[str, Any]:
        matter = tracker.get_slot(MATTER)
        if not matter:
            return {}
        if about_case.is_meant(tracker):
            if intent(tracker) in about_case.SAYS:  # 「解决了」, as the desk had asked: the report goes on
                about_case.tell_staff(dispatcher, tracker)
                return {MATTER: matter}
            if intent(tracker) == "not_solved":  # the rules call a person
                return {}
        if intent(tracker) in LEAVES:  # a wish for a person, or to stop, is never an answer to a question
            return {}
        answer, listener = answer_of(tracker), LISTENERS.get(tracker.get_slot("requested_slot"))
        heard = listener(matter, answer) if listener else {}
        if listener and not heard:
            return {}
        slots = {name: heard.get(name, tracker.get_slot(name)) for name in (MATTER, SAME, PLACE, CONFIRMED)}
        return {MATTER: slots[MATTER], **listening.automatic(slots[MATTER], slots, answer.cases), **heard}


def asked(matter: matters.Matter) -> SlotSet:
    return SlotSet(MATTER, {**matter, "asked": matter["asked"] + 1})


class AskSameCase(Action):
    def name(self) -> str:
        return "action_ask_report_form_same_case"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        matter = tracker.get_slot(MATTER)
        case = matters.known_case(matter, facts(tracker).get("open_cases") or []) or {"number": "", "state": ""}
        text = texts.same_case(case, taxonomy().name(matter["subcategory"]))
        say(dispatcher, tracker, text, [texts.SAME, texts.OTHER])
        return [asked(matter)]


class AskPlace(Action):
    def name(self) -> str:
        return "action_ask_report_form_place"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        matter = tracker.get_slot(MATTER)
        say(dispatcher, tracker, texts.ASK_PLACE_AGAIN if matter.get("asked_place") else texts.ASK_PLACE)
        return [SlotSet(MATTER, {**matter, "asked": matter["asked"] + 1, "asked_place": True})]


class AskConfirmed(Action):
    def name(self) -> str:
        return "action_ask_report_form_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        matter = tracker.get_slot(MATTER)
        if matter.get("change"):
            say(dispatcher, tracker, texts.CHANGE)
            return []
        named = []
        for number, place in enumerate(matters.told_places(matter), 1):
            if place:  # the dialogue saw it masked: the desk fills in the resident's own words
                command(dispatcher, "repeat_place", place=place, name=f"place_{number}")
            named.append(f"{{place_{number}}}" if place else None)
        lines = [texts.URGENT if matter["urgent"] else "", texts.AGAIN if matter.get("again") else ""]
        lines.append(texts.confirmation(matters.names(matter), matter["type"], named))
        say(dispatcher, tracker, "\n".join(filter(None, lines)), [texts.RIGHT, texts.WRONG])
        return []


class RegisterCase(Action):
    """A new case for every matter, or more words for the one that is there already."""

    def name(self) -> str:
        return "action_register_case"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        matter, same = tracker.get_slot(MATTER), tracker.get_slot(SAME)
        if same not in (None, ANOTHER):
            command(dispatcher, "add_to_case", number=same, message_seqs=matter["seqs"], again=True)
            say(dispatcher, tracker, texts.JOINED)
        else:
            every = matters.commands(matter)
            if file(dispatcher, every):  # a correction can turn a lamp into what only people decide
                say(dispatcher, tracker, texts.registered(matter["type"], len(every) > 1))
        ended = [SlotSet(name, None) for name in (MATTER, NEXT, HEARD, FAILED_AT)]
        return [*ended, *FRESH, SlotSet(REGISTERED, message_seq(tracker))]
