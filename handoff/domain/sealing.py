"""What is closed to all but a few (密件), and for which of two reasons. docs/queue.md publishes it.

A report is closed for its own sake: the reported party and its unit never see it (信访条例 §30). What was told in danger,
violence or harm to a child, is closed for the sake of whoever told it: while nobody has it, whoever may help sees it.
"""

from __future__ import annotations

from typing import Any

from .models import Case, Conversation
from .ownership import Owner
from .priority import LIFE_SAFETY

REPORT_TYPES, REPORT_CATEGORIES, REPORT_TRIGGERS = ("举报",), ("C1702",), ("corruption",)
DANGER_TRIGGERS = ("violence", "minor")


def seals(trigger: str | None) -> bool:
    return trigger in REPORT_TRIGGERS or trigger in DANGER_TRIGGERS


def is_report(request_type: str, category: str) -> bool:
    return request_type in REPORT_TYPES or category in REPORT_CATEGORIES


def reports(case: Case) -> bool:
    return is_report(case.type, case.category)


def in_danger(conversation: Conversation) -> bool:
    """Whether somebody in danger waits there for whoever comes."""
    return conversation.owner_kind is Owner.QUEUE and conversation.priority == LIFE_SAFETY


def calls_for_help(conversation: Conversation) -> bool:
    """Whether what is sealed is open, for the moment, to everybody who could help."""
    return conversation.sealed_in_danger and in_danger(conversation)


def sealed_for(before: Conversation, trigger: str | None) -> dict[str, Any]:
    """The columns of a conversation in which `trigger` was told; without one, of what is sealed for its own sake.

    Who already waits in danger, open to everybody, is not hidden from the helpers by what is told besides.
    """
    open_so_far = not before.sealed or before.sealed_in_danger
    danger = trigger in DANGER_TRIGGERS or in_danger(before)
    return {"sealed": True, "sealed_in_danger": open_so_far and danger}
