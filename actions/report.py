"""Reporting a matter: consider the boundary, ask what is missing, repeat, register."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.boundary.taxonomy import taxonomy

from . import matter as matters
from . import texts
from .answers import find_answer, say_answer
from .proposal import button, chosen_category, command, intent, message_seq, say, understanding

QUESTIONS = 2  # at most, for what is missing
GIVES_DETAIL = ("report", "inform", "correct", "chitchat", "choose_category", "not_solved")
MATTER, PLACE, CONFIRMED, NEXT, FAILURES = "matter", "place", "confirmed", "next_step", "failures"
FRESH = [SlotSet(PLACE, None), SlotSet(CONFIRMED, None)]


class Consider(Action):
    """Decides by the boundary: answer, register, ask which of two, or hand over."""

    def name(self) -> str:
        return "action_consider"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        understood, seq = understanding(tracker), message_seq(tracker)
        chosen = chosen_category(tracker)
        before = tracker.get_slot(MATTER)
        if chosen and before:
            return self._register({**before, "subcategory": chosen, "seqs": [*before["seqs"], seq]})
        matter = matters.from_understanding(understood, seq)
        disposition = understood.get("disposition")
        if matter["subcategory"] == matters.UNKNOWN or understood.get("doubt") == "low":
            return self._unclear(dispatcher, tracker, matter)
        if disposition == "hand_off":
            return self._hand_off(dispatcher, matter, "boundary")
        if disposition == "answer":
            return self._answer(dispatcher, tracker, matter)
        if understood.get("doubt") == "close":
            return self._which(dispatcher, tracker, understood, matter)
        return self._register(matter)

    def _register(self, matter: matters.Matter) -> list[EventType]:
        return [SlotSet(NEXT, "register"), SlotSet(MATTER, matter), SlotSet(FAILURES, 0), *FRESH]

    def _hand_off(self, dispatcher: CollectingDispatcher, matter: matters.Matter, trigger: str) -> list[EventType]:
        first = matters.commands(matter)[0]
        command(dispatcher, "hand_off", trigger=trigger, **first)
        return [SlotSet(NEXT, "said"), SlotSet(MATTER, None), SlotSet(FAILURES, 0), *FRESH]

    def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        if matter["subcategory"] == "C1604":
            command(dispatcher, "report_progress")
            say(dispatcher, tracker, texts.PROGRESS, texts.DOORS)
        elif matter["subcategory"] == "C9902":
            say(dispatcher, tracker, texts.SMALL_TALK["chitchat"], texts.DOORS)
        elif found := find_answer(understanding(tracker)):
            say_answer(dispatcher, tracker, found)
        else:  # not in the approved knowledge, out of date, or not sure: never a guess
            return self._hand_off(dispatcher, matter, "boundary")
        return [SlotSet(NEXT, "said"), SlotSet(MATTER, None), SlotSet(FAILURES, 0), *FRESH]

    def _which(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, understood: dict[str, Any], matter: matters.Matter
    ) -> list[EventType]:
        """Two close readings: one question with both as buttons."""
        choices = [
            button(taxonomy().name(code), f'/choose_category{{"category":"{code}"}}')
            for code, _ in (understood.get("candidates") or [])[:2]
        ]
        if len(choices) < 2:
            return self._register(matter)
        say(dispatcher, tracker, texts.NOT_SURE_WHICH, [*choices, texts.NEITHER])
        return [SlotSet(NEXT, "said"), SlotSet(MATTER, matter), *FRESH]

    def _unclear(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        """One question; the second time a person asks."""
        if (tracker.get_slot(FAILURES) or 0) >= 1:
            return self._hand_off(dispatcher, matter, "bot_failed")
        say(dispatcher, tracker, texts.ASK_WHAT, texts.DOORS)
        return [SlotSet(NEXT, "said"), SlotSet(MATTER, None), SlotSet(FAILURES, 1), *FRESH]


class ValidateReport(FormValidationAction):
    """Fills place and confirmation from the resident's words; what is none of both is left to the rules."""

    def name(self) -> str:
        return "validate_report_form"

    def extract_place(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> dict[str, Any]:
        matter = tracker.get_slot(MATTER) or {}
        if tracker.get_slot(PLACE) is not None or not matter:
            return {}
        if matter["place"]:
            return {PLACE: matter["place"]}
        if not matters.needs_place(matter) or matter["asked"] >= QUESTIONS:
            return {PLACE: matters.PLACE_NOT_TOLD}
        if tracker.get_slot("requested_slot") != PLACE:
            return {}
        return self._answered_where(tracker, matter)

    def _answered_where(self, tracker: Tracker, matter: matters.Matter) -> dict[str, Any]:
        act, seq = intent(tracker), message_seq(tracker)
        if act == "deny":
            return {PLACE: matters.PLACE_NOT_TOLD}
        if act not in GIVES_DETAIL:
            return {}
        text = tracker.latest_message.get("text") or ""
        found = matters.place_in(understanding(tracker), seq) or matters.whole_text_as_place(text, seq)
        return {PLACE: found, MATTER: {**matter, "place": found, "seqs": [*matter["seqs"], seq]}}

    def extract_confirmed(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> dict[str, Any]:
        matter = tracker.get_slot(MATTER) or {}
        if tracker.get_slot("requested_slot") != CONFIRMED or not matter:
            return {}
        act = intent(tracker)
        if act in ("affirm", "confirm_solved", "thanks"):
            return {CONFIRMED: True}
        if act == "deny":
            return {MATTER: {**matter, "asked": matter["asked"] + 1, "change": True}, CONFIRMED: None}
        if act in ("correct", "report", "inform", "choose_category"):
            fixed = matters.corrected(matter, _correction(tracker), message_seq(tracker))
            return {MATTER: {**fixed, "change": False}, PLACE: fixed["place"] or matters.PLACE_NOT_TOLD}
        return {}


def _correction(tracker: Tracker) -> dict[str, Any]:
    understood = understanding(tracker)
    chosen = chosen_category(tracker)
    if chosen:
        return {**understood, "subcategory": chosen}
    # A bare detail ("是5号楼") sets the place right, not the category.
    return {**understood, "about_category": intent(tracker) != "inform"}


class AskPlace(Action):
    def name(self) -> str:
        return "action_ask_report_form_place"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        matter = tracker.get_slot(MATTER) or {}
        say(dispatcher, tracker, texts.ASK_PLACE, texts.DOORS)
        return [SlotSet(MATTER, {**matter, "asked": matter.get("asked", 0) + 1})]


class AskConfirmed(Action):
    def name(self) -> str:
        return "action_ask_report_form_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        matter = tracker.get_slot(MATTER) or {}
        if matter.get("change"):
            say(dispatcher, tracker, texts.CHANGE, texts.DOORS)
            return []
        place = matter.get("place") or {}
        if place.get("told"):  # the dialogue saw it masked: the desk fills in the resident's own words
            command(dispatcher, "repeat_place", place=place)
        text = texts.confirmation([matter], matters.names(matter), "{place}" if place.get("told") else None)
        if matter["urgent"]:
            text = f"{texts.URGENT}\n{text}"
        say(dispatcher, tracker, text, [texts.RIGHT, texts.WRONG, texts.PERSON])
        return []


class RegisterCase(Action):
    def name(self) -> str:
        return "action_register_case"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        made = matters.commands(tracker.get_slot(MATTER))
        for details in made:
            command(dispatcher, "register_case", **details)
        say(dispatcher, tracker, texts.REGISTERED if len(made) == 1 else texts.REGISTERED_SEVERAL, texts.DOORS)
        return [SlotSet(MATTER, None), SlotSet(NEXT, None), SlotSet(FAILURES, 0), *FRESH]
