"""Moves of a conversation between bot, queue, people and closed. Each is one transaction with its effects.

Every function reads the conversation, asks the transition table, and changes the owner conditionally; whoever comes
second finds the row changed and gets an error that says who was first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ..domain.errors import AlreadyClaimed, BadInput, DeskError, IllegalMove, NotOwner, Stale, UnseenMessage
from ..domain.models import OUTCOMES, Conversation, User
from ..domain.ownership import Move, Owner, destination, held_by, held_in_client, holder
from ..domain.priority import LIFE_SAFETY
from ..domain.sight import EVERYBODY, may_see, sees_sealed
from . import access, cases, delivery, notices, promises, queue
from .office import Office
from .ports import Transaction

# Marks what the resident can do without: beyond the reply window it stays unsent, and nobody is asked to call for it.
ROUTINE = "routine"
# A conversation for which nobody has asked for a person.
NOT_ASKED_FOR: dict[str, Any] = {
    "priority": None,
    "reason_trigger": None,
    "reason_seq": None,
    "waiting_since": None,
    "closed_period": None,
    "skills": [],
    "reach": 0,
}
WITHDRAWN = "withdrawn"  # the outcome after which nothing is wanted any more


class TooManyHeld(DeskError):
    code, status, message = "capacity", 409, "您手上的对话已满，请先处理完一部分。"


def change(tx: Transaction, before: Conversation, move: Move, to_user: str | None = None, **values: Any) -> int:
    """The single door to a change of owner. Returns the new version; raises `IllegalMove` or `Stale`."""
    owner = destination(before.owner, move, to_user)
    if before.owner_kind is Owner.CLOSED:  # whoever takes it up: what was urgent then is over
        values = {"closed_at": None, **NOT_ASKED_FOR, **values}
    version = tx.conversations.move(before, owner, **values)
    delivery.withdraw_unsent(tx, before.id, version)
    tx.emit("owner", before.id, owner=holder(owner), version=version)
    return version


def record(tx: Transaction, before: Conversation, trigger: str, priority: str, now: datetime) -> None:
    """One row for the statistics each time a person is needed, answered or not."""
    tx.records.add_handoff(
        conversation_id=before.id,
        episode=before.episode,
        trigger=trigger,
        priority=priority,
        category=before.category,
        area=before.area,
        requested_at=now,
    )


def claim(tx: Transaction, office: Office, user: User, conversation_id: int, now: datetime) -> Conversation:
    before = tx.conversations.get(conversation_id)
    if before.caseworker == user.username:
        return before
    if before.owner_kind is Owner.HUMAN and may_see(user, replace(before, owner=Owner.QUEUE.value)):
        raise AlreadyClaimed(owner=before.holder)  # whoever could see it wait may know who was first
    queue.check_claim(user, before)
    check_capacity(tx, office, user, before)
    try:
        change(tx, before, Move.CLAIM, user.username, owner_seen_at=now)
    except Stale:
        raise AlreadyClaimed(owner=tx.conversations.get(conversation_id).holder) from None
    if before.owner_kind is Owner.QUEUE:
        tx.records.mark_handoff(conversation_id, claimed_at=now)
    tx.promises.give(conversation_id, user.username)
    _notice(tx, conversation_id, notices.claimed(user.username), now)
    return tx.conversations.get(conversation_id)


def check_capacity(tx: Transaction, office: Office, user: User, before: Conversation) -> None:
    """Raises `TooManyHeld` when this person's hands are full."""
    if before.priority == LIFE_SAFETY and before.owner_kind is not Owner.CLOSED:
        return  # whoever is there helps at once, whatever else they hold
    tx.people.hold(user.username)
    allowed = user.capacity or office.capacity
    holds = len(tx.conversations.held_by(held_by(user.username)))
    if holds >= allowed:
        raise TooManyHeld(holds=holds, capacity=allowed)


def colleagues(tx: Transaction, user: User, conversation_id: int) -> list[str]:
    """Who else serves; with a conversation, only those to whom it may be given."""
    sealed = conversation_id and access.visible(tx, user, conversation_id).sealed
    others = [one for one in tx.people.all() if _serves(one) and one.username != user.username]
    return [one.username for one in others if not sealed or sees_sealed(one)]


def _serves(target: User) -> bool:
    return target.active and target.role in ("caseworker", "supervisor")


def transfer(tx: Transaction, user: User, conversation_id: int, to: str, office: Office, now: datetime) -> None:
    before = _held(tx, user, conversation_id)
    if to == user.username:
        raise BadInput("to", "这个对话已经在您手上。")
    target = tx.people.get(to)
    if target is None or not _serves(target):
        raise BadInput("to", "没有这位同事，或他不能接待。")
    if before.sealed and not sees_sealed(target):
        raise BadInput("to", "密件只能转给专人。")
    try:
        check_capacity(tx, office, target, before)
    except TooManyHeld as full:
        raise TooManyHeld("这位同事手上已满，请换一位。", **full.data) from None
    _moved(tx, before, Move.TRANSFER, to, owner_seen_at=now)
    tx.promises.give(conversation_id, to)
    _notice(tx, conversation_id, notices.claimed(to), now)
    tx.people.audit(now, user.username, "transfer", str(conversation_id), {"to": to})


def take_over(tx: Transaction, user: User, conversation_id: int, reason: str, now: datetime) -> None:
    """A supervisor takes a conversation from a caseworker: explicit, with a reason the colleague reads, and audited."""
    before = access.visible(tx, user, conversation_id)
    if before.caseworker == user.username:
        raise IllegalMove("这个对话已经在您手上。")
    _moved(tx, before, Move.OVERRIDE, user.username, owner_seen_at=now)
    tx.promises.give(conversation_id, user.username)
    delivery.note(
        tx, conversation_id, f"{user.username} 从 {before.caseworker} 接管。原因：{reason}", now, user.username
    )
    _notice(tx, conversation_id, notices.claimed(user.username), now)
    tx.people.audit(
        now, user.username, "take_over", str(conversation_id), {"from": before.caseworker, "reason": reason}
    )


def release(tx: Transaction, user: User, conversation_id: int, now: datetime) -> None:
    _back_to_queue(tx, _held_still(tx, user, conversation_id), Move.RELEASE, now)


def expire(tx: Transaction, before: Conversation, why: str, now: datetime) -> None:
    """By the published rule of `silence`: a caseworker who is `silent` or `offline` while the resident waits."""
    if held_in_client(before.owner):
        # The platform lets nobody else speak while that person has it: a colleague has to go there.
        if tx.records.open_task(before.id, "silent_there") is None:
            tx.records.add_task(before.id, "silent_there", f"{before.caseworker} 在平台客户端里一直没有回复居民。", now)
            tx.emit("task", before.id)
        return
    _back_to_queue(tx, before, Move.EXPIRE, now)
    said = "未及时回复" if why == "silent" else "已离线"
    tx.records.add_task(before.id, why, f"{before.caseworker} {said}，对话已回到队列。", now)
    tx.emit("task", before.id)


def _back_to_queue(tx: Transaction, before: Conversation, move: Move, now: datetime) -> None:
    # waiting_since stays: who has waited does not go to the end of the line.
    reach = before.reach if before.waiting_since else EVERYBODY  # it never was in the queue: whoever may, helps
    waiting = {"waiting_since": before.waiting_since or now, "priority": before.priority or "P2", "reach": reach}
    version = _moved(tx, before, move, **waiting)
    tx.promises.give(before.id, promises.OFFICE)
    if tx.records.open_handoff(before.id) is None:
        record(tx, before, before.reason_trigger or "explicit_human", before.priority or "P2", now)
    _notice(tx, before.id, notices.released(), now, version)


def hand_back(
    tx: Transaction, user: User, conversation_id: int, now: datetime, wrong: bool = False, seen: int | None = None
) -> None:
    """person → bot. The bot starts afresh: a new episode, nothing unanswered left for it."""
    before = _seen_through(tx, user, conversation_id, seen)
    version = _moved(tx, before, Move.HAND_BACK, **fresh(before))
    if wrong:
        tx.records.mark_handoff(conversation_id, wrong=True)
    tx.records.end_handoff(conversation_id, now, "handed_back")
    no_longer_owed(tx, conversation_id, now)
    _notice(tx, conversation_id, notices.handed_back(), now, version)


def withdraw(tx: Transaction, before: Conversation, now: datetime) -> None:
    """The resident leaves the queue."""
    version = change(tx, before, Move.WITHDRAW, **fresh(before))
    tx.records.end_handoff(before.id, now, "withdrawn")
    no_longer_owed(tx, before.id, now)
    _notice(tx, before.id, notices.withdrawn(), now, version)


def resolve(
    tx: Transaction,
    user: User,
    conversation_id: int,
    outcome: str,
    category: str | None,
    now: datetime,
    seen: int | None = None,
) -> None:
    """person → closed, with the one field that is mandatory: what came of it."""
    if outcome not in OUTCOMES:
        raise BadInput("outcome", "请选择处理结果。")
    before = _seen_through(tx, user, conversation_id, seen)
    if category:
        cases.correct_category(tx, user.username, before, category, now)
    _moved(tx, before, Move.RESOLVE, closed_at=now, handled_seq=before.resident_seq)
    number = cases.close_open(tx, before, user.username, outcome, now)
    tx.records.end_handoff(conversation_id, now, outcome)
    if outcome == WITHDRAWN:
        tx.promises.drop_text(conversation_id, promises.HUMAN_ANSWER, now)
    tx.promises.give(conversation_id, promises.OFFICE)  # a person is still owed where none has said a word
    after = tx.conversations.get(conversation_id)
    delivery.say(tx, after, notices.resolved(OUTCOMES[outcome], number), now, author="system", fence=None, urgent=True)


def reopen(tx: Transaction, before: Conversation) -> Conversation:
    change(tx, before, Move.REOPEN, **fresh(before))
    return tx.conversations.get(before.id)


def no_longer_owed(tx: Transaction, conversation_id: int, now: datetime) -> None:
    """The promised person is no longer wanted; what else was promised goes on with the office."""
    tx.promises.drop_text(conversation_id, promises.HUMAN_ANSWER, now)
    tx.promises.give(conversation_id, promises.OFFICE)


def fresh(before: Conversation) -> dict[str, Any]:
    """What the bot begins with when it listens again."""
    return {
        **NOT_ASKED_FOR,
        "episode": before.episode + 1,
        "expects": None,
        "handled_seq": before.resident_seq,
        "failures": 0,
        "category": None,
        "understanding": {},
    }


def _notice(tx: Transaction, conversation_id: int, words: str, now: datetime, fence: int | None = None) -> None:
    """Tells of a move as a courtesy: it is shown by what comes next, whether or not this arrives."""
    after = tx.conversations.get(conversation_id)
    seq = delivery.say(tx, after, words, now, author="system", fence=fence)
    tx.messages.add_data(conversation_id, seq, {ROUTINE: True})


def _held(tx: Transaction, user: User, conversation_id: int) -> Conversation:
    before = access.visible(tx, user, conversation_id)
    if before.owner_kind is not Owner.HUMAN:
        raise IllegalMove()
    if before.caseworker != user.username:
        raise NotOwner(owner=before.holder)
    return before


def _held_still(tx: Transaction, user: User, conversation_id: int) -> Conversation:
    """The same, held against change and read again: danger that another desk has heard meanwhile counts."""
    before = _held(tx, user, conversation_id)
    if not tx.conversations.still(before):
        raise NotOwner(owner=tx.conversations.get(conversation_id).holder)
    return tx.conversations.get(conversation_id)


def _seen_through(tx: Transaction, user: User, conversation_id: int, seen: int | None) -> Conversation:
    """What this person holds and means to end, having seen its messages up to `seen`: whatever the resident has said by
    now counts as attended to. It is held against change, so that what comes in meanwhile is stored after the end."""
    current = _held_still(tx, user, conversation_id)
    if seen is not None and current.resident_seq > seen:
        raise UnseenMessage(seq=current.resident_seq)
    return current


def _moved(tx: Transaction, before: Conversation, move: Move, to_user: str | None = None, **values: Any) -> int:
    try:
        return change(tx, before, move, to_user, **values)
    except Stale:
        raise NotOwner(owner=tx.conversations.get(before.id).holder) from None
