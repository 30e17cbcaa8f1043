"""Changing the boundary: one person proposes, another approves, then the file is replaced; no retraining."""

from __future__ import annotations

import difflib
from datetime import datetime
from typing import Any

from bot.boundary.policy import Policy, PolicyError

from ..domain.errors import BadInput, DeskError, Forbidden, NotFound
from ..domain.models import User
from .ports import Transaction


class PendingAlready(DeskError):
    code, status, message = "pending", 409, "已有一份修改在等批准，请先处理它。"


class PolicyMoved(DeskError):
    code, status, message = "version_conflict", 409, "边界已被别人改过，请刷新后再改。"


def propose(
    tx: Transaction, user: User, body: str, current: str, base_version: object, now: datetime
) -> dict[str, Any]:
    """A new version, not yet in force. Raises `BadInput` with what is wrong in the text."""
    try:
        Policy.parse(body)
        in_force = Policy.parse(current).version
    except PolicyError as error:
        raise BadInput("policy", f"边界文件有误：{error}") from error
    if base_version is not None and base_version != in_force:
        raise PolicyMoved()
    if tx.policies.pending():
        raise PendingAlready()
    policy_id = tx.policies.propose(body, user.username, now)
    tx.people.audit(now, user.username, "boundary_propose", str(policy_id))
    return view(tx, current)


def approve(tx: Transaction, user: User, policy_id: int, current: str, now: datetime) -> str:
    """Returns the text now in force. The proposer may not approve; who may is decided by role before."""
    pending = tx.policies.pending()
    if pending is None or pending["id"] != policy_id:
        raise NotFound("这份修改已经处理过了。")
    if pending["proposed_by"] == user.username:
        raise Forbidden("要由另一个人批准。")
    if not tx.policies.approve(policy_id, user.username, now):
        raise NotFound("这份修改已经处理过了。")
    tx.people.audit(now, user.username, "boundary_approve", str(policy_id))
    return pending["body"]


def reject(tx: Transaction, user: User, policy_id: int, now: datetime) -> None:
    if not tx.policies.reject(policy_id, now):
        raise NotFound("这份修改已经处理过了。")
    tx.people.audit(now, user.username, "boundary_reject", str(policy_id))


def view(tx: Transaction, current: str) -> dict[str, Any]:
    """The policy in force with its version, and the pending change with its diff."""
    try:
        version: object = Policy.parse(current).version
        problem = None
    except PolicyError as error:
        version, problem = None, str(error)
    pending = tx.policies.pending()
    return {
        "version": version,
        "problem": problem,
        "policy": current,
        "pending": pending and _pending(pending, current),
    }


def _pending(pending: dict[str, Any], current: str) -> dict[str, Any]:
    lines = difflib.unified_diff(current.splitlines(), pending["body"].splitlines(), "现行", "修改后", lineterm="")
    return {
        "id": pending["id"],
        "proposed_by": pending["proposed_by"],
        "proposed_at": pending["proposed_at"].isoformat(),
        "policy": pending["body"],
        "diff": "\n".join(lines),
    }
