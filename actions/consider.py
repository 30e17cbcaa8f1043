"""What to do with a matter: the boundary decides between an answer, the form, one question, and a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.boundary.knowledge import Entry
from bot.boundary.taxonomy import taxonomy

from . import correcting, doubt, texts
from . import matter as matters
from .answers import in_force, say_answer
from .boundary import for_a_person, hand_over, may_be_answered
from .form import FAILED_AT, FRESH, HEARD, NEXT, REGISTERED, answer_of, asked_already, just_registered
from .listening import MATTER
from .proposal import (
    button,
    command,
    facts,
    intent,
    message_seq,
    named_case,
    pieces,
    say,
    understanding,
)


def said(*more: EventType) -> list[EventType]:
    """Everything about this message is said; nothing of it stays open except what `more` sets."""
    ended = [SlotSet(name, None) for name in (MATTER, HEARD, FAILED_AT)]
    return [SlotSet(NEXT, "said"), *ended, *FRESH, *more]


class Consider(Action):
    def name(self) -> str:
        return "action_consider"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        before = tracker.get_slot(MATTER)
        if code := doubt.chosen(tracker, before):
            told = matters.with_words(before, pieces(tracker))
            return self._settle(dispatcher, tracker, matters.chosen(told, code))
        case = named_case(tracker)
        if changes := _set_right(tracker, case):
            return self._correct(dispatcher, tracker, changes)
        if case and case.get("status") != "closed":
            return self._about(dispatcher, tracker, case)
        if intent(tracker) in ("inform", "correct") and just_registered(tracker):
            return self._add(dispatcher, tracker)
        heard = tracker.get_slot(HEARD) or []
        text = tracker.latest_message.get("text") or ""  # with the fragments before it, where they were read together
        matter = matters.from_understanding(understanding(tracker), text, pieces(tracker), asked=len(heard))
        return self._decide(dispatcher, tracker, {**matter, "first_text": text})

    def _correct(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, changes: list[correcting.Change]
    ) -> list[EventType]:
        """A registered case set right; what only people may take up goes to them with what was said."""
        first, seqs = changes[0], [piece["seq"] for piece in pieces(tracker)]
        told = {"category": first.category, "type": first.case.get("type") or "其他", "message_seqs": seqs}
        if first.category and for_a_person([told]):
            command(dispatcher, "add_to_case", number=first.case["number"], message_seqs=seqs)
            hand_over(dispatcher, told, [told], trigger="boundary")
            return said()
        for one in changes:
            changed = {"place": one.place} if one.place else {"category": one.category}
            command(dispatcher, "correct_case", number=one.case["number"], message_seqs=seqs, **changed)
        say(dispatcher, tracker, texts.PLACE_RIGHT if first.place else texts.CATEGORY_RIGHT)
        return said(SlotSet(REGISTERED, message_seq(tracker)))

    def _about(self, dispatcher: CollectingDispatcher, tracker: Tracker, case: dict[str, Any]) -> list[EventType]:
        """Words that name an own open case: a question for it, a complaint once more, or more about it."""
        understood = understanding(tracker)
        if understood.get("subcategory") == matters.PROGRESS:
            return self._progress(dispatcher, tracker)
        again = intent(tracker) == "report" and understood.get("type") not in matters.CONTENT
        if again and case.get("complaints", 1) > 1:
            return self._complains_again(dispatcher, [piece["seq"] for piece in pieces(tracker)], case)
        return self._add(dispatcher, tracker, number=case["number"], again=again)

    def _decide(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        if _praises(matter):
            known = matter["subcategory"] != matters.UNKNOWN
            return self._settle(dispatcher, tracker, matter if known else {**matter, "subcategory": matters.PRAISE})
        if doubt.is_unclear(tracker, matter):
            return self._which(dispatcher, tracker, matter)
        if understanding(tracker).get("disposition") == "hand_off":
            return self._hand_off(dispatcher, tracker, matter, "boundary")
        return self._settle(dispatcher, tracker, matter)

    def _settle(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        """What is for a person brings one; else questions are answered, and the rest is offered for registration."""
        every = matters.each(matter)
        questions = [one for one in every if not _praises(one) and may_be_answered(one["subcategory"], one["type"])]
        if for_a_person(matters.commands(matter)) or not _have_answers(questions, matter):
            return self._hand_off(dispatcher, tracker, matter, "boundary")  # never a guess
        for one in questions:
            self._answer(dispatcher, tracker, one, matter)
        rest = [one for one in every if one not in questions]
        return self._register(dispatcher, tracker, matters.of(matter, rest)) if rest else said()

    def _register(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        known = matters.known_case(matter, facts(tracker).get("open_cases") or [])
        if known and known.get("complaints", 1) > 1:  # the third time: no question, a person
            return self._complains_again(dispatcher, matter["seqs"], known)
        ended = [SlotSet(HEARD, None), SlotSet(FAILED_AT, None)]
        return [SlotSet(NEXT, "register"), SlotSet(MATTER, {**matter, "choices": []}), *ended, *FRESH]

    def _hand_off(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter, trigger: str
    ) -> list[EventType]:
        every = matters.commands(matter)
        taken, more = next(iter([*for_a_person(every), *every])), {"trigger": trigger}
        service = matters.service_in(tracker.latest_message.get("text") or "")
        if taken["category"] == matters.HELP and service:
            more = {"trigger": "cannot_operate", "type": service}
        hand_over(dispatcher, taken, every, **more)
        return said()

    def _complains_again(
        self, dispatcher: CollectingDispatcher, seqs: list[int], case: dict[str, Any]
    ) -> list[EventType]:
        command(dispatcher, "hand_off", trigger="anger_petition", about=case["number"], message_seqs=seqs)
        return said()

    def _answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, one: dict[str, Any], matter: matters.Matter
    ) -> None:
        if one["subcategory"] == matters.PROGRESS:
            self._progress(dispatcher, tracker)
        elif one["subcategory"] == matters.SMALL_TALK:
            say(dispatcher, tracker, texts.SMALL_TALK["chitchat"])
        elif entry := _answer_to(one, matter):
            say_answer(dispatcher, tracker, entry)

    def _progress(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        command(dispatcher, "report_progress")
        say(dispatcher, tracker, texts.PROGRESS)
        return said()

    def _which(self, dispatcher: CollectingDispatcher, tracker: Tracker, matter: matters.Matter) -> list[EventType]:
        """One question, with the two likeliest readings as buttons where two are believable; after it, a person."""
        if asked_already(tracker):
            return self._hand_off(dispatcher, tracker, matter, "ambiguous")
        heard = SlotSet(HEARD, [_fragment(tracker)])
        codes = doubt.believable(tracker, matter)
        if len(codes) < 2:
            say(dispatcher, tracker, texts.ASK_WHAT_THERE if matter["place"] else texts.ASK_WHAT)
            return said(heard)
        offered = [button(taxonomy().name(code), f'/choose_category{{"category":"{code}"}}') for code in codes]
        say(dispatcher, tracker, texts.NOT_SURE_WHICH, [*offered, texts.NEITHER])
        return said(SlotSet(MATTER, {**matter, "asked": matter["asked"] + 1, "choices": codes}), heard)

    def _add(self, dispatcher: CollectingDispatcher, tracker: Tracker, **details: Any) -> list[EventType]:
        """A loose fact right after a registration, or words beside a case's number: more about that case."""
        command(dispatcher, "add_to_case", message_seqs=[piece["seq"] for piece in pieces(tracker)], **details)
        say(dispatcher, tracker, texts.ADDED)
        return said(SlotSet(REGISTERED, message_seq(tracker)))


def _praises(one: dict[str, Any]) -> bool:
    return one["type"] == "表扬" and one["subcategory"] != matters.SMALL_TALK


def _answer_to(one: dict[str, Any], matter: matters.Matter) -> Entry | None:
    return in_force((matter.get("answers") or {}).get(one["subcategory"]))


def _have_answers(questions: list[dict[str, Any]], matter: matters.Matter) -> bool:
    """Whether there is something to say to each: an answer of its own, for the same one does not answer two questions."""
    asked = [one for one in questions if one["subcategory"] not in (matters.PROGRESS, matters.SMALL_TALK)]
    return len({entry.id for one in asked if (entry := _answer_to(one, matter))}) == len(asked)


def _fragment(tracker: Tracker) -> dict[str, Any]:
    """The present message alone, as it will be read together with the next."""
    own = [piece for piece in pieces(tracker) if piece["seq"] not in _earlier(tracker)]
    text = tracker.latest_message.get("text") or ""
    start, end = (own[0]["start"], own[-1]["end"]) if own else (0, len(text))
    parts = [{**piece, "start": piece["start"] - start, "end": piece["end"] - start} for piece in own]
    return {"text": text[start:end], "pieces": parts}


def _earlier(tracker: Tracker) -> set[int]:
    return {piece["seq"] for part in tracker.get_slot(HEARD) or [] for piece in part["pieces"]}


def _set_right(tracker: Tracker, named: dict[str, Any] | None) -> list[correcting.Change]:
    """What of a case is corrected: of the one named, else of what was registered last; never in the middle of a matter."""
    if tracker.get_slot(MATTER) or tracker.get_slot(HEARD):
        return []
    cases = [named] if named else facts(tracker).get("open_cases") or []
    return correcting.changes(cases, answer_of(tracker), bool(named) or just_registered(tracker))
