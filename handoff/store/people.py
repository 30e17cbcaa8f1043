"""Log-ins, sessions and the append-only audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from ..domain.models import User
from .rows import reader
from .schema import audit, sessions, users

_AUDIT_FILTERS = {
    "actor": lambda v: audit.c.actor == v,
    "action": lambda v: audit.c.action == v,
    "target": lambda v: audit.c.target == v,
    "since": lambda v: audit.c.at >= v,
    "until": lambda v: audit.c.at < v,
}
_FIELDS = [name for name in User.__dataclass_fields__]
_user = reader(User)


class SqlPeople:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, user: User, now: datetime) -> None:
        self._db.execute(insert(users).values(created_at=now, **{name: getattr(user, name) for name in _FIELDS}))

    def get(self, username: str) -> User | None:
        row = self._db.execute(select(users).where(users.c.username == username)).first()
        return _user(row) if row else None

    def all(self) -> list[User]:
        rows = self._db.execute(select(users).order_by(users.c.username))
        return [_user(row) for row in rows]

    def set(self, username: str, **values: Any) -> None:
        self._db.execute(update(users).where(users.c.username == username).values(**values))

    def add_session(self, token_hash: str, username: str, csrf: str, now: datetime, expires_at: datetime) -> None:
        self._db.execute(
            insert(sessions).values(
                token_hash=token_hash, username=username, csrf=csrf, expires_at=expires_at, seen_at=now
            )
        )

    def session(self, token_hash: str, now: datetime) -> tuple[User, str, datetime | None] | None:
        """(user, csrf, last sign of life) of a live session of an active user whose log-in has not run out."""
        still_valid = or_(users.c.valid_until.is_(None), users.c.valid_until > now)
        row = self._db.execute(
            select(users, sessions.c.csrf, sessions.c.seen_at)
            .join_from(users, sessions)
            .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now)
            .where(users.c.active.is_(True), still_valid)
        ).first()
        return (_user(row), row.csrf, row.seen_at) if row else None

    def touch_session(self, token_hash: str, now: datetime) -> None:
        """The last sign of life of a console. Only the last one: how long anybody was there is nobody's business."""
        self._db.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))

    def open_console(self, token_hash: str, until: datetime) -> None:
        self._db.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(console_until=until))

    def close_console(self, token_hash: str, until: datetime) -> None:
        """Unless another page of the session has opened or stayed since."""
        own = (sessions.c.token_hash == token_hash, sessions.c.console_until == until)
        self._db.execute(update(sessions).where(*own).values(console_until=None))

    def with_console(self, now: datetime) -> list[User]:
        """Who has a console open at this moment, at whatever desk."""
        opened = select(sessions.c.username).where(sessions.c.console_until > now)
        rows = self._db.execute(select(users).where(users.c.active.is_(True), users.c.username.in_(opened)))
        return [_user(row) for row in rows]

    def present(self, since: datetime) -> set[str]:
        """Who has had a console open since then."""
        return {row[0] for row in self._db.execute(select(sessions.c.username).where(sessions.c.seen_at >= since))}

    def hold(self, username: str) -> None:
        """Holds the row until the transaction ends, so that two claims of one person cannot pass the capacity at once."""
        self._db.execute(update(users).where(users.c.username == username).values(active=users.c.active))

    def end_session(self, token_hash: str) -> None:
        self._db.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    def end_sessions_of(self, username: str) -> None:
        self._db.execute(delete(sessions).where(sessions.c.username == username))

    def end_expired_sessions(self, now: datetime) -> int:
        return self._db.execute(delete(sessions).where(sessions.c.expires_at <= now)).rowcount

    def audit(
        self, at: datetime, actor: str, action: str, target: str | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        # What was asked for may be longer than anything there is; the look is logged all the same.
        shown = target and target[: audit.c.target.type.length]
        self._db.execute(insert(audit).values(at=at, actor=actor, action=action, target=shown, detail=detail or {}))

    def audited(self, limit: int = 200, before: int | None = None, **filters: Any) -> list[dict[str, Any]]:
        """Newest first. Filters: actor, action, target, since, until; one that is None is not applied."""
        statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(audit.c.id < before)
        for name, value in filters.items():
            if value is not None:
                statement = statement.where(_AUDIT_FILTERS[name](value))
        return [dict(row._mapping) for row in self._db.execute(statement)]
