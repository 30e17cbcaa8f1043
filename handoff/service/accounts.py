"""Log-ins: argon2 passwords, sessions that expire, a token against cross-site requests."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ..domain.errors import BadInput, DeskError, NotLoggedIn
from ..domain.models import User
from .ports import Transaction

ROLES = ("caseworker", "supervisor", "admin", "auditor")
SESSION = timedelta(hours=12)
PASSWORD_MIN = 8
_USERNAME = re.compile(r"[A-Za-z0-9_.\-一-鿿]{1,32}")
_hasher = PasswordHasher()
# Verified when the name is unknown, so that an unknown name takes as long as a wrong password.
_NOBODY = _hasher.hash(secrets.token_hex(16))


class WrongLogin(DeskError):
    code, status, message = "wrong_login", 401, "用户名或密码不对。"


@dataclass(frozen=True)
class LoggedIn:
    token: str
    csrf: str
    user: User


def create(tx: Transaction, username: str, role: str, password: str, now: datetime, area: str | None = None) -> User:
    if not _USERNAME.fullmatch(username):
        raise BadInput("username", "用户名用 1 到 32 个字母、数字或汉字。")
    if role not in ROLES:
        raise BadInput("role", f"角色只能是：{'、'.join(ROLES)}。")
    if len(password) < PASSWORD_MIN:
        raise BadInput("password", f"密码至少 {PASSWORD_MIN} 个字符。")
    if tx.people.get(username):
        raise BadInput("username", "这个用户名已经有了。")
    user = User(username, role, area, True, _hasher.hash(password))
    tx.people.add(user, now)
    tx.people.audit(now, "operator", "user_add", username, {"role": role})
    return user


def check_password(user: User | None, password: str) -> bool:
    """Slow on purpose; run it outside the ledger's writer."""
    try:
        return _hasher.verify(user.password_hash if user else _NOBODY, password) and user is not None and user.active
    except (VerifyMismatchError, InvalidHashError):
        return False


def start_session(tx: Transaction, user: User, now: datetime) -> LoggedIn:
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    tx.people.add_session(token_hash(token), user.username, csrf, now + SESSION)
    tx.people.end_expired_sessions(now)
    tx.people.audit(now, user.username, "login")
    return LoggedIn(token, csrf, user)


def session(tx: Transaction, token: str, now: datetime) -> tuple[User, str]:
    found = tx.people.session(token_hash(token), now)
    if found is None:
        raise NotLoggedIn()
    return found


def end_session(tx: Transaction, token: str) -> None:
    tx.people.end_session(token_hash(token))


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
