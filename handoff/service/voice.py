"""Voice that the platform did not write down: heard by this installation's own program, confirmed by the resident.

Until then the bot's turns of this conversation wait behind it, so that the order stays. A machine's hearing is no
resident's word: nothing is registered from it before the resident has said that it is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.boundary.screen import Screened

from ..domain.models import Attachment, Conversation, Message
from ..domain.ownership import Owner
from ..domain.priority import LIFE_SAFETY
from . import delivery, emergencies, notices, taken_back
from .attachments import LISTENING
from .office import Office
from .ports import Transaction

LONGEST = timedelta(minutes=3)  # then the bot goes on without it
# 「对啊」, 「嗯嗯」, 「对的对的」, 「是这样的」, 「嗯，没错」: one word of agreement or several, with what is only sounded after it.
_AFTER = "[啊呀哦呢嘛吧的滴哒了呐]*"
_AGREES = "对|就?是这样|是|没有?错|嗯|恩|好|行|可以|正确|系|啱"
_YES = re.compile(rf"(?:(?:{_AGREES}){_AFTER})+|1|ok")
_NO = re.compile(rf"(不对|不是|错|不|没有){_AFTER}(?:\1{_AFTER})*|2")
NEAR = 10  # messages among which the question is looked for
QUOTED = 300  # characters of the transcript that are read back
_PUNCTUATION = re.compile(r"[\s，。！？!?.,~～…、]+")


def means_yes(text: str) -> bool | None:
    """Whether an answer says that what was heard is right; None when it says something of its own."""
    words = _PUNCTUATION.sub("", text).lower()
    return True if _YES.fullmatch(words) else False if _NO.fullmatch(words) else None


def heard(
    tx: Transaction, office: Office, one: Attachment, text: str, screened: Screened | None, now: datetime
) -> None:
    """The program has heard `text` ("" for nothing). Danger does not wait for a confirmation."""
    current = tx.conversations.hold(one.conversation_id)  # another desk may be moving it, or have heard the same
    message = tx.messages.get(one.conversation_id, one.seq)
    waited = bool(message.data.get(LISTENING)) and current.handled_seq < one.seq  # else the bot went on without it
    tx.messages.add_data(current.id, one.seq, {LISTENING: False, **({"machine_read": text} if text else {})})
    tx.emit("message", current.id, one.seq)
    if text and screened is not None and screened.priority == LIFE_SAFETY and message.sender == "resident":
        emergencies.danger(tx, office, current, replace(message, text=text), screened.trigger, now)
    elif waited and text and current.owner_kind is Owner.BOT and not message.data.get(taken_back.RECALLED):
        words, buttons = notices.heard_voice(text[:QUOTED])
        tx.messages.add_data(current.id, one.seq, {"asked": True})
        delivery.say(tx, current, words, now, author="system", fence=current.version, buttons=buttons)
    if waited:
        tx.emit("turn", current.id)  # the bot reads it as unheard; asked about, it is done with until the answer comes


@dataclass(frozen=True)
class Reading:
    """What the bot may read now, in order; when that is nothing, up to where the conversation is done with (or None)."""

    ready: list[Message]
    handled_seq: int | None = None


def for_bot(tx: Transaction, before: Conversation, unread: list[Message], now: datetime) -> Reading:
    """Of `unread`, what the bot may read: nothing behind a voice message that is still being heard."""
    if not unread:
        return Reading([], before.resident_seq)
    first = unread[0]
    if first.data.get(LISTENING) and now - first.at < LONGEST:
        return Reading([])
    if _asked(first):
        # The resident has been asked: that is an answer, and the next message is theirs.
        return Reading(_answered(tx, first, unread[1:]), first.seq)
    asked = _asked_before(tx, first)
    return Reading(_answered(tx, asked, unread) if asked else unread)


def _asked(message: Message) -> bool:
    return bool(message.data.get("asked")) and "confirmed" not in message.data


def _asked_before(tx: Transaction, answer: Message) -> Message | None:
    """The voice message that `answer` may be the answer to: the resident's last one before it."""
    earlier = [m for m in tx.messages.last(answer.conversation_id, NEAR) if m.seq < answer.seq]
    said = [m for m in earlier if m.sender == "resident" and not m.data.get("silent")]
    return said[-1] if said and _asked(said[-1]) else None


def _answered(tx: Transaction, asked: Message, said: list[Message]) -> list[Message]:
    if not said:
        return []
    answer, rest = said[0], said[1:]
    confirmed = means_yes(answer.text)
    tx.messages.add_data(asked.conversation_id, asked.seq, {"confirmed": bool(confirmed)})
    if confirmed is None:
        return said  # said in other words: those count
    tx.messages.add_data(asked.conversation_id, answer.seq, {"silent": True})
    # The recording is read from here on: should the desk die over this turn, the next one begins with it again.
    tx.conversations.set(asked.conversation_id, handled_seq=asked.seq - 1)
    if confirmed:
        heard_words = str(asked.data["machine_read"])
        tx.messages.set_text(asked.conversation_id, asked.seq, heard_words)
        tx.emit("message", asked.conversation_id, asked.seq)
        asked = replace(asked, text=heard_words)
    return [asked, *rest]
