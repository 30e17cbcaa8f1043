"""Changing the boundary: one person proposes, another approves, then the file is replaced; no retraining."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.boundary import table
from bot.boundary.policy import DISPOSITIONS, Policy, PolicyError
from bot.boundary.taxonomy import taxonomy

from ..domain.errors import BadInput, DeskError, Forbidden, NotFound
from ..domain.models import User
from .ports import Transaction

HISTORY = 20  # changes shown


class PendingAlready(DeskError):
    code, status, message = "pending", 409, "已有一份修改在等批准，请先处理它。"


class PolicyMoved(DeskError):
    code, status, message = "version_conflict", 409, "边界已被别人改过，请刷新后再改。"


class NotWritten(DeskError):
    code, status = "not_written", 409
    message = (
        "边界文件写不进去，修改没有生效，仍在等批准。请管理员检查 BOUNDARY_FILE 和它的文件夹能不能写、磁盘满没满。"
    )


def propose(
    tx: Transaction, user: User, body: str, current: str, base_version: object, now: datetime
) -> dict[str, Any]:
    """A new version, not yet in force; so is a broken file repaired. Raises `BadInput` with what is wrong in the text."""
    _, problem = _read(body)
    if problem is not None:
        raise BadInput("policy", f"边界文件有误：{problem}")
    _check_version(base_version, current)
    if tx.policies.pending():
        raise PendingAlready()
    policy_id = tx.policies.propose(body, user.username, now)
    tx.people.audit(now, user.username, "boundary_propose", str(policy_id))
    return view(tx, current)


def propose_cells(
    tx: Transaction, user: User, wanted: dict[tuple[str, str], str], current: str, base_version: object, now: datetime
) -> dict[str, Any]:
    """As `propose`, by cells of the table: `{(category, type or default): disposition}`."""
    if not wanted:
        raise BadInput("changes", "没有写明要改哪一格。")
    for (code, kind), to in wanted.items():
        _check_cell(code, kind, to)
    try:
        body = table.changed(current, wanted)
    except PolicyError as error:
        raise BadInput("changes", f"改不了：{error}") from error
    return propose(tx, user, body, current, base_version, now)


def _check_version(base: object, current: str) -> None:
    in_force, _ = _read(current)
    version = in_force and in_force.version
    if base is None:
        return
    if type(base) is not int and not (isinstance(base, str) and isinstance(version, str)):
        raise BadInput("version", "version 应是整数，就是改之前看到的那个版本。")
    if base != version:
        raise PolicyMoved()


def _check_cell(code: str, kind: str, to: str) -> None:
    if code not in taxonomy().second_level():
        raise BadInput("code", f"没有这个类目：{code}。")
    if kind not in table.kinds():
        raise BadInput("kind", f"没有这种诉求类型：{kind}，可以写：{'、'.join(table.kinds())}。")
    if to not in DISPOSITIONS:
        raise BadInput("to", f"不能改成 {to}，可以写：{'、'.join(DISPOSITIONS)}。")


def approve(tx: Transaction, user: User, policy_id: int, put_in_force: Callable[[str], None], now: datetime) -> str:
    """Returns the text now in force. The proposer may not approve; who may is decided by role before.

    `put_in_force` comes last, within the transaction: what could not be written was not approved either. It may be
    called again with the same text.
    """
    pending = tx.policies.pending()
    if pending is None or pending["id"] != policy_id:
        raise NotFound("这份修改已经处理过了。")
    if pending["proposed_by"] == user.username:
        raise Forbidden("要由另一个人批准。")
    if not tx.policies.approve(policy_id, user.username, now):
        raise NotFound("这份修改已经处理过了。")
    tx.people.audit(now, user.username, "boundary_approve", str(policy_id))
    put_in_force(pending["body"])
    return pending["body"]


def reject(tx: Transaction, user: User, policy_id: int, now: datetime) -> None:
    if not tx.policies.reject(policy_id, now):
        raise NotFound("这份修改已经处理过了。")
    tx.people.audit(now, user.username, "boundary_reject", str(policy_id))


def view(tx: Transaction, current: str) -> dict[str, Any]:
    """The policy in force as text and as a table, the pending change with its differences, and what was changed before."""
    policy, problem = _read(current)
    pending = tx.policies.pending()
    return {
        "version": policy and policy.version,
        "problem": problem,
        "policy": current,
        "table": policy and _table(policy, current),
        "pending": pending and _pending(pending, current, policy),
        "history": [_passed(row) for row in tx.policies.history(HISTORY) if row["approved_at"] or row["rejected_at"]],
    }


def _read(text: str) -> tuple[Policy | None, str | None]:
    try:
        return Policy.parse(text), None
    except PolicyError as error:
        return None, str(error)


def _table(policy: Policy, text: str) -> dict[str, Any]:
    known, notes = taxonomy(), table.notes(text)
    rows = [
        {
            "code": code,
            "name": known.name(code),
            "parent": known.parent(code),
            "parent_name": known.name(known.parent(code) or code),
            "cells": table.cells(policy.categories[code]),
            "note": notes.get(code, ""),
        }
        for code in known.second_level()
    ]
    return {"kinds": list(table.kinds()), "rows": rows, "doubt": {"low": policy.low, "close": policy.close}}


def _pending(pending: dict[str, Any], current: str, policy: Policy | None) -> dict[str, Any]:
    lines = difflib.unified_diff(current.splitlines(), pending["body"].splitlines(), "现行", "修改后", lineterm="")
    after, _ = _read(pending["body"])  # it was valid when proposed; the software may have changed since
    moved = table.changes(policy, after) if policy and after else []
    return {
        "id": pending["id"],
        "proposed_by": pending["proposed_by"],
        "proposed_at": pending["proposed_at"].isoformat(),
        "policy": pending["body"],
        "diff": "\n".join(lines),
        "changes": [{**change.__dict__, "name": taxonomy().name(change.code)} for change in moved],
        "doubt": after and {"low": after.low, "close": after.close},
    }


def _passed(row: dict[str, Any]) -> dict[str, Any]:
    decided = row["approved_at"] or row["rejected_at"]
    return {
        "version": row["version"],
        "proposed_by": row["proposed_by"],
        "approved_by": row["approved_by"],
        "approved": row["approved_at"] is not None,
        "at": decided.isoformat(),
    }
