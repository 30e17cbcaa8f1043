"""The boundary, asked once more for every matter before anything is registered: what it gives to people goes to people."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.boundary.policy import HAND_OFF, POLICY_FILE, PolicyFile

from .proposal import command

Details = dict[str, Any]


def for_a_person(matters: list[Details]) -> list[Details]:
    """Of these (`matter.commands`), the ones that only a person may take up."""
    policy = _file(os.environ.get("BOUNDARY_FILE") or str(POLICY_FILE)).current()
    return [one for one in matters if policy.decide(one["category"], one["type"], None, 1.0).disposition == HAND_OFF]


def file(dispatcher: CollectingDispatcher, matters: list[Details]) -> bool:
    """Asks the desk to register what may be registered, and to hand over if any is for a person, who gets the words of
    all. True when all were registered."""
    people = for_a_person(matters)
    for one in matters:
        if one not in people:
            command(dispatcher, "register_case", **one)
    if people:
        command(dispatcher, "hand_off", trigger="boundary", **people[0])
    return not people


@cache
def _file(path: str) -> PolicyFile:
    return PolicyFile(path)
