"""The cheaper check of the action server's answers gives Rasa's own verdict; a failed action fails the turn."""

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot.rasa_answers import TurnFailed, a_turn, check_the_schema_once, remember_failures

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


async def test_a_turn_with_a_failed_action_has_failed_even_when_rasa_goes_on(monkeypatch):
    monkeypatch.setattr(RemoteAction, "run", RemoteAction.run)
    remember_failures()
    with pytest.raises(TurnFailed, match="action_ask"):
        with a_turn():
            with pytest.raises(RasaException):  # no action server to ask; Rasa's processor swallows it like this
                await RemoteAction("action_ask", None).run(None, None, DialogueStateTracker("x", []), Domain.empty())
    with a_turn():
        pass
