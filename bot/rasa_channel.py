"""Rasa's input channel for the desk: one turn in, one proposal out, nobody else may ask.

The stock REST channel answers 200 with nothing when a turn failed; this one says so, because for the desk silence is a
failure that a person must see.
"""

import asyncio
import hmac
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.follow_up import Question
from bot.in_context import Heard, read
from bot.lifetime import end_with_parents
from bot.nlu.encoder import ENCODER
from bot.nlu.knowledge import approved
from bot.nlu.understanding import Understanding
from bot.privacy.tracker import without_names
from bot.rasa_answers import TurnFailed, a_turn, check_the_schema_once, remember_failures

logger = logging.getLogger(__name__)
LONGEST_TEXT = 4000
SAYS_NOTHING = ("thanks", "affirm", "greet")
EARLIER = 6  # of the resident's messages, for what only shows over several turns


class DeskInput(InputChannel):
    """Mounted at /webhooks/desk. Credentials: `token`, which the desk sends as a bearer token."""

    def __init__(self, token: str) -> None:
        self._token = token
        check_the_schema_once()
        remember_failures()
        end_with_parents(os.environ)

    @classmethod
    def name(cls) -> str:
        return "desk"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "DeskInput":
        token = (credentials or {}).get("token")
        if not token or token.startswith("$"):
            raise ValueError("credentials.yml: RASA_TOKEN is not set")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        desk = Blueprint("desk_webhook")

        @desk.route("/", methods=["GET"])
        async def ready(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            up = agent is not None and agent.is_ready()
            said = {"status": "ok" if up else "loading", "understanding": _understanding()}
            return response.json(said, status=200 if up else 503)

        @desk.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            if not self._is_desk(request):
                return response.json({"error": "token"}, status=401)
            sender, text = (request.json or {}).get("sender"), (request.json or {}).get("text")
            if not isinstance(sender, str) or not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT:
                return response.json({"error": "sender and text are needed"}, status=400)
            collected = CollectingOutputChannel()
            metadata = request.json.get("metadata") or {}
            parsed = await _read(request.app.ctx.agent, sender, text, metadata)
            if parsed is not None:
                parsed, text = without_names(parsed, text)
            message = UserMessage(text, collected, sender, parsed, input_channel=self.name(), metadata=metadata)
            try:
                with a_turn():
                    await on_new_message(message)
            except TurnFailed as failed:
                logger.error("turn.failed actions=%s", failed)
                return response.json({"error": "an action failed"}, status=502)
            understood = (parsed or {}).get("understanding") or {}
            return response.json({"items": [_item(m) for m in collected.messages], "understanding": understood})

        @desk.route("/read", methods=["POST"])
        async def reading(request: Request) -> HTTPResponse:
            """What one message says, read by itself: no dialogue, and nothing that Rasa remembers."""
            if not self._is_desk(request):
                return response.json({"error": "token"}, status=401)
            text = (request.json or {}).get("text")
            if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT or text.startswith(INTENT_MESSAGE_PREFIX):
                return response.json({"error": "text is needed"}, status=400)
            parsed, _ = without_names(await _parse(request.app.ctx.agent, UserMessage(text)), text)
            return response.json({"understanding": parsed.get("understanding") or {}})

        return desk

    def _is_desk(self, request: Request) -> bool:
        given = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self._token.encode())


def _item(message: dict[str, Any]) -> dict[str, Any]:
    """Rasa's message as an item of the proposal: a command, or a text with its buttons."""
    command = (message.get("custom") or {}).get("command")
    if command:
        return message["custom"]
    return {"text": message.get("text", ""), "buttons": message.get("buttons") or []}


def _understanding() -> str:
    """What of the understanding there is (GET /readyz of the desk)."""
    if not Understanding.knows_meanings or ENCODER.failure:
        return "wording"
    return "whole" if approved().available else "answerless"


async def _read(agent: Agent, sender: str, text: str, facts: dict[str, Any]) -> dict[str, Any] | None:
    """The message read beside the conversation; None for a pressed button, which Rasa reads itself."""
    if text.startswith(INTENT_MESSAGE_PREFIX):
        return None
    tracker = await agent.tracker_store.retrieve(sender)

    async def parse(words: str) -> dict[str, Any]:
        return await _parse(agent, UserMessage(words, sender_id=sender))

    if tracker is not None and agent.processor._has_session_expired(tracker):  # what was begun then is forgotten
        tracker = None
    return await read(text.strip(), _heard(tracker, facts), parse)


async def _parse(agent: Agent, message: UserMessage) -> dict[str, Any]:
    """In a thread: what the model computes must not keep other residents, or the readiness route, waiting."""
    return await asyncio.to_thread(_done, agent.processor.parse_message(message))


def _done(reading: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """What a coroutine returns that waits for nothing."""
    try:
        reading.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("Rasa waited for something while it read a message")


def _heard(tracker: DialogueStateTracker | None, facts: dict[str, Any]) -> Heard:
    if tracker is None:
        return Heard(facts)
    said = [event.text for event in tracker.events if isinstance(event, UserUttered) and event.text]
    fragments = tracker.get_slot("heard") if "heard" in tracker.slots else None
    in_form = tracker.active_loop_name is not None
    return Heard(facts, said[-EARLIER:], fragments or [], in_form, _answered_just_now(tracker))


def _answered_just_now(tracker: DialogueStateTracker) -> Question | None:
    """The question that was answered from the knowledge last, unless something else was said since; thanks are nothing."""
    answers: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            told = (event.data or {}).get("custom") or {}
            answers += [told["knowledge_id"]] if told.get("command") == "answer" else []
        elif isinstance(event, UserUttered):
            if answers:
                return _question(event, answers)
            if event.intent_name not in SAYS_NOTHING:
                return None
    return None


def _question(event: UserUttered, answers: list[str]) -> Question | None:
    understood = (event.parse_data or {}).get("understanding") or {}
    if on := understood.get("asks_on"):  # what it is all about was named by an earlier one
        return Question(**on)
    if len(answers) > 1 or not event.text:  # of two topics none is the one
        return None
    facts = event.metadata or {}
    whole = [{"seq": facts.get("message_seq") or 0, "start": 0, "end": len(event.text), "at": 0}]
    pieces = understood.get("pieces") or facts.get("pieces") or whole
    return Question(event.text, pieces, answers, understood.get("subcategory") or "")
