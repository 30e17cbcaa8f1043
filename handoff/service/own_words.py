"""The resident's own words of a turn, from the ledger: the bot saw them masked and only names where they stand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.privacy import pii

from ..domain.models import RECALLED, Conversation, Message
from .attachments import KINDS
from .ports import Transaction

if TYPE_CHECKING:
    from .turns import Turn

RECENT = 12  # messages among which the beginning of a talk is looked for
LOOKED_BACK = 50  # messages among which the buttons are looked for that somebody pressed
JUST_BEFORE = timedelta(hours=1)  # danger within this long after a matter was begun is told of the same place
CONTEXT = 6  # how many of the resident's earlier messages may be part of one description


def description(tx: Transaction, turn: Turn, command: dict[str, Any]) -> str:
    """The resident's own words, from the ledger: the bot only names the messages that tell the matter."""
    named = {seq for seq in command.get("message_seqs") or [] if isinstance(seq, int)} or _seqs(turn)
    told = tx.messages.from_resident(turn.before.id, min(named) - 1, turn.message.seq)
    words = _in_one(tx, turn.before.id, [message for message in told if message.seq in named]) or turn.message.text
    return words or f"（{KINDS.get(turn.message.kind, '没有文字')}）"


def _seqs(turn: Turn) -> set[int]:
    return {piece["seq"] for piece in turn.facts.get("pieces") or []} | {turn.message.seq}


def words(tx: Transaction, turn: Turn) -> str:
    """The resident's own words of this turn, unmasked."""
    seqs = _seqs(turn)
    told = tx.messages.from_resident(turn.before.id, min(seqs) - 1, turn.message.seq)
    return "\n".join(message.text for message in told if message.seq in seqs and message.text.strip())


def unfiled(tx: Transaction, turn: Turn) -> str:
    """The resident's own words of this talk with the bot that are in no case yet, up to this turn: the turn alone may be a
    mere yes to what was told before it."""
    told = _of_this_talk(tx, turn.before, min(_seqs(turn)), turn.message.seq)
    # What was pressed stays: who sorts this by hand has nothing else to tell a yes by.
    return "\n".join([message.text for message in told if message.text.strip()][-CONTEXT:])


def begun(tx: Transaction, current: Conversation, message: Message) -> tuple[str, str | None]:
    """(words, place) of what was being told just before this message and is in no case yet; ("", None) when it was
    another talk."""
    known = current.understanding or {}
    told = [one for one in _of_this_talk(tx, current, message.seq, message.seq) if message.at - one.at <= JUST_BEFORE]
    if "registered" in known or known.get("seq") not in {one.seq for one in told}:
        return "", None
    earlier = [one for one in told if one.seq != message.seq]
    return _in_one(tx, current.id, earlier), found(tx, current, known, "place")[0] or None


def _of_this_talk(tx: Transaction, current: Conversation, begun: int, until: int) -> list[Message]:
    """The resident's messages that are in no case yet, from before `begun` on as far as only they and the bot spoke."""
    filed = [case.created_at for case in tx.cases.of_resident(current.resident_id)]
    for message in reversed(tx.messages.last(current.id, RECENT)):
        if message.seq < begun:
            if message.sender not in ("resident", "bot") or (filed and message.at <= max(filed)):
                break
            begun = message.seq
    said = tx.messages.from_resident(current.id, begun - 1, until)
    return [message for message in said if not message.data.get(RECALLED)]


def _in_one(tx: Transaction, conversation_id: int, told: list[Message]) -> str:
    """The last of these in one text. What a button says is the bot's word, not the resident's."""
    recent = tx.messages.last(conversation_id, LOOKED_BACK)
    own = [message.text for message in told if message.text.strip() and pressed(recent, message) is None]
    return "\n".join(own[-CONTEXT:])


def repeated_place(tx: Transaction, turn: Turn, command: dict[str, Any]) -> tuple[str, str]:
    """(the name under which a text uses it, the place in the resident's own words)."""
    return f"{{{command.get('name') or 'place'}}}", place_told(tx, turn, command) or "没有说"


def place_told(tx: Transaction, turn: Turn, command: dict[str, Any]) -> str | None:
    """The place in the resident's own words: the bot saw it masked, the ledger has it whole."""
    place = command.get("place")
    if not isinstance(place, dict):
        return None
    return "".join(_told(tx, turn, part) for part in place.get("parts") or [place]) or None


def _told(tx: Transaction, turn: Turn, part: dict[str, Any]) -> str:
    start, end = part.get("start"), part.get("end")
    if number := part.get("case"):  # what stays of a place that was registered
        case = tx.cases.own(turn.before.resident_id, str(number))
        return (case.place or "")[start:end] if case else str(part.get("text") or "")
    message = tx.messages.get(turn.before.id, part.get("seq") or turn.message.seq)
    if message is None or not isinstance(start, int) or not isinstance(end, int):
        return str(part.get("text") or "")
    return message.text[start : pii.before_anybody(message.text, start, end)]


def pressed(recent: list[Message], message: Message) -> str | None:
    """The payload of the button that these words name, by title or by number, among the last ones offered."""
    for earlier in reversed(recent):
        if earlier.seq >= message.seq or earlier.sender == "resident":
            continue
        buttons = earlier.data.get("buttons") or []
        said = message.text.strip()
        for number, button in enumerate(buttons, 1):
            if said in (button["title"], str(number), f"{number}.", button.get("id")):
                return button.get("payload")
        return None
    return None


def found(
    tx: Transaction, conversation: Conversation, understanding: dict[str, Any], kind: str
) -> tuple[str, int | None]:
    """(the resident's words for it, the message they begin in). The bot read several messages as one text: `pieces` says
    which part of it is which message."""
    spans = [s for s in understanding.get("spans") or [] if s.get("kind") == kind] or [understanding.get(kind)]
    span = max((s for s in spans if s), key=lambda s: s["end"] - s["start"], default=None)
    seq = understanding.get("seq")
    whole = [{"seq": seq, "start": 0, "end": 10**6, "at": 0}] if seq else []
    words, told_in = "", None
    for piece in (understanding.get("pieces") or whole) if span else ():
        first, last = max(span["start"], piece["start"]), min(span["end"], piece["end"])
        message = tx.messages.get(conversation.id, piece["seq"]) if first < last else None
        if message:
            begin, end = (edge + piece["at"] - piece["start"] for edge in (first, last))
            end = pii.before_anybody(message.text, begin, end) if kind == "place" else end
            words, told_in = words + message.text[begin:end], told_in or piece["seq"]
    return words, told_in
