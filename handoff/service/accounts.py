"""Log-ins: argon2 passwords, sessions that expire, a token against cross-site requests."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from ..domain import areas, skills
from ..domain.errors import BadInput, DeskError, IllegalMove, NotFound, NotLoggedIn
from ..domain.models import User
from ..domain.ownership import Owner, held_by
from . import ownership
from .ports import Transaction

ROLES = ("caseworker", "supervisor", "admin", "auditor", "vendor")
LIMITED_ROLE = "vendor"  # somebody from outside: masked data only, and only for a time
LONGEST_LIMITED = timedelta(days=90)
SESSION = timedelta(hours=12)
PASSWORD_MIN = 8
# Said of conversations and promises that are nobody's own.
NOBODYS_NAMES = frozenset({*(kind.value for kind in Owner), "desk", "office"})
_USERNAME = re.compile(r"[A-Za-z0-9_.\-一-鿿]{1,32}")
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Verified when the name is unknown, so that an unknown name takes as long as a wrong password.
_NOBODY = _hasher.hash(secrets.token_hex(16))


class WrongLogin(DeskError):
    code, status, message = "wrong_login", 401, "用户名或密码不对。"


@dataclass(frozen=True)
class LoggedIn:
    token: str
    csrf: str
    user: User


def create(
    tx: Transaction,
    username: str,
    role: str,
    password: str,
    now: datetime,
    area: str | None = None,
    given_skills: Sequence[str] = (),
    *,
    capacity: int | None = None,
    valid_until: datetime | None = None,
) -> User:
    """A new log-in. `area` limits what it sees; `given_skills` are names or ids of `handoff.domain.skills`."""
    if not _USERNAME.fullmatch(username):
        raise BadInput("username", "用户名用 1 到 32 个字母、数字或汉字。")
    if username in NOBODYS_NAMES:
        raise BadInput("username", f"{username} 在系统里另有意思，请换一个用户名。")
    if role not in ROLES:
        raise BadInput("role", f"角色只能是：{'、'.join(ROLES)}。")
    _check_length(password)
    if tx.people.get(username):
        raise BadInput("username", "这个用户名已经有了。")
    limit, named, area = _until(role, valid_until, now), _skills(given_skills), _area(area)
    user = User(username, role, area, True, _hasher.hash(password), named, capacity, limit)
    tx.people.add(user, now)
    tx.people.audit(now, "operator", "user_add", username, {"role": role, "area": area, "skills": named})
    return user


def _skills(given: Sequence[str]) -> list[str]:
    try:
        return skills.known(given)
    except ValueError as error:
        raise BadInput("skill", f"技能名称太长：{error}") from None


def _area(area: str | None) -> str | None:
    area = (area or "").strip().strip("/") or None
    if area and len(area) > areas.LONGEST:
        raise BadInput("area", f"社区名称最长 {areas.LONGEST} 个字。")
    return area


def _until(role: str, valid_until: datetime | None, now: datetime) -> datetime | None:
    if valid_until is not None and valid_until <= now:
        raise BadInput("until", "有效期要在以后。")
    if role == LIMITED_ROLE and (valid_until is None or valid_until > now + LONGEST_LIMITED):
        raise BadInput("until", f"外部人员的账号要写有效期（until），最长 {LONGEST_LIMITED.days} 天。")
    return valid_until


def _check_length(password: str) -> None:
    if len(password) < PASSWORD_MIN:
        raise BadInput("password", f"密码至少 {PASSWORD_MIN} 个字符。")


def disable(tx: Transaction, username: str, now: datetime) -> int:
    """Who has left is out at once; what they held goes back to the queue. Returns how many conversations that were."""
    user = _known(tx, username)
    if not user.active:
        raise IllegalMove(f"{username} 已经停用了。")
    if user.role == "admin":
        _keep_an_admin(tx, username, now)
    tx.people.set(username, active=False)
    tx.people.end_sessions_of(username)
    held = [one for one in tx.conversations.held_by(held_by(username)) if tx.conversations.still(one)]
    for conversation in held:
        ownership.expire(tx, conversation, "offline", now)
    tx.people.audit(now, "operator", "user_disable", username, {"conversations": len(held)})
    return len(held)


def _keep_an_admin(tx: Transaction, username: str, now: datetime) -> None:
    """Raises `IllegalMove` when no other admin could log in."""
    for user in tx.people.all():
        if user.role == "admin":
            tx.people.hold(user.username)  # two who disable each other at once
    others = [user for user in tx.people.all() if user.role == "admin" and user.username != username]
    if not any(user.active and not _has_run_out(user, now) for user in others):
        raise IllegalMove("这是最后一个能登录的管理员账号，不能停用。请先新增或恢复另一个管理员。")


def enable(tx: Transaction, username: str, now: datetime) -> None:
    user = _known(tx, username)
    if user.active:
        raise IllegalMove(f"{username} 没有停用，不用恢复。")
    if _has_run_out(user, now):
        raise IllegalMove(f"{username} 的有效期已过，恢复了也不能登录。请另外新增一个账号。")
    tx.people.set(username, active=True)
    tx.people.audit(now, "operator", "user_enable", username)


def change_password(tx: Transaction, username: str, password: str, now: datetime) -> None:
    """Whoever is logged in with the old one is out at once."""
    _known(tx, username)
    _check_length(password)
    tx.people.set(username, password_hash=_hasher.hash(password))
    tx.people.end_sessions_of(username)
    tx.people.audit(now, "operator", "user_password", username)


def give_skills(tx: Transaction, username: str, given: Sequence[str], now: datetime) -> list[str]:
    """These and no others from now on, for who is logged in as well: what is sealed is opened or closed with them."""
    before, named = _known(tx, username).skills, _skills(given)
    tx.people.set(username, skills=named)
    tx.people.audit(now, "operator", "user_skills", username, {"from": before, "to": named})
    return named


def _known(tx: Transaction, username: str) -> User:
    user = tx.people.get(username)
    if user is None:
        raise NotFound(f"没有 {username} 这个账号。")
    return user


def _has_run_out(user: User, now: datetime) -> bool:
    return user.valid_until is not None and user.valid_until <= now


def check_password(user: User | None, password: str) -> bool:
    """Slow on purpose; run it outside the ledger's writer."""
    try:
        return _hasher.verify(user.password_hash if user else _NOBODY, password) and user is not None and user.active
    except (VerifyMismatchError, InvalidHashError):
        return False


def start_session(tx: Transaction, user: User, now: datetime) -> LoggedIn:
    """`user` as it was when the password was checked. Raises `WrongLogin` for who was shut out since or has run out."""
    tx.people.hold(user.username)
    current = tx.people.get(user.username)
    if not current.active or current.password_hash != user.password_hash or _has_run_out(current, now):
        raise WrongLogin()
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    tx.people.add_session(token_hash(token), user.username, csrf, now, now + SESSION)
    tx.people.end_expired_sessions(now)
    tx.people.audit(now, user.username, "login")
    return LoggedIn(token, csrf, user)


def session(tx: Transaction, token: str, now: datetime) -> tuple[User, str, datetime | None]:
    """(user, csrf, last sign of life). Raises `NotLoggedIn`."""
    found = tx.people.session(token_hash(token), now)
    if found is None:
        raise NotLoggedIn()
    return found


def touch(tx: Transaction, token: str, now: datetime) -> None:
    tx.people.touch_session(token_hash(token), now)


def open_console(tx: Transaction, token: str, now: datetime, until: datetime) -> None:
    touch(tx, token, now)
    tx.people.open_console(token_hash(token), until)


def close_console(tx: Transaction, token: str, until: datetime) -> None:
    """`until` is what it was last opened with."""
    tx.people.close_console(token_hash(token), until)


def end_session(tx: Transaction, token: str) -> None:
    tx.people.end_session(token_hash(token))


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
