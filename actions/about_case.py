"""What a resident says about a case that is there already. Only people close, withdraw or decide; the bot passes it on."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from . import texts
from .listening import MATTER
from .proposal import command, facts, intent, named_case, say

SAYS = {"confirm_solved": "solved", "withdraw_case": "withdraw"}


class TellStaff(Action):
    """「修好了」, 「撤回工单」: recorded on the case, and a task for whoever settles it."""

    def name(self) -> str:
        return "action_tell_staff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        command(dispatcher, "resident_says", what=SAYS.get(intent(tracker) or "", "solved"))
        say(dispatcher, tracker, texts.TOLD)
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
        seq = facts(tracker).get("message_seq")
        case = named_case(tracker) or next(iter(facts(tracker).get("open_cases") or []), {})
        trigger = "anger_petition" if case.get("complaints", 1) > 1 else "not_solved"
        begun = (tracker.get_slot(MATTER) or {}).get("seqs") or []  # what a form had heard goes along
        command(dispatcher, "hand_off", trigger=trigger, about="latest", message_seqs=sorted({*begun, seq}))
        return []
