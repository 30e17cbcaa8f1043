"""What the bot may ask the desk to do. Anything else is refused, and the whole proposal with it.

The bot may answer from approved knowledge, register, add to the resident's own case or set it right, hand over, report progress, pass on
a wish and show the other ways. It may not close, reject, decide who is entitled, or promise (docs/architecture.md, rule 2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.boundary.taxonomy import taxonomy
from bot.boundary.triggers import priority_of

from ..domain import sealing
from ..domain.calendar import in_words
from ..domain.models import Case, Conversation
from ..domain.priority import LIFE_SAFETY
from . import calling, cases, heading, notices, own_cases, own_words
from .office import Office
from .ports import Transaction

if TYPE_CHECKING:
    from .turns import Proposal, Turn

COMMANDS = (
    "answer", "register_case", "add_to_case", "correct_case", "hand_off", "report_progress", "resident_says", "offline_options",
    "who_handles", "repeat_place", "repeat_last",
)  # fmt: skip
# Those after which something is otherwise than before; the others only find out what is to be told.
ACTS = ("register_case", "add_to_case", "correct_case", "hand_off", "resident_says")
# Reasons of the desk's own beside the triggers; none of them is pressing.
OWN_REASONS = ("boundary", "bot_unavailable", "not_solved")
# Reasons that are no matter of their own: asking for a person is not a case.
WITHOUT_A_MATTER = ("explicit_human", "bot_failed", "ambiguous", "cannot_operate")


class Refused(Exception):
    """The proposal asks for something the bot may not do, or is malformed. Nothing of it is carried out."""


@dataclass
class Outcome:
    texts: list[str] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    added_to: list[Case] = field(default_factory=list)
    handed_off: str | None = None


def carry_out(tx: Transaction, office: Office, turn: Turn, proposal: Proposal, now: datetime) -> Outcome:
    """Runs the commands in order, then fills their results into the texts. Raises `Refused`."""
    outcome = Outcome(reading=proposal.reading(turn))
    for item in proposal.items:
        if "command" in item:
            _run(tx, office, turn, item, outcome, now)
    if (told := outcome.cases or outcome.added_to) and outcome.handed_off is None:
        heading.registered(tx, turn.before, outcome.reading, told)
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
    elif name == "add_to_case":
        _add(tx, turn, command, outcome, now)
    elif name == "correct_case":
        _correct(tx, turn, command, outcome, now)
    elif name == "hand_off":
        _hand_off(tx, office, turn, command, outcome, now)
    elif name in TOLD:
        place, tell = TOLD[name]
        outcome.results[place] = tell(tx, turn, command, now)
    elif name == "repeat_place":
        place, told = own_words.repeated_place(tx, turn, command)
        outcome.results[place] = told


def _progress(tx: Transaction, turn: Turn, command: dict[str, Any], now: datetime) -> str:
    return own_cases.progress(tx, turn.before, own_words.words(tx, turn), command.get("number"), now)


def _owner(tx: Transaction, turn: Turn, command: dict[str, Any], now: datetime) -> str:
    return notices.who_handles(tx.conversations.get(turn.before.id), cases.of_resident(tx, turn.before, None))


def _wish(tx: Transaction, turn: Turn, command: dict[str, Any], now: datetime) -> str:
    if command.get("what") not in own_cases.WISHES:
        raise Refused("resident_says without a known wish")
    return own_cases.wish(tx, turn.before, own_words.words(tx, turn), command["what"], now)


def _last(tx: Transaction, turn: Turn, command: dict[str, Any], now: datetime) -> str:
    """What was said to the resident last, word for word."""
    said = [m for m in tx.messages.last(turn.before.id, 12) if m.sender != "resident" and m.state in ("sent", "queued")]
    return said[-1].text if said else "我还没说什么。您有什么事？"


# Commands that only find out what is to be told, and the name under which a text may use it.
TOLD = {
    "report_progress": ("{progress}", _progress),
    "who_handles": ("{owner}", _owner),
    "resident_says": ("{told}", _wish),
    "repeat_last": ("{last}", _last),
}


def _add(tx: Transaction, turn: Turn, command: dict[str, Any], outcome: Outcome, now: datetime) -> None:
    """More of the resident's words for one of their own open cases, by default the newest."""
    case = _own_open_case(tx, turn, command)
    own_cases.add(tx, case, own_words.description(tx, turn, command), bool(command.get("again")), now)
    outcome.added_to.append(case)
    outcome.results |= {"{case_number}": case.number, "{progress}": notices.progress([case], now)}


def _own_open_case(tx: Transaction, turn: Turn, command: dict[str, Any]) -> Case:
    resident, wanted = turn.before.resident_id, command.get("number")
    own = tx.cases.of_resident(resident) if wanted is None else [tx.cases.own(resident, str(wanted))]
    case = next((case for case in own if case and case.status != "closed"), None)
    if case is None:
        raise Refused(f"{command['command']} without an open case of the resident's own")
    return case


def _correct(tx: Transaction, turn: Turn, command: dict[str, Any], outcome: Outcome, now: datetime) -> None:
    """The place or the category of an own open case, as the resident says it is; both may not be left out."""
    case, code = _own_open_case(tx, turn, command), command.get("category")
    place = own_words.place_told(tx, turn, command)
    if not place and code not in taxonomy().categories:
        raise Refused("correct_case without a place or a known category")
    own_cases.correct(tx, case, own_words.description(tx, turn, command), now, place=place, category=code)
    outcome.added_to.append(tx.cases.get(case.number))
    told = filter(None, outcome.results.get("{case_number}", "").split("、"))
    outcome.results |= {"{case_number}": "、".join(sorted({*told, case.number})), "{place}": place or ""}
    outcome.results |= {"{category}": taxonomy().name(code)} if code else {}


def _register(
    tx: Transaction, office: Office, turn: Turn, command: dict[str, Any], outcome: Outcome, now: datetime
) -> None:
    code, kind = command.get("category"), command.get("type")
    if code not in taxonomy().categories or kind not in taxonomy().case_types:
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
        description=own_words.description(tx, turn, command),
        place=own_words.place_told(tx, turn, command),
        urgent=bool(command.get("urgent")),
    )
    outcome.cases.append(case)
    outcome.results |= {
        "{case_number}": "、".join(made.number for made in outcome.cases),
        "{due}": in_words(case.due_at, now),
        "{answered}": notices.answered(outcome.cases, now),
        "{category}": taxonomy().name(code),
    }


def _hand_off(
    tx: Transaction, office: Office, turn: Turn, command: dict[str, Any], outcome: Outcome, now: datetime
) -> None:
    trigger = str(command.get("trigger") or "boundary")
    priority = "P2" if trigger in OWN_REASONS else priority_of(trigger)
    current = tx.conversations.get(turn.before.id)
    number = outcome.cases[-1].number if outcome.cases else None
    if command.get("about"):
        number = _open_again(tx, office, turn, command, now) or number
    another = command.get("category") not in (None, *(case.category for case in outcome.cases))
    if (number is None and (trigger not in WITHOUT_A_MATTER or command.get("category"))) or (outcome.cases and another):
        case = _file_for_person(tx, office, turn, command, current, priority, now)
        outcome.cases.append(case)
        number = case.number
    outcome.handed_off = trigger
    if number is not None:
        heading.handed_over(tx, turn.before, outcome.reading, tx.cases.get(number), outcome.cases)
    calling.request_person(
        tx,
        office,
        tx.conversations.get(current.id),
        now,
        trigger=trigger,
        priority=priority,
        reason_seq=turn.message.seq,
        number=number,
    )


def _open_again(tx: Transaction, office: Office, turn: Turn, command: dict[str, Any], now: datetime) -> str | None:
    """The number of the resident's own case that this is about; a closed one is open again."""
    case = own_cases.find(tx, turn.before, own_words.words(tx, turn), str(command["about"]))
    if case is None:
        return None
    return own_cases.reopen(tx, office, case, own_words.description(tx, turn, command), now).number


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
        request_type=kind if kind in taxonomy().case_types else "其他",
        category=code if code in taxonomy().categories else cases.UNKNOWN_CATEGORY,
        description=own_words.description(tx, turn, command),
        place=own_words.place_told(tx, turn, command),
        urgent=priority == LIFE_SAFETY or bool(command.get("urgent")),
        sealed=command.get("trigger") in sealing.REPORT_TRIGGERS,
    )


def register_plainly(tx: Transaction, office: Office, current: Conversation, turn: Turn, now: datetime) -> Case:
    """A case for words nobody could read yet (the bot is away): kept whole, for a person to sort."""
    return cases.register(
        tx,
        office,
        current,
        now,
        created_by="desk",
        request_type="其他",
        category=cases.UNKNOWN_CATEGORY,
        description=own_words.unfiled(tx, turn) or f"（{turn.message.kind}）",
    )


def _filled(text: str, results: dict[str, str]) -> str:
    for name, value in results.items():
        text = text.replace(name, value)
    return text
