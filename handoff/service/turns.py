"""The turn: Rasa proposes, the desk commits the whole proposal in one transaction or drops all of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ..domain.models import Conversation, Message, dialogue
from ..domain.ownership import Owner
from . import calling, commands, delivery, facts, heading, own_words, ownership, taken_back, together, voice
from .office import Office
from .ports import Transaction

LEASE = timedelta(seconds=30)  # longer than the longest turn; another desk may take over after it
KINDS_WITHOUT_WORDS = {"image": "/send_picture", "video": "/send_picture", "file": "/send_picture"}
# Keys of the 公众号 menu (bot.channels.menu.DEFAULT) → what Rasa reads.
MENU_KEYS = {
    "REPORT": "/greet",
    "HUMAN": '/needs_person{"trigger":"explicit_human"}',
    "PROGRESS": "/ask_progress",
    "OFFLINE": "/offline_options",
    "WHO": "/who_handles",
}


RECENT = 8  # messages among which what was last offered or asked is looked for


class TurnLost(Exception):
    """Another desk took the turn over; this proposal is dropped."""


@dataclass(frozen=True)
class Turn:
    """What the bot is asked: one message of one conversation, as it stood at `before`, with those it belongs to.

    `message` is the last of them; `facts["pieces"]` names them all.
    """

    before: Conversation
    message: Message
    token: str
    text: str  # masked, or a Rasa payload such as /greet
    facts: dict[str, Any]

    @property
    def sender(self) -> str:
        return dialogue(self.before.id, self.before.episode)

    @property
    def seqs(self) -> set[int]:
        return {self.message.seq, *(piece["seq"] for piece in self.facts["pieces"])}


@dataclass(frozen=True)
class Proposal:
    """Rasa's answer: `items` in order, each a text `{"text", "buttons"?}` or a command `{"command", …}`."""

    items: list[dict[str, Any]]
    understanding: dict[str, Any] = field(default_factory=dict)

    def reading(self, turn: Turn) -> dict[str, Any]:
        """What was understood, with the message it is of."""
        return {**self.understanding, "seq": turn.message.seq} if self.understanding else {}


def begin(tx: Transaction, office: Office, conversation_id: int, token: str, now: datetime) -> Turn | None:
    """Takes the conversation's next unread message for the bot; None when there is nothing to do or it is taken."""
    if not tx.conversations.lease(conversation_id, token, now, now + LEASE):
        return None
    before = tx.conversations.get(conversation_id)
    page = tx.messages.from_resident(conversation_id, before.handled_seq, before.resident_seq)
    unread = [message for message in page if _for_bot(message)]
    if (
        page and not unread and page[-1].seq < before.resident_seq
    ):  # a page full of what is not for the bot: go on behind it
        tx.conversations.release_lease(conversation_id, token, handled_seq=page[-1].seq)
        tx.emit("turn", conversation_id)
        return None
    reading = voice.for_bot(tx, before, unread, now)
    if not reading.ready:
        tx.conversations.release_lease(conversation_id, token, handled_seq=reading.handled_seq)
        return None
    recent = tx.messages.last(conversation_id, RECENT)
    group = together.first_of(reading.ready, lambda message: _words(recent, message))
    text, pieces = together.as_one(group)
    words = _words(recent, group[0]) if len(group) == 1 else text
    return Turn(before, group[-1], token, words, facts.of_turn(tx, office, before, group, pieces, recent, now))


def commit(tx: Transaction, office: Office, turn: Turn, proposal: Proposal, now: datetime) -> bool:
    """Commits the proposal whole. False when the conversation moved meanwhile, or the resident took back what it answers:
    the texts are kept as drafts, unsent."""
    if not tx.conversations.release_lease(turn.before.id, turn.token, handled_seq=turn.message.seq):
        raise TurnLost()
    if not tx.conversations.still(turn.before):
        _keep_late(tx, turn, proposal, now, "owner_changed")
        return False
    if not taken_back.stands(proposal.items) and _begins_anew(tx, turn):
        _keep_late(tx, turn, proposal, now, taken_back.RECALLED)
        return False
    heading.hear(tx, turn.before, proposal.reading(turn))
    outcome = commands.carry_out(tx, office, turn, proposal, now)
    acts = any(item.get("command") in commands.ACTS for item in proposal.items)
    _speak(tx, turn, outcome, () if acts else turn.seqs, now)
    if tx.conversations.get(turn.before.id).owner_kind is Owner.BOT:
        tx.emit("turn", turn.before.id)
    return True


def fail(tx: Transaction, office: Office, turn: Turn, now: datetime) -> None:
    """The bot did not answer: one plain notice, a number, a place in the queue. Who only looked in needs none of it."""
    if not tx.conversations.release_lease(turn.before.id, turn.token, handled_seq=turn.message.seq):
        raise TurnLost()
    if tx.conversations.still(turn.before) and not _begins_anew(tx, turn):
        _hand_over(tx, office, turn, now)


def _hand_over(tx: Transaction, office: Office, turn: Turn, now: datetime) -> None:
    if _only_looked_in(turn):
        tx.emit("turn", turn.before.id)  # what was said meanwhile is read
        return
    current = tx.conversations.get(turn.before.id)
    case = commands.register_plainly(tx, office, current, turn, now)
    heading.handed_over(tx, current, {}, case)
    calling.request_person(
        tx,
        office,
        tx.conversations.get(current.id),
        now,
        trigger="bot_unavailable",
        priority="P1",
        reason_seq=turn.message.seq,
        number=case.number,
    )


def pass_on(tx: Transaction, office: Office, conversation_id: int, token: str, now: datetime) -> None:
    """What waits cannot even be put to the bot: it goes to a person, all of it."""
    if not tx.conversations.lease(conversation_id, token, now, now + LEASE):
        return
    before = tx.conversations.get(conversation_id)
    page = tx.messages.from_resident(conversation_id, before.handled_seq, before.resident_seq)
    unread = [message for message in page if message.kind != "event" and _for_bot(message)] or page
    turn = Turn(before, unread[-1], token, "", {"pieces": [{"seq": message.seq} for message in unread]})
    tx.conversations.release_lease(conversation_id, token, handled_seq=turn.message.seq)
    _hand_over(tx, office, turn, now)


def _only_looked_in(turn: Turn) -> bool:
    """Whether the resident has said nothing yet: followed, scanned a code, opened the conversation."""
    return turn.message.kind == "event"


def _speak(tx: Transaction, turn: Turn, outcome: commands.Outcome, answers: Collection[int], now: datetime) -> None:
    """All bot texts of a turn in one message: the platforms count sends, not words. What was done is told even when
    what it was done upon is taken back."""
    texts = [text for text in outcome.texts if text.strip()]
    if not texts:
        return
    current, text = tx.conversations.get(turn.before.id), "\n".join(texts)
    if outcome.handed_off is not None:
        # The notice of it stands alone; what the bot would have added is not said over it.
        delivery.keep_as_draft(tx, current.id, text, now, "handed_off")
        return
    about = {"buttons": outcome.buttons, "answers": answers}
    seq = delivery.say(tx, current, text, now, author="bot", fence=current.version, **about)
    if _only_looked_in(turn):  # a greeting that comes too late needs no call
        tx.messages.add_data(current.id, seq, {ownership.ROUTINE: True})


def _begins_anew(tx: Transaction, turn: Turn) -> bool:
    """Whether something of the turn was taken back: what stands of it is read again, without that."""
    if not taken_back.among(tx, turn.before.id, turn.seqs):
        return False
    tx.conversations.set(turn.before.id, handled_seq=min(turn.seqs) - 1)
    taken_back.forget(tx, turn.before)
    tx.emit("turn", turn.before.id)
    return True


def _keep_late(tx: Transaction, turn: Turn, proposal: Proposal, now: datetime, why: str) -> None:
    """Its commands are not carried out; the places alone are filled in, because that changes nothing."""
    words = "\n".join(item["text"] for item in proposal.items if item.get("text"))
    for item in proposal.items:
        if item.get("command") == "repeat_place":
            words = words.replace(*own_words.repeated_place(tx, turn, item))
    if words:
        delivery.keep_as_draft(tx, turn.before.id, words, now, why)


def _for_bot(message: Message) -> bool:
    """Not what the desk has answered itself, nor a backlog, nor an event that greets nobody."""
    if message.data.get("desk") or message.data.get("silent"):
        return False
    return message.kind != "event" or bool(message.data.get("event"))


def _words(recent: list[Message], message: Message) -> str:
    """What Rasa reads: the masked words, the payload of a chosen button, or an intent for what has no words."""
    if message.kind == "event":
        return "/greet"
    if message.kind in KINDS_WITHOUT_WORDS:
        return KINDS_WITHOUT_WORDS[message.kind]
    if message.kind == "voice" and not message.text.strip():
        return "/voice_unheard"
    # The key of a menu entry that is none of ours is read as if the resident had said it.
    key = str(message.data.get("event_key", "") if message.kind == "menu_click" else "")
    chosen = MENU_KEYS.get(key) or own_words.pressed(recent, message) or together.door(message.text)
    return chosen or together.as_one([replace(message, text=message.text or key)])[0]
