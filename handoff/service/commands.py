"""What the bot may ask the desk to do. Anything else is refused, and the whole proposal with it.

The bot may answer from approved knowledge, register, hand over, report progress and show the other ways. It may not
close, reject, decide who is entitled, or promise (docs/architecture.md, rule 2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.boundary.taxonomy import taxonomy
from bot.boundary.triggers import priority_of

from ..domain import case_number
from ..domain.calendar import in_words
from ..domain.models import Case, Conversation, Message
from . import cases, notices, ownership
from .office import Office
from .ports import Transaction

if TYPE_CHECKING:
    from .turns import Proposal, Turn

COMMANDS = ("answer", "register_case", "hand_off", "report_progress", "offline_options", "who_handles", "repeat_place")
# Reasons that are no matter of their own: asking for a person is not a case.
WITHOUT_A_MATTER = ("explicit_human", "bot_failed", "ambiguous", "cannot_operate")
CONTEXT = 6  # how many of the resident's earlier messages may be part of one description


class Refused(Exception):
    """The proposal asks for something the bot may not do, or is malformed. Nothing of it is carried out."""


@dataclass
class Outcome:
    texts: list[str] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    handed_off: str | None = None


def carry_out(tx: Transaction, office: Office, turn: Turn, proposal: Proposal, now: datetime) -> Outcome:
    """Runs the commands in order, then fills their results into the texts. Raises `Refused`."""
    outcome = Outcome()
    for item in proposal.items:
        if "command" in item:
            _run(tx, office, turn, item, outcome, now)
    for item in proposal.items:
        if item.get("text"):
            outcome.texts.append(_filled(item["text"], outcome.results))
            outcome.buttons = item.get("buttons") or outcome.buttons
    return outcome


def _run(tx: Transaction, office: Office, turn: Turn, command: dict[str, Any], outcome: Outcome, now: datetime) -> None:
    name = command["command"]
    if name not in COMMANDS:
        raise Refused(f"command {name!r}")
    if outcome.handed_off is not None:
        return
    if name == "register_case":
        _register(tx, office, turn, command, outcome, now)
    elif name == "hand_off":
        _hand_off(tx, office, turn, command, outcome, now)
    elif name == "report_progress":
        current = tx.conversations.get(turn.before.id)
        number = command.get("number") or case_number.find(turn.message.text)
        outcome.results["{progress}"] = notices.progress(cases.of_resident(tx, current, number), now)
    elif name == "who_handles":
        outcome.results["{owner}"] = notices.owner_truth(tx.conversations.get(turn.before.id), None)
    elif name == "repeat_place":
        outcome.results["{place}"] = place_told(tx, turn, command) or "没有说"


def _register(
    tx: Transaction, office: Office, turn: Turn, command: dict[str, Any], outcome: Outcome, now: datetime
) -> None:
    code, kind = command.get("category"), command.get("type")
    if code not in taxonomy().categories or kind not in taxonomy().types:
        raise Refused("register_case without a known category and type")
    current = tx.conversations.get(turn.before.id)
    case = cases.register(
        tx,
        office,
        current,
        now,
        created_by="bot",
        request_type=kind,
        category=code,
        description=_description(tx, turn, command),
        place=place_told(tx, turn, command),
        urgent=bool(command.get("urgent")),
        sealed=current.sealed,
    )
    outcome.cases.append(case)
    tx.conversations.set(current.id, category=code)
    outcome.results |= {
        "{case_number}": "、".join(made.number for made in outcome.cases),
        "{due}": in_words(case.due_at, now),
        "{category}": taxonomy().name(code),
    }


def _hand_off(
    tx: Transaction, office: Office, turn: Turn, command: dict[str, Any], outcome: Outcome, now: datetime
) -> None:
    trigger = str(command.get("trigger") or "boundary")
    priority = priority_of(trigger) if trigger not in ("boundary", "bot_unavailable") else "P2"
    current = tx.conversations.get(turn.before.id)
    number = outcome.cases[-1].number if outcome.cases else None
    if number is None and (trigger not in WITHOUT_A_MATTER or command.get("category")):
        case = _file_for_person(tx, office, turn, command, current, priority, now)
        outcome.cases.append(case)
        number = case.number
    outcome.handed_off = trigger
    ownership.request_person(
        tx,
        office,
        tx.conversations.get(current.id),
        now,
        trigger=trigger,
        priority=priority,
        reason_seq=turn.message.seq,
        number=number,
    )


def _file_for_person(
    tx: Transaction,
    office: Office,
    turn: Turn,
    command: dict[str, Any],
    current: Conversation,
    priority: str | None,
    now: datetime,
) -> Case:
    code = command.get("category")
    kind = command.get("type")
    return cases.register(
        tx,
        office,
        current,
        now,
        created_by="bot",
        request_type=kind if kind in taxonomy().types else "其他",
        category=code if code in taxonomy().categories else cases.UNKNOWN_CATEGORY,
        description=_description(tx, turn, command),
        place=place_told(tx, turn, command),
        urgent=priority == "P0" or bool(command.get("urgent")),
        sealed=command.get("trigger") in ("corruption", "violence", "minor"),
    )


def register_plainly(tx: Transaction, office: Office, current: Conversation, message: Message, now: datetime) -> Case:
    """A case for words nobody could read yet (the bot is away): kept whole, for a person to sort."""
    return cases.register(
        tx,
        office,
        current,
        now,
        created_by="desk",
        request_type="其他",
        category=cases.UNKNOWN_CATEGORY,
        description=message.text or f"（{message.kind}）",
    )


def _description(tx: Transaction, turn: Turn, command: dict[str, Any]) -> str:
    """The resident's own words, from the ledger: the bot only names the messages that tell the matter."""
    named = {seq for seq in command.get("message_seqs") or [] if isinstance(seq, int)} or {turn.message.seq}
    told = [
        message.text
        for message in tx.messages.from_resident(turn.before.id, min(named) - 1, turn.message.seq)
        if message.seq in named and message.text.strip()
    ]
    return "\n".join(told[-CONTEXT:]) or turn.message.text or "（没有文字）"


def place_told(tx: Transaction, turn: Turn, command: dict[str, Any]) -> str | None:
    """The place in the resident's own words: the bot saw it masked, the ledger has it whole."""
    place = command.get("place")
    if not isinstance(place, dict):
        return None
    message = tx.messages.get(turn.before.id, place.get("seq") or turn.message.seq)
    start, end = place.get("start"), place.get("end")
    if message is None or not isinstance(start, int) or not isinstance(end, int):
        return str(place.get("text") or "") or None
    return message.text[start:end] or None


def _filled(text: str, results: dict[str, str]) -> str:
    for name, value in results.items():
        text = text.replace(name, value)
    return text
