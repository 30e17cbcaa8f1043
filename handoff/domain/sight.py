"""Who sees a conversation and whose turn it is to serve it. The whole rule is here; docs/queue.md publishes it.

An area contains what is below it: `幸福社区` contains `幸福社区/第三网格`. A queue entry begins open to those who match
area and skills and widens with the time it waits, so that nobody waits for ever for somebody who is not there. What is
sealed (domain/sealing.py) never widens: whoever is trusted with it, and a supervisor of the whole office, see it from the
first moment. The supervisor of one area does not by that alone: a report may be about that area's own people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .models import Case, Conversation, User
from .ownership import Owner
from .priority import LIFE_SAFETY
from .sealing import calls_for_help, reports
from .skills import SEALED

MATCHING, ANY_SKILL, EVERYBODY = 0, 1, 2  # how far a queue entry is open (`Conversation.reach`)
SERVES = SEES_PERSONAL_DATA = ("caseworker", "supervisor")
SEES_ALL_SKILLS = ("supervisor", "admin", "auditor", "vendor")  # skills order the caseworkers' queue only


@dataclass(frozen=True)
class Sight:
    """What the ledger must know of a user to list only what that user may see."""

    username: str
    area: str | None
    sealed: bool
    helps: bool = False


def sight(user: User) -> Sight:
    return Sight(user.username, user.area, sees_sealed(user), user.role in SERVES)


def sees_sealed(user: User) -> bool:
    over_all = user.role == "supervisor" and user.area is None
    return over_all or (SEALED in user.skills and user.role != "vendor")


def may_unseal(user: User) -> bool:
    return user.role == "supervisor" and sees_sealed(user)


def may_help(user: User, conversation: Conversation) -> bool:
    """Whether somebody in danger, sealed though it is, waits for this user too."""
    return user.role in SERVES and calls_for_help(conversation)


def sees_personal_data(user: User) -> bool:
    return user.role in SEES_PERSONAL_DATA


def in_area(user: User, area: str | None) -> bool:
    """Somebody without an area serves all of them; what has no area belongs to everybody."""
    return user.area is None or area is None or contains(user.area, area)


def narrowed(user: User, area: str | None) -> str | None:
    """The area that a list is of: what was asked for, within what this user may see; None for everywhere."""
    allowed = area and (user.area is None or contains(user.area, area))
    return area if allowed else user.area


def contains(area: str, inner: str) -> bool:
    return inner == area or inner.startswith(f"{area}/")


def may_see(user: User, conversation: Conversation) -> bool:
    if conversation.caseworker == user.username:
        return True
    if conversation.sealed and not (sees_sealed(user) or may_help(user, conversation)):
        return False
    widened = conversation.owner_kind is Owner.QUEUE and conversation.reach >= EVERYBODY
    return widened or in_area(user, conversation.area)


def may_see_case(user: User, case: Case, conversation: Conversation | None) -> bool:
    """By area and sealing as a conversation; whoever holds the one it was told in, or may help there, sees it as well."""
    if (sees_sealed(user) or not case.sealed) and in_area(user, case.area):
        return True
    if conversation is None or conversation.caseworker == user.username:
        return conversation is not None
    return may_help(user, conversation) and not reports(case)


def may_serve(user: User, conversation: Conversation) -> bool:
    """Whether it is this user's to take now. Whoever may not see it may not serve it either."""
    if not may_see(user, conversation):
        return False
    open_to_all = conversation.owner_kind is not Owner.QUEUE or conversation.reach >= ANY_SKILL
    return open_to_all or user.role in SEES_ALL_SKILLS or set(conversation.skills) <= set(user.skills)


def first_reach(staff: Sequence[User], priority: str | None, area: str | None, wanted: Sequence[str]) -> int:
    """How far an entry is open from the start: to everybody for life and safety, or where nobody would match."""
    if priority == LIFE_SAFETY:
        return EVERYBODY
    here = [user for user in staff if user.active and user.role == "caseworker" and in_area(user, area)]
    if not here:
        return EVERYBODY
    return MATCHING if any(set(wanted) <= set(user.skills) for user in here) else ANY_SKILL
