"""What came of a call, as the caseworker notes it: nobody answered, or it was noted by mistake and is taken back.

The resident is told of none of this: the promise of a call stands until somebody has been reached.
"""

from __future__ import annotations

from datetime import datetime

from ..domain.deadlines import UNDO
from ..domain.errors import Forbidden, IllegalMove, NotFound
from ..domain.models import User
from . import promises
from .call_backs import KIND, seen, task_audit
from .ports import Transaction

CALLS = (KIND, "call")
NO_CALL = "这一项不是打电话。"
DONE_ALREADY = "这一项已经办完了。"
NOT_YOURS = "谁记下的，由谁撤销。"
TOO_LATE = f"过了 {UNDO.seconds // 60} 分钟，不能撤销了。"
ASKED_ANEW = "居民又说到了回电，以居民后来说的为准，不能撤销了。"


def tried(tx: Transaction, user: User, task_id: int, now: datetime) -> int:
    """Nobody answered; the task stays open and in its place. Returns the id of this try."""
    task = seen(tx, user, task_id)
    if task["kind"] not in CALLS:
        raise IllegalMove(NO_CALL)
    noted = tx.calls.add_try(task_id, user.username, now)
    if noted is None:
        raise IllegalMove(DONE_ALREADY)
    task_audit(tx, user, "call_tried", task, now)
    return noted


def take_back(tx: Transaction, user: User, try_id: int, now: datetime) -> None:
    """As if this try had never been noted; the audit log keeps both."""
    noted = tx.calls.get_try(try_id)
    if noted is None:
        raise NotFound()
    task = seen(tx, user, noted["task_id"])
    if noted["by"] != user.username:
        raise Forbidden(NOT_YOURS)
    if now >= noted["at"] + UNDO:
        raise IllegalMove(TOO_LATE)
    if tx.calls.drop_try(try_id):
        task_audit(tx, user, "call_untried", task, now)


def reopen(tx: Transaction, user: User, task_id: int, now: datetime) -> bool:
    """The task as it was before it was done, with its number and its promise. False when it is open anyway."""
    task = seen(tx, user, task_id)
    if task["done_at"] is None:
        return False
    if task["done_by"] != user.username:
        raise Forbidden(NOT_YOURS)
    if not tx.calls.reopen(task_id, user.username, now):
        raise IllegalMove(ASKED_ANEW if now < task["done_at"] + UNDO else TOO_LATE)
    if task["promise_id"]:
        promises.owed_again(tx, task["conversation_id"], task["promise_id"], task["done_at"])
    task_audit(tx, user, "task_reopened", task, now)
    return True


def forget(tx: Transaction, now: datetime) -> int:
    """Numbers of calls that can no longer be taken back: a number is kept for its one call and no longer."""
    return tx.calls.forget(now)
