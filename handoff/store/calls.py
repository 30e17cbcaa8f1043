"""What came of a call: the tries that nobody answered, and opening a task again that was done by mistake."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from .schema import call_tries, tasks

_t, _r = tasks.c, call_tries.c
_of_it = _r.task_id == _t.id
# What stands beside each task that is listed.
TRIES = (
    select(func.count()).select_from(call_tries).where(_of_it).scalar_subquery().label("tries"),
    select(func.max(_r.at)).where(_of_it).scalar_subquery().label("tried_at"),
)
_FOR_GOOD = {"undo_until": None, "undo_phone": None}


class SqlCalls:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add_try(self, task_id: int, by: str, now: datetime) -> int | None:
        """None when the task is done. It is held for the transaction: nobody else finishes it meanwhile."""
        still_open = select(_t.id).where(_t.id == task_id, _t.done_at.is_(None)).with_for_update()
        if self._db.execute(still_open).first() is None:
            return None
        return self._db.execute(insert(call_tries).values(task_id=task_id, by=by, at=now)).inserted_primary_key[0]

    def get_try(self, try_id: int) -> dict[str, Any] | None:
        row = self._db.execute(select(call_tries).where(_r.id == try_id)).first()
        return dict(row._mapping) if row else None

    def drop_try(self, try_id: int) -> bool:
        return self._db.execute(delete(call_tries).where(_r.id == try_id)).rowcount == 1

    def reopen(self, task_id: int, by: str, now: datetime) -> bool:
        """As it was, with its telephone number; only by whoever did it, as long as that may be taken back."""
        may = (_t.id == task_id, _t.done_by == by, _t.undo_until > now)
        as_it_was = {"done_at": None, "done_by": None, "phone": _t.undo_phone, **_FOR_GOOD}
        return self._db.execute(update(tasks).where(*may).values(**as_it_was)).rowcount == 1

    def settle(self, conversation_id: int, kind: str) -> None:
        """What was done of this kind stays done."""
        of_it = (_t.conversation_id == conversation_id, _t.kind == kind, _t.undo_until.isnot(None))
        self._db.execute(update(tasks).where(*of_it).values(**_FOR_GOOD))

    def forget(self, now: datetime) -> int:
        """Telephone numbers that were kept only in case a task had to be opened again."""
        return self._db.execute(update(tasks).where(_t.undo_until <= now).values(**_FOR_GOOD)).rowcount
