"""Records beside the conversation: handoffs, tasks, corrections, pages, platform tokens, cursors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from ..domain.priority import LIFE_SAFETY
from ..domain.sight import Sight
from .calls import TRIES
from .schema import conversations, corrections, cursors, handoffs, pages, platform_tokens, tasks
from .scope import visible

_h, _t, _g, _k = handoffs.c, tasks.c, pages.c, platform_tokens.c


def _open_tasks(statement: Select, sight: Sight, kind: str | None) -> Select:
    """A task is as open to `sight` as the conversation it belongs to."""
    found = statement.outerjoin(conversations, conversations.c.id == _t.conversation_id).where(
        _t.done_at.is_(None), or_(_t.conversation_id.is_(None), visible(sight))
    )
    return found.where(_t.kind == kind) if kind else found


class SqlRecords:
    def __init__(self, connection: Connection, vault: Any) -> None:
        self._db = connection
        self._vault = vault

    # -- handoffs: one row each time a person was asked for, answered or not

    def add_handoff(self, **values: Any) -> int:
        return self._db.execute(insert(handoffs).values(**values)).inserted_primary_key[0]

    def open_handoff(self, conversation_id: int) -> dict[str, Any] | None:
        row = self._db.execute(
            select(handoffs)
            .where(_h.conversation_id == conversation_id, _h.ended_at.is_(None))
            .order_by(_h.id.desc())
            .limit(1)
        ).first()
        return dict(row._mapping) if row else None

    def mark_handoff(self, conversation_id: int, **values: Any) -> None:
        """Sets columns of the open handoff that are not set yet (the first claim and the first answer are what counts)."""
        for name, value in values.items():
            column = _h[name]
            self._db.execute(
                update(handoffs)
                .where(
                    _h.conversation_id == conversation_id,
                    _h.ended_at.is_(None),
                    or_(column.is_(None), column.is_(False)) if name == "wrong" else column.is_(None),
                )
                .values({name: value})
            )

    def correct_answer(
        self, conversation_id: int, at: datetime, answered: datetime | None
    ) -> tuple[datetime | None, str | None]:
        """What counted as answered `at` was answered as late as `answered`, if it had not ended by then, or not at all.
        Returns when and how it ended."""
        which = (_h.conversation_id == conversation_id, _h.first_human_at == at)
        row = self._db.execute(select(_h.id, _h.ended_at, _h.ended_how).where(*which)).first()
        if row is None:
            return None, None
        in_it = answered is not None and (row.ended_at is None or answered <= row.ended_at)
        corrected = update(handoffs).where(_h.id == row.id).values(first_human_at=answered if in_it else None)
        self._db.execute(corrected)
        return row.ended_at, row.ended_how

    def end_handoff(self, conversation_id: int, now: datetime, how: str) -> None:
        self._db.execute(
            update(handoffs)
            .where(_h.conversation_id == conversation_id, _h.ended_at.is_(None))
            .values(ended_at=now, ended_how=how)
        )

    def waits_since(self, since: datetime, limit: int = 50) -> list[tuple[datetime, datetime | None]]:
        """(requested, first human answer or None) of recent handoffs, for an honest estimate of the wait.

        Who still waits counts; who left before an answer does not, and neither does life and safety, which goes first.
        """
        rows = self._db.execute(
            select(_h.requested_at, _h.first_human_at)
            .where(_h.requested_at >= since, _h.priority != LIFE_SAFETY)
            .where(or_(_h.first_human_at.isnot(None), _h.ended_at.is_(None)))
            .order_by(_h.id.desc())
            .limit(limit)
        )
        return [tuple(row) for row in rows]

    # -- tasks a person must see

    def add_task(self, conversation_id: int | None, kind: str, text: str, now: datetime, **more: Any) -> int:
        """`more`: `phone` (sealed at rest), `due_at`, `promise_id`."""
        if more.get("phone"):
            more["phone"] = self._vault.seal(more["phone"].encode())
        values = {"conversation_id": conversation_id, "kind": kind, "text": text, "created_at": now, **more}
        return self._db.execute(insert(tasks).values(**values)).inserted_primary_key[0]

    def task(self, task_id: int) -> dict[str, Any] | None:
        row = self._db.execute(select(tasks).where(_t.id == task_id)).first()
        return self._task(row) if row else None

    def open_tasks(self, sight: Sight, kind: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """What `sight` may see: first what is due by a date, then the oldest first."""
        in_order = (_t.due_at.is_(None), _t.due_at, _t.created_at, _t.id)
        rows = self._db.execute(_open_tasks(select(tasks, *TRIES), sight, kind).order_by(*in_order).limit(limit))
        return [self._task(row) for row in rows]

    def count_open_tasks(self, sight: Sight, kind: str | None = None) -> int:
        return self._db.execute(_open_tasks(select(func.count()).select_from(tasks), sight, kind)).scalar_one()

    def open_task(self, conversation_id: int | None, kind: str, text: str | None = None) -> dict[str, Any] | None:
        """One that is still open of this kind; with `text`, one that says just that."""
        found = select(tasks).where(_t.conversation_id == conversation_id, _t.kind == kind, _t.done_at.is_(None))
        row = self._db.execute(found.where(_t.text == text) if text is not None else found).first()
        return self._task(row) if row else None

    def _task(self, row: Row) -> dict[str, Any]:
        """With `phone` in the clear; `phone_lost` when there is one that cannot be read any more."""
        sealed = row._mapping["phone"]
        phone = self._opened(sealed) if sealed else None
        return {**row._mapping, "phone": phone, "phone_lost": bool(sealed) and phone is None}

    def _opened(self, sealed: bytes) -> str | None:
        try:
            return self._vault.open(sealed).decode()
        except InvalidToken:  # DESK_SECRET_KEY was changed
            return None

    def finish_task(self, task_id: int, by: str, now: datetime, undo_until: datetime | None = None) -> bool:
        """The telephone number goes with the task: it was given for this one call. Only for opening the task again is it
        laid aside, `undo_until`."""
        kept = {"undo_phone": _t.phone, "undo_until": undo_until} if undo_until else {}
        done = update(tasks).where(_t.id == task_id, _t.done_at.is_(None))
        return self._db.execute(done.values(done_at=now, done_by=by, phone=None, **kept)).rowcount == 1

    # -- corrected categories

    def add_correction(self, **values: Any) -> None:
        self._db.execute(insert(corrections).values(**values))

    # -- pages (呼叫值守) for life and safety

    def add_page(self, conversation_id: int, trigger: str, now: datetime) -> int:
        values = {"conversation_id": conversation_id, "trigger": trigger, "created_at": now, "next_at": now}
        return self._db.execute(insert(pages).values(**values)).inserted_primary_key[0]

    def last_paged(self, conversation_id: int) -> tuple[datetime | None, bool]:
        """(when the last page was made, whether one has not got through yet)."""
        of_it = _g.conversation_id == conversation_id
        last = self._db.execute(select(_g.created_at).where(of_it).order_by(_g.id.desc()).limit(1)).scalar()
        pending = self._db.execute(select(_g.id).where(of_it, _g.delivered_at.is_(None)).limit(1)).first()
        return last, pending is not None

    def take_pages(self, now: datetime, again_at: datetime, limit: int = 20) -> list[dict[str, Any]]:
        rows = self._db.execute(
            select(pages)
            .where(_g.delivered_at.is_(None), _g.next_at <= now)
            .order_by(_g.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).fetchall()
        for row in rows:
            self._db.execute(update(pages).where(_g.id == row.id).values(attempts=row.attempts + 1, next_at=again_at))
        return [dict(row._mapping) for row in rows]

    def page_delivered(self, page_id: int, now: datetime) -> None:
        self._db.execute(update(pages).where(_g.id == page_id).values(delivered_at=now))

    # -- access tokens of the platforms, shared by all desks; sealed on disk

    def platform_token(self, account: str) -> tuple[str, datetime, datetime | None] | None:
        """(token, good until, last forced anew)."""
        row = self._db.execute(select(platform_tokens).where(_k.account == account)).first()
        token = self._opened(row.token) if row is not None and row.token is not None else None
        return (token, row.expires_at, row.forced_at) if token is not None else None  # unreadable: fetch another

    def lock_platform_token(self, account: str, holder: str, now: datetime, until: datetime) -> bool:
        """Single flight across processes: whether `holder` is the one who refreshes."""
        if self._db.execute(select(_k.account).where(_k.account == account)).first() is None:
            self._db.execute(insert(platform_tokens).values(account=account))
        free = or_(_k.lock_until.is_(None), _k.lock_until < now, _k.lock_token == holder)
        taken = self._db.execute(
            update(platform_tokens).where(and_(_k.account == account, free)).values(lock_token=holder, lock_until=until)
        )
        return taken.rowcount == 1

    def unlock_platform_token(self, account: str, holder: str) -> None:
        self._db.execute(
            update(platform_tokens)
            .where(_k.account == account, _k.lock_token == holder)
            .values(lock_token=None, lock_until=None)
        )

    def free_platform_tokens(self) -> None:
        self._db.execute(update(platform_tokens).values(lock_token=None, lock_until=None))

    def save_platform_token(self, account: str, token: str, expires_at: datetime, forced_at: datetime | None) -> None:
        values = {"token": self._vault.seal(token.encode()), "expires_at": expires_at, "forced_at": forced_at}
        changed = self._db.execute(update(platform_tokens).where(_k.account == account).values(**values))
        if changed.rowcount == 0:
            self._db.execute(insert(platform_tokens).values(account=account, **values))

    # -- cursors of platforms that are pulled

    def cursor(self, name: str) -> str | None:
        return self._db.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar()

    def save_cursor(self, name: str, value: str) -> None:
        changed = self._db.execute(update(cursors).where(cursors.c.name == name).values(value=value))
        if changed.rowcount == 0:
            self._db.execute(insert(cursors).values(name=name, value=value))

    def drop_cursor(self, name: str) -> None:
        self._db.execute(delete(cursors).where(cursors.c.name == name))
