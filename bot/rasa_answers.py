"""Checking the answers of the action server, as Rasa does, at a fortieth of the cost.

Rasa 3.6.21 calls `jsonschema.validate` for each answer, which first checks Rasa's own constant schema against the schema
of schemas: about 30 ms each time, three times a turn, most of what a turn costs. The answer itself is checked just the same.
"""

from functools import cache
from typing import Any

from jsonschema import Validator
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction


def check_the_schema_once() -> None:
    """For this process. Rasa offers no setting for it."""
    RemoteAction._validate_action_result = _validate_action_result


def _validate_action_result(action: RemoteAction, result: dict[str, Any]) -> bool:
    """Raises `jsonschema.ValidationError` for what is not an answer of an action server."""
    error = best_match(_validator().iter_errors(result))
    if error is not None:
        error.message += ". The action server's answer has another form."
        raise error
    return True


@cache
def _validator() -> Validator:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
