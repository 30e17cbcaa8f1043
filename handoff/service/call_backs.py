"""「给我回个电话」: a task with a sealed number, seen masked by those who may see the matter, and a promise with a date."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..domain.calendar import in_words
from ..domain.deadlines import UNDO
from ..domain.errors import Forbidden, NotFound
from ..domain.models import Conversation, User
from ..domain.ownership import Owner
from ..domain.sight import may_see, sees_personal_data, sight
from . import delivery, promises
from .office import Office
from .ports import Transaction

KIND = "call_back"
LISTED = 100  # tasks at once; what is done makes room for the next
ASKED_FOR = "phone"
LOST = "号码已无法读出，请在对话里问居民。"  # DESK_SECRET_KEY was changed since it was given
ASK = "好的。打哪个电话？请直接回复号码。\n不方便接电话，回复“转人工”，在这里用文字说。"


def request(tx: Transaction, office: Office, conversation: Conversation, phone: str, now: datetime) -> None:
    """Notes the wish; asks for the number when none was said. A second wish changes the number of the first."""
    if not phone:
        tx.conversations.set(conversation.id, expects=ASKED_FOR)
        _say(tx, conversation, ASK, now)
        return
    tx.conversations.set(conversation.id, expects=None)
    due = office.calendar.after_workdays(now, 1)
    tx.calls.settle(conversation.id, KIND)  # first of all: from here on no earlier wish is opened again beside this one
    earlier = tx.records.open_task(conversation.id, KIND)
    if earlier:
        tx.records.finish_task(earlier["id"], "resident", now)
        due, promise = earlier["due_at"], earlier["promise_id"]
    else:
        promise = promises.of_call(tx, conversation, now, due)
    tx.records.add_task(conversation.id, KIND, "居民请求回电。", now, phone=phone, due_at=due, promise_id=promise)
    tx.emit("task", conversation.id)
    words = (
        f"已记下：{in_words(due, now)}前，工作人员打尾号 {phone[-4:]} 的电话找您。\n"
        f"不用打了，回复“不用回电话了”。急事请直接拨打 {office.phone}。"
    )
    _say(tx, conversation, words, now)


def cancel(tx: Transaction, conversation: Conversation, now: datetime) -> None:
    tx.calls.settle(conversation.id, KIND)  # first of all: who is told that nobody calls is not called after all
    task = tx.records.open_task(conversation.id, KIND)
    tx.conversations.set(conversation.id, expects=None)
    if task is not None:
        tx.records.finish_task(task["id"], "resident", now)
        tx.promises.drop(task["promise_id"], now)
        tx.emit("task", conversation.id)
    _say(tx, conversation, "好的，不打电话了。有事随时在这里说。", now)


def _say(tx: Transaction, conversation: Conversation, words: str, now: datetime) -> None:
    # A person who is there says it in person, also one who comes before this has left; the task is theirs to see either
    # way.
    if conversation.owner_kind is not Owner.HUMAN:
        delivery.say(tx, conversation, words, now, author="system", fence=conversation.version)


def listed(tx: Transaction, user: User, kind: str | None = None) -> tuple[list[dict[str, Any]], int]:
    """(open tasks this user may see, how many more there are); call-backs come first, with the number masked."""
    found = [view(task) for task in tx.records.open_tasks(sight(user), kind, LISTED)]
    return found, tx.records.count_open_tasks(sight(user), kind) - len(found)


def view(task: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": task["id"],
        "conversation": task["conversation_id"],
        "kind": task["kind"],
        "text": task["text"] + (LOST if task["phone_lost"] else ""),
        "phone": masked(task["phone"]) if task["phone"] else None,
        "due_at": task["due_at"].isoformat() if task["due_at"] else None,
        "created_at": task["created_at"].isoformat(),
        "tries": task["tries"],
        "tried_at": task["tried_at"].isoformat() if task["tried_at"] else None,
    }


def masked(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"


def reveal(tx: Transaction, user: User, task_id: int, now: datetime) -> dict[str, Any]:
    """The whole number, for the one who is about to call; every look is in the audit log."""
    task = seen(tx, user, task_id)
    if not sees_personal_data(user):
        raise Forbidden()
    if task["phone_lost"]:
        raise NotFound(LOST)
    if task["phone"] is None:
        raise NotFound("这项任务没有电话，或已经办完。")
    tx.people.audit(now, user.username, "view_phone", str(task["conversation_id"]), {"task": task_id})
    return {"phone": task["phone"]}


def finish(tx: Transaction, user: User, task_id: int, now: datetime) -> bool:
    """Done by this user; the promise of a call is kept by it. False when somebody was faster."""
    task = seen(tx, user, task_id)
    if not tx.records.finish_task(task_id, user.username, now, now + UNDO):
        return False
    if task["promise_id"]:
        tx.promises.keep(task["promise_id"], now)
    task_audit(tx, user, "task_done", task, now)
    return True


def task_audit(tx: Transaction, user: User, action: str, task: dict[str, Any], now: datetime) -> None:
    """What was done with a task, for the log and for the consoles."""
    target = str(task["conversation_id"]) if task["conversation_id"] else None
    tx.people.audit(now, user.username, action, target, {"task": task["id"]})
    tx.emit("task", task["conversation_id"])


def seen(tx: Transaction, user: User, task_id: int) -> dict[str, Any]:
    """Raises `NotFound`, also for what this user may not see: the same words, because they must not tell which."""
    task = tx.records.task(task_id)
    if task is None:
        raise NotFound("没有这项任务。")
    if task["conversation_id"] and not may_see(user, tx.conversations.get(task["conversation_id"])):
        raise NotFound("没有这项任务。")
    return task
