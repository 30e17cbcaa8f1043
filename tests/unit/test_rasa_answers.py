"""The cheaper check of the action server's answers gives the verdict that Rasa's own gives."""

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction

from bot.rasa_answers import check_the_schema_once

SLOT = {"event": "slot", "name": "place", "value": "3号楼", "timestamp": None}
ANSWERS = [
    {"events": [], "responses": []},
    {"events": [SLOT], "responses": [{"text": "好的"}]},
    {"events": [SLOT, SLOT], "responses": [{"custom": {"command": "hand_off"}}]},
    {"events": [{"event": "slot"}], "responses": []},
    {"events": [{"event": "no such event"}], "responses": []},
    {"events": {}, "responses": []},
    {"events": [], "responses": ["text"]},
    {"responses": None},
    [],
]


def verdict(check, answer) -> bool:
    try:
        return check(RemoteAction("action_consider", None), answer)
    except jsonschema.ValidationError:
        return False


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_the_verdict_is_rasas(answer, monkeypatch):
    theirs = verdict(RemoteAction._validate_action_result, answer)
    monkeypatch.setattr(RemoteAction, "_validate_action_result", RemoteAction._validate_action_result)
    check_the_schema_once()
    assert verdict(RemoteAction._validate_action_result, answer) is theirs


def test_some_answers_are_accepted_and_some_refused():
    verdicts = [verdict(RemoteAction._validate_action_result, answer) for answer in ANSWERS]
    assert True in verdicts
    assert False in verdicts
