"""What to do with a matter: the boundary decides between an answer, the form, one question, and a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.boundary.taxonomy import taxonomy

from . import matter as matters
from . import texts
from .answers import find_answer, say_answer
from .boundary import file, for_a_person
from .form import FAILED_AT, FRESH, HEARD, NEXT, REGISTERED
from .listening import MATTER
from .proposal import (
    button,
    command,
    entity,
    facts,
    intent,
    message_seq,
    pieces,
    resident_seqs,
    say,
    understanding,
)

MOST_FRAGMENTS = 2  # open questions asked of somebody who speaks in pieces; of anybody else, one
SHORT = 8  # characters: a piece of something rather than the whole of it
WORTH_NAMING = 0.15  # a candidate less likely than this is no choice to offer
SOON = 3  # messages after a registration in which a loose fact belongs to it
ORDINALS = ("一1头前上左首", "二2后下右")


def said(*more: EventType) -> list[EventType]:
    """Everything about this message is said; nothing of it stays open except what `more` sets."""
    ended = [SlotSet(name, None) for name in (MATTER, HEARD, FAILED_AT)]
    return [SlotSet(NEXT, "said"), *ended, *FRESH, *more]


class Consider(Action):
    def name(self) -> str:
        return "action_consider"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        before = tracker.get_slot(MATTER)
        if chosen := _chosen(tracker, before):
            told = matters.with_words(before, pieces(tracker))
            return self._register(dispatcher, {**told, "subcategory": chosen}, tracker)
        if intent(tracker) in ("inform", "correct") and _just_registered(tracker):
            return self._add(dispatcher, tracker)
        number = _own_number(tracker)
        if number and understanding(tracker).get("subcategory") == matters.PROGRESS:
            return self._progress(dispatcher, tracker)
        if number:
            return self._add(dispatcher, tracker, number)
        heard = tracker.get_slot(HEARD) or []
        text = tracker.latest_message.get("text") or ""  # with the fragments before it, where they were read together
        matter = matters.from_understanding(understanding(tracker), text, pieces(tracker), asked=len(heard))
        matter["first_text"] = text
        return self._decide(dispatcher, tracker, matter)

    def _decide(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        understood = understanding(tracker)
        disposition, doubt = understood.get("disposition"), understood.get("doubt")
        if matter["type"] == "表扬" and matter["subcategory"] != matters.SMALL_TALK:
            return self._praise(dispatcher, matter, tracker)
        # What is told like a matter and is none (阿巴阿巴) was not understood; kind words were.
        nothing = (matters.UNKNOWN,) if matter["type"] == "表扬" else (matters.UNKNOWN, matters.SMALL_TALK)
        if matter["subcategory"] in nothing or doubt == "low" or intent(tracker) == "inform":
            return self._unclear(dispatcher, tracker, matter)
        if disposition == "hand_off":
            return self._hand_off(dispatcher, tracker, matter, "boundary")
        if disposition == "answer":
            return self._answer(dispatcher, tracker, matter)
        if doubt == "close":
            return self._which(dispatcher, tracker, matter)
        known = matters.known_case(matter, facts(tracker).get("open_cases") or [])
        if known and known.get("complaints", 1) > 1:  # the third time: no question, a person
            return self._complains_again(dispatcher, matter, known)
        return self._register(dispatcher, matter, tracker)

    def _register(self, dispatcher: CollectingDispatcher, matter: matters.Matter, tracker: Tracker) -> list[EventType]:
        every = matters.commands(matter)
        if for_a_person(every):
            file(dispatcher, every)
            return said()
        ended = [SlotSet(HEARD, None), SlotSet(FAILED_AT, None)]
        return [SlotSet(NEXT, "register"), SlotSet(MATTER, {**matter, "choices": []}), *ended, *FRESH]

    def _praise(self, dispatcher: CollectingDispatcher, matter: matters.Matter, tracker: Tracker) -> list[EventType]:
        known = matter["subcategory"] != matters.UNKNOWN
        return self._register(
            dispatcher, {**matter, "subcategory": matter["subcategory"] if known else matters.PRAISE}, tracker
        )

    def _hand_off(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter, trigger: str
    ) -> list[EventType]:
        details = matters.commands(matter)[0]
        service = matters.service_in(tracker.latest_message.get("text") or "")
        if matter["subcategory"] == matters.HELP and service:
            trigger, details = "cannot_operate", {**details, "type": service}
        command(dispatcher, "hand_off", trigger=trigger, **details)
        return said()

    def _complains_again(
        self, dispatcher: CollectingDispatcher, matter: matters.Matter, case: dict[str, Any]
    ) -> list[EventType]:
        words = {"about": case["number"], "message_seqs": matter["seqs"]}
        command(dispatcher, "hand_off", trigger="anger_petition", **words)
        return said()

    def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        if matter["subcategory"] == matters.PROGRESS:
            return self._progress(dispatcher, tracker)
        if matter["subcategory"] == matters.SMALL_TALK:
            say(dispatcher, tracker, texts.SMALL_TALK["chitchat"])
        elif found := find_answer(understanding(tracker)):
            say_answer(dispatcher, tracker, found)
        else:  # not in the approved knowledge, out of date, or not sure: never a guess
            return self._hand_off(dispatcher, tracker, matter, "boundary")
        return said()

    def _progress(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        command(dispatcher, "report_progress")
        say(dispatcher, tracker, texts.PROGRESS)
        return said()

    def _which(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        """Two readings: one question with both as buttons, then a person."""
        heard = tracker.get_slot(HEARD) or []
        candidates = understanding(tracker).get("candidates") or []
        codes = [code for code, chance in candidates[:2] if chance >= WORTH_NAMING and code != matters.UNKNOWN]
        if heard:
            return self._hand_off(dispatcher, tracker, matter, "ambiguous")
        if len(codes) < 2:
            return self._ask_what(dispatcher, tracker, matter, heard)
        offered = [button(taxonomy().name(code), f'/choose_category{{"category":"{code}"}}') for code in codes]
        say(dispatcher, tracker, texts.NOT_SURE_WHICH, [*offered, texts.NEITHER])
        asked = {**matter, "asked": matter["asked"] + 1, "choices": codes}
        return said(SlotSet(MATTER, asked), SlotSet(HEARD, [_fragment(tracker)]))

    def _unclear(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        """One question; who speaks in pieces is asked once more, if the pieces say anything; then a person asks."""
        heard = tracker.get_slot(HEARD) or []
        piece = intent(tracker) == "inform" or len(tracker.latest_message.get("text") or "") <= SHORT
        told = piece and bool(understanding(tracker).get("spans"))
        if len(heard) >= (MOST_FRAGMENTS if told else 1):
            return self._hand_off(dispatcher, tracker, matter, "ambiguous")
        return self._ask_what(dispatcher, tracker, matter, heard) if piece else self._which(dispatcher, tracker, matter)

    def _ask_what(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter, heard: list[dict[str, Any]]
    ) -> list[EventType]:
        say(dispatcher, tracker, texts.ASK_WHAT_THERE if matter["place"] else texts.ASK_WHAT)
        return said(SlotSet(HEARD, [*heard, _fragment(tracker)]))

    def _add(self, dispatcher: CollectingDispatcher, tracker: Tracker, number: str | None = None) -> list[EventType]:
        """A loose fact right after a registration, or words beside a case's number: more about that case."""
        seqs = [piece["seq"] for piece in pieces(tracker)]
        named = {"number": number} if number else {}
        command(dispatcher, "add_to_case", message_seqs=seqs, **named)
        say(dispatcher, tracker, texts.ADDED)
        return said(SlotSet(REGISTERED, message_seq(tracker)))


def _fragment(tracker: Tracker) -> dict[str, Any]:
    """The present message alone, as it will be read together with the next."""
    own = [piece for piece in pieces(tracker) if piece["seq"] not in _earlier(tracker)]
    text = tracker.latest_message.get("text") or ""
    start, end = (own[0]["start"], own[-1]["end"]) if own else (0, len(text))
    parts = [{**piece, "start": piece["start"] - start, "end": piece["end"] - start} for piece in own]
    return {"text": text[start:end], "pieces": parts}


def _earlier(tracker: Tracker) -> set[int]:
    return {piece["seq"] for part in tracker.get_slot(HEARD) or [] for piece in part["pieces"]}


def _chosen(tracker: Tracker, before: matters.Matter | None) -> str | None:
    """The category chosen by button, or by saying which of the two that were offered."""
    if not before or not before.get("choices"):
        return None
    if pressed := entity(tracker, "category"):
        return pressed
    if intent(tracker) != "choose_category":
        return None
    text = tracker.latest_message.get("text") or ""
    found = (code for code, marks in zip(before["choices"], ORDINALS, strict=False) if set(marks) & set(text))
    return next(found, None)


def _own_number(tracker: Tracker) -> str | None:
    """The number of the resident's own open case that these words name."""
    number = facts(tracker).get("case_number")
    own = [case["number"] for case in facts(tracker).get("open_cases") or [] if case.get("status") != "closed"]
    return number if number in own else None


def _just_registered(tracker: Tracker) -> bool:
    registered = tracker.get_slot(REGISTERED)
    return bool(registered) and registered in resident_seqs(tracker)[-SOON:]
