"""The boundary, asked once more for every matter before anything is registered: what it gives to people goes to people."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.boundary.policy import ANSWER, HAND_OFF, POLICY_FILE, Decision, PolicyFile

from .proposal import command

Details = dict[str, Any]


def for_a_person(matters: list[Details]) -> list[Details]:
    """Of these (`matter.commands`), the ones that only a person may take up."""
    return [one for one in matters if _decide(one["category"], one["type"]).disposition == HAND_OFF]


def may_be_answered(category: str, kind: str) -> bool:
    """Whether the approved knowledge may answer it."""
    return _decide(category, kind).disposition == ANSWER


def is_sure(category: str, kind: str, confidence: float) -> bool:
    """Whether the boundary asks nothing about a matter that was read with this confidence."""
    return _decide(category, kind, confidence).doubt is None


def _decide(category: str, kind: str, confidence: float = 1.0) -> Decision:
    policy = _file(os.environ.get("BOUNDARY_FILE") or str(POLICY_FILE)).current()
    return policy.decide(category, kind, None, confidence)


def file(dispatcher: CollectingDispatcher, matters: list[Details]) -> bool:
    """Asks the desk to register what may be registered, and to hand over if any is for a person, who gets the words of
    all. True when all were registered."""
    if people := for_a_person(matters):
        hand_over(dispatcher, people[0], matters, trigger="boundary")
    else:
        _register(dispatcher, matters)
    return not people


def hand_over(dispatcher: CollectingDispatcher, one: Details, matters: list[Details], **more: Any) -> None:
    """A person takes up `one`; the other matters are filed beside it, so that none of what was told is lost."""
    _register(dispatcher, [other for other in matters if other is not one])
    command(dispatcher, "hand_off", **{**one, **more})


def _register(dispatcher: CollectingDispatcher, matters: list[Details]) -> None:
    for one in matters:
        command(dispatcher, "register_case", **one)


@cache
def _file(path: str) -> PolicyFile:
    return PolicyFile(path)
