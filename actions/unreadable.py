"""What comes without words: a photo, or a voice message that nobody transcribed."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from . import texts
from .form import FAILED_AT, HEARD, REGISTERED, asked_already, just_registered
from .proposal import command, facts, intent, message_seq, say
from .talk import ENDED, begun_in, file_the_others


class Unreadable(Action):
    """Who cannot write is asked once; then a person takes over."""

    def name(self) -> str:
        return "action_unreadable"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[EventType]:
        if intent(tracker) != "voice_unheard":
            return _pictured(dispatcher, tracker)
        if asked_already(tracker):
            file_the_others(dispatcher, tracker)
            command(dispatcher, "hand_off", trigger="ambiguous", **begun_in(tracker))
            return [*ENDED, ActiveLoop(None)]
        say(dispatcher, tracker, texts.VOICE)
        return [SlotSet(FAILED_AT, message_seq(tracker))]


def _pictured(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Sent right after the number it belongs to that case, and nothing is asked."""
    telling = tracker.active_loop.get("name")
    opened = [case for case in facts(tracker).get("open_cases") or [] if case.get("status") != "closed"]
    if opened and just_registered(tracker) and not telling and not tracker.get_slot(HEARD):
        command(dispatcher, "add_to_case", message_seqs=[message_seq(tracker)])
        say(dispatcher, tracker, texts.PICTURE_ADDED)
        return [SlotSet(REGISTERED, message_seq(tracker))]
    say(dispatcher, tracker, texts.PICTURE_KEPT if telling else texts.PICTURE)
    return []
