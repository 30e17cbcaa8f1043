"""What a resident says about a case that is there already. Only people close, withdraw or decide; the bot passes it on."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from . import matter as matters
from . import texts
from .listening import MATTER, SAME
from .proposal import command, facts, intent, named_case, say

SAYS = {"confirm_solved": "solved", "withdraw_case": "withdraw"}
AWAITING = "awaiting_confirmation"


def is_meant(tracker: Tracker) -> bool:
    """Whether words about a case are meant for one that is there, though a report is open: it is named, or the desk has
    asked whether it is solved."""
    if facts(tracker).get("case_number"):
        return True
    # Nobody is asked whether to withdraw one; 「没解决」 is also an answer to whether this is the same.
    asked_here = intent(tracker) == "not_solved" and tracker.get_slot("requested_slot") == SAME
    return awaiting(tracker) is not None and intent(tracker) != "withdraw_case" and not asked_here


def awaiting(tracker: Tracker) -> dict[str, Any] | None:
    """The resident's own case of which it was asked whether it is solved."""
    return next((case for case in facts(tracker).get("open_cases") or [] if case.get("status") == AWAITING), None)


def tell_staff(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    command(dispatcher, "resident_says", what=SAYS.get(intent(tracker) or "", "solved"))
    say(dispatcher, tracker, texts.TOLD)


class TellStaff(Action):
    """「修好了」, 「撤回工单」: recorded on the case, and a task for whoever settles it."""

    def name(self) -> str:
        return "action_tell_staff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        tell_staff(dispatcher, tracker)
        return []


class ReportProgress(Action):
    def name(self) -> str:
        return "action_report_progress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        command(dispatcher, "report_progress")
        say(dispatcher, tracker, texts.PROGRESS)
        return []


class WhoHandles(Action):
    def name(self) -> str:
        return "action_who_handles"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        command(dispatcher, "who_handles")
        say(dispatcher, tracker, texts.OWNER)
        return []


class NotSolved(Action):
    """Not content with what was done: the case is opened again and a person takes it up."""

    def name(self) -> str:
        return "action_not_solved"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        seqs, begun = [facts(tracker).get("message_seq")], tracker.get_slot(MATTER)
        if begun and is_meant(tracker):  # what a form had heard is another matter
            for one in matters.commands(begun):
                command(dispatcher, "register_case", **one)
        elif begun:
            seqs = sorted({*begun["seqs"], *seqs})
        asked = named_case(tracker) if facts(tracker).get("case_number") else awaiting(tracker)
        case = asked or next(iter(facts(tracker).get("open_cases") or []), {})
        trigger = "anger_petition" if case.get("complaints", 1) > 1 else "not_solved"
        about = asked["number"] if asked else "latest"
        command(dispatcher, "hand_off", trigger=trigger, about=about, message_seqs=seqs)
        return [SlotSet(MATTER, None)]
