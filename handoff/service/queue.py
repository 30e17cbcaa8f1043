"""The queue: how far an entry is open, how it widens with the time it waits, and paging until somebody is there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..domain import skills
from ..domain.deadlines import P0_FIRST_RESPONSE
from ..domain.errors import BadInput, Forbidden
from ..domain.models import Case, Conversation, User
from ..domain.ownership import Owner
from ..domain.priority import LIFE_SAFETY
from ..domain.sight import ANY_SKILL, EVERYBODY, first_reach, in_area, may_serve, may_unseal, sight
from . import access, belonging
from .office import Office
from .ports import Transaction

CALLED = ("caseworker", "supervisor")  # who only looks on is nobody to call for help
LISTED = 500  # of those who wait, as many as a page can show; the answer says how many more there are


def entry(tx: Transaction, before: Conversation, priority: str, trigger: str, text: str) -> dict[str, Any]:
    """What a conversation's row says of the skills it asks for and how far it is open on entering the queue."""
    wanted = [*dict.fromkeys([*before.skills, *skills.wanted(trigger, text)])]
    return {"skills": wanted, "reach": first_reach(tx.people.all(), priority, before.area, wanted)}


def waiting(tx: Transaction, user: User) -> list[Conversation]:
    """In serving order, all that is this user's to see and serve now."""
    return [one for one in tx.conversations.queue(sight(user)) if may_serve(user, one)]


def check_claim(user: User, conversation: Conversation) -> None:
    """Raises `NotFound` for what may not be seen, `Forbidden` for what waits for somebody with other skills."""
    access.check_visible(user, conversation)
    if not may_serve(user, conversation):
        wanted = skills.in_words(conversation.skills)
        raise Forbidden(f"这位居民先留给懂{wanted}的同事；等久了没人接，会向所有人开放。")


def narrow(tx: Transaction, office: Office, now: datetime) -> list[int]:
    """Those who have waited so long that they are to be open further."""
    return [one.id for one in tx.conversations.narrow(EVERYBODY) if _reach(office, one, now) > one.reach]


def _reach(office: Office, one: Conversation, now: datetime) -> int:
    """The published rule (docs/queue.md): after `widen_after` of office time no skill is asked for any more, after
    twice that no area either."""
    waited = office.calendar.open_between(one.waiting_since or now, now)
    return EVERYBODY if waited >= 2 * office.widen_after else ANY_SKILL if waited >= office.widen_after else 0


def widen(tx: Transaction, office: Office, conversation_id: int, now: datetime) -> bool:
    """Opens one that waits as far as it is to be. False when it is, or waits no more."""
    one = tx.conversations.get(conversation_id)
    reach = _reach(office, one, now)
    # By the row, not by what was read: danger heard at another desk has perhaps just opened it to everybody.
    opened = one.owner_kind is Owner.QUEUE and reach > one.reach and tx.conversations.widen(one, reach)
    if opened:
        tx.emit("owner", one.id, owner=one.holder, version=one.version)
    return opened


def unanswered(tx: Transaction, now: datetime) -> list[int]:
    """Life and safety that nobody has taken over, though somebody was called for it long enough ago."""
    return [one.id for one in tx.conversations.waiting_with(LIFE_SAFETY) if _is_to_be_paged(tx, one.id, now)]


def _is_to_be_paged(tx: Transaction, conversation_id: int, now: datetime) -> bool:
    last, pending = tx.records.last_paged(conversation_id)
    return not pending and (last is None or now - last >= P0_FIRST_RESPONSE)


def page_again(tx: Transaction, conversation_id: int, now: datetime) -> bool:
    """Pages one of them again, at any hour, until somebody has taken it. False when somebody has, or was just paged."""
    one = tx.conversations.get(conversation_id)
    if one.owner_kind is not Owner.QUEUE or one.priority != LIFE_SAFETY or not tx.conversations.still(one):
        return False
    due = _is_to_be_paged(tx, one.id, now)  # read under the row's hold: two desks page once
    if due:
        trigger = one.reason_trigger or "emergency"
        tx.records.add_page(one.id, trigger, now)
        tx.emit("page", one.id, trigger=trigger)
    return due


def rings(tx: Transaction, conversation: Conversation, now: datetime) -> bool:
    """Whether a console is open where a page of this rings and somebody sits who may take it."""
    return any(user.role in CALLED and may_serve(user, conversation) for user in tx.people.with_console(now))


def choices(tx: Transaction, office: Office, user: User) -> dict[str, Any]:
    """The areas and skills to choose from when routing: those of AREAS_FILE and those that colleagues have."""
    staff = [one for one in tx.people.all() if one.active]
    areas = [*office.areas.names, *(one.area for one in staff if one.area)]
    named = [*skills.NAMES, *(skill for one in staff for skill in one.skills)]  # sealing is a matter of its own
    return {
        "areas": [area for area in dict.fromkeys(areas) if in_area(user, area)],
        "skills": [
            {"id": skill, "name": skills.in_words([skill])} for skill in dict.fromkeys(named) if skill != skills.SEALED
        ],
    }


def route(tx: Transaction, user: User, conversation_id: int, changes: dict[str, Any], now: datetime) -> Conversation:
    """Sets `area`, `skills` or `sealed` of a conversation, by who holds it or a supervisor; audited.

    It is then open to those who match the new values, now or once it is put back. Only a supervisor unseals.
    """
    before = access.visible(tx, user, conversation_id)
    if before.caseworker != user.username and user.role != "supervisor":
        raise Forbidden("由接手的人或主管来改。")
    if changes.get("sealed") is False and not may_unseal(user):
        raise Forbidden("解除密件由主管来办，要看得到全部密件。")
    if not changes:
        raise BadInput("area", "没有写明要改什么。")
    by_hand = {"sealed_in_danger": False} if "sealed" in changes else {}
    after = _routed(tx, before, **changes, **by_hand)
    belonging.move(tx, before, after.area, user.username, now)
    if after.sealed:
        belonging.seal(tx, conversation_id, user.username, now)
    elif before.sealed:
        belonging.unseal(tx, conversation_id, user.username, now)
    tx.people.audit(now, user.username, "route", str(conversation_id), changes)
    return after


def follow(tx: Transaction, case: Case, changes: dict[str, str | None]) -> None:
    """Who waits goes with the case when staff put its area right, unless the conversation was routed elsewhere.

    Called before the case is changed: its conversation's row is held first, as everywhere.
    """
    before = tx.conversations.get(case.conversation_id) if case.conversation_id else None
    if before is None or "area" not in changes or before.area not in (None, case.area):
        return
    if before.owner_kind is Owner.QUEUE and tx.conversations.still(before):
        _routed(tx, before, area=changes["area"])


def _routed(tx: Transaction, before: Conversation, **changes: Any) -> Conversation:
    """Open to those who match the new values, as on entering the queue."""
    tx.conversations.set(before.id, **changes)
    after = tx.conversations.get(before.id)
    tx.conversations.set(before.id, reach=first_reach(tx.people.all(), after.priority, after.area, after.skills))
    tx.emit("owner", before.id, owner=after.holder, version=after.version)
    return tx.conversations.get(before.id)
