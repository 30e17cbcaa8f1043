"""Voice that the platform did not write down: heard by this installation's own program, confirmed by the resident.

Until then the bot's turns of this conversation wait behind it, so that the order stays. A machine's hearing is no
resident's word: nothing is registered from it before the resident has said that it is right.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from bot.boundary.screen import Screened

from ..domain.models import Attachment, Message
from ..domain.ownership import Owner
from . import delivery, intake, notices
from .attachments import LISTENING
from .office import Office
from .ports import Transaction

LONGEST = timedelta(minutes=3)  # then the bot goes on without it
YES = ("对", "对的", "对对", "是", "是的", "没错", "嗯", "好", "好的", "可以", "正确", "1", "ok")
NO = ("不对", "不是", "错了", "不", "没有", "2")
QUOTED = 300  # characters of the transcript that are read back
_PUNCTUATION = re.compile(r"[\s，。！？!?.,~～…、]+")


def heard(
    tx: Transaction, office: Office, one: Attachment, text: str, screened: Screened | None, now: datetime
) -> None:
    """The program has heard `text` ("" for nothing). Danger does not wait for a confirmation."""
    current = tx.conversations.get(one.conversation_id)
    message = tx.messages.get(one.conversation_id, one.seq)
    waited = bool(message.data.get(LISTENING))
    tx.messages.add_data(current.id, one.seq, {LISTENING: False, **({"machine_read": text} if text else {})})
    tx.emit("message", current.id, one.seq)
    if text and screened is not None and screened.priority == "P0" and message.sender == "resident":
        intake.danger(tx, office, current, replace(message, text=text), screened.trigger, now)
    elif waited and text and current.owner_kind is Owner.BOT:
        words, buttons = notices.heard_voice(text[:QUOTED])
        tx.messages.add_data(current.id, one.seq, {"asked": True})
        delivery.say(tx, current, words, now, author="system", fence=current.version, buttons=buttons)
    elif waited:
        tx.emit("turn", current.id)


def for_bot(tx: Transaction, unread: list[Message], now: datetime) -> list[Message]:
    """Those of `unread` that the bot may read now; none while the first is still being heard or confirmed."""
    if not unread:
        return []
    first, rest = unread[0], unread[1:]
    if first.data.get(LISTENING):
        return [] if now - first.at < LONGEST else unread
    if not first.data.get("asked") or "confirmed" in first.data:
        return unread
    if not rest:
        return []
    said = _PUNCTUATION.sub("", rest[0].text).lower()
    confirmed = said in YES
    tx.messages.add_data(first.conversation_id, first.seq, {"confirmed": confirmed})
    if not confirmed and said not in NO:
        return rest  # said in other words: those count
    tx.messages.add_data(first.conversation_id, rest[0].seq, {"silent": True})
    if confirmed:
        words = str(first.data["machine_read"])
        tx.messages.set_text(first.conversation_id, first.seq, words)
        tx.emit("message", first.conversation_id, first.seq)
        first = replace(first, text=words)
    return [first, *rest[1:]]
