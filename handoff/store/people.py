"""Log-ins, sessions and the append-only audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from ..domain.models import User
from .schema import audit, sessions, users

_FIELDS = [name for name in User.__dataclass_fields__]


class SqlPeople:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, user: User, now: datetime) -> None:
        self._db.execute(insert(users).values(created_at=now, **{name: getattr(user, name) for name in _FIELDS}))

    def get(self, username: str) -> User | None:
        row = self._db.execute(select(users).where(users.c.username == username)).first()
        return User(**{name: row._mapping[name] for name in _FIELDS}) if row else None

    def all(self) -> list[User]:
        rows = self._db.execute(select(users).order_by(users.c.username))
        return [User(**{name: row._mapping[name] for name in _FIELDS}) for row in rows]

    def set(self, username: str, **values: Any) -> None:
        self._db.execute(update(users).where(users.c.username == username).values(**values))

    def add_session(self, token_hash: str, username: str, csrf: str, expires_at: datetime) -> None:
        self._db.execute(
            insert(sessions).values(token_hash=token_hash, username=username, csrf=csrf, expires_at=expires_at)
        )

    def session(self, token_hash: str, now: datetime) -> tuple[User, str] | None:
        """(user, csrf) of a live session of an active user."""
        row = self._db.execute(
            select(users, sessions.c.csrf)
            .join_from(users, sessions)
            .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now, users.c.active.is_(True))
        ).first()
        return (User(**{name: row._mapping[name] for name in _FIELDS}), row.csrf) if row else None

    def end_session(self, token_hash: str) -> None:
        self._db.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    def end_expired_sessions(self, now: datetime) -> int:
        return self._db.execute(delete(sessions).where(sessions.c.expires_at <= now)).rowcount

    def audit(
        self, at: datetime, actor: str, action: str, target: str | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        self._db.execute(insert(audit).values(at=at, actor=actor, action=action, target=target, detail=detail or {}))

    def audited(self, limit: int = 200, before: int | None = None) -> list[dict[str, Any]]:
        statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(audit.c.id < before)
        return [dict(row._mapping) for row in self._db.execute(statement)]
