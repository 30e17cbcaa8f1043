"""What this project does otherwise than Rasa with the answers of the action server.

A turn with an action that failed has failed: Rasa logs it and goes on with the next rule, so that a matter would be
registered though nobody had repeated it to the resident (`a_turn`).

The answers are checked, as Rasa does, at a fraction of the cost (`check_the_schema_once`). Rasa 3.6.21 calls
`jsonschema.validate` for each answer, which first checks Rasa's own constant schema against the schema of schemas: about
30 ms each time, three times a turn, most of what a turn costs. It also tries each event against the forms of all kinds of
events; here it is held against the form of its own kind. The verdict is the same.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any

from jsonschema import ValidationError, Validator
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

_failed: ContextVar[list[str] | None] = ContextVar("failed", default=None)


class TurnFailed(RuntimeError):
    """An action could not be carried out; the message names it."""


@contextmanager
def a_turn() -> Iterator[None]:
    """Around the handling of one message: raises `TurnFailed` at its end when an action of it failed."""
    failed: list[str] = []
    token = _failed.set(failed)
    try:
        yield
    finally:
        _failed.reset(token)
    if failed:
        raise TurnFailed(", ".join(failed))


def remember_failures() -> None:
    """For this process: what Rasa swallows is remembered for `a_turn`. Asking twice changes nothing."""
    if not hasattr(RemoteAction.run, "__wrapped__"):
        RemoteAction.run = _remembering(RemoteAction.run)


def _remembering(run):
    @wraps(run)
    async def remembering(action: RemoteAction, *given: Any, **named: Any) -> Any:
        try:
            return await run(action, *given, **named)
        except Exception:
            if (failed := _failed.get()) is not None:
                failed.append(action.name())
            raise

    return remembering


def check_the_schema_once() -> None:
    """For this process. Rasa offers no setting for it."""
    RemoteAction._validate_action_result = _validate_action_result


def _validate_action_result(action: RemoteAction, result: dict[str, Any]) -> bool:
    """Raises `jsonschema.ValidationError` for what is not an answer of an action server."""
    error = next(_errors(result), None)
    if error is not None:
        error.message += ". The action server's answer has another form."
        raise error
    return True


def _errors(result: Any) -> Iterator[ValidationError]:
    around, kinds = _validators()
    broken = False
    for error in around.iter_errors(result):
        broken = True
        yield error
    for event in [] if broken else result.get("events", ()):
        name = event["event"]
        if name in kinds:
            yield from kinds[name].iter_errors(event)
        else:
            yield ValidationError(f"{name!r} is no event")


@cache
def _validators() -> tuple[Validator, dict[str, Validator]]:
    """Of the answer without its events, and of each kind of event by its name."""
    schema = copy.deepcopy(RemoteAction.action_response_format_spec())
    kind = validator_for(schema)
    kind.check_schema(schema)
    kinds = schema["properties"]["events"]["items"].pop("oneOf")
    return kind(schema), {one["properties"]["event"]["const"]: kind(one) for one in kinds}
