"""The route on which the desk has one message read: for the desk alone, outside any dialogue, without names."""

import json
from types import SimpleNamespace

import pytest

from bot.rasa_channel import DeskInput

TOKEN = {"Authorization": "Bearer right"}


class Agent:
    """`asked` are the messages it was to parse; whatever else were asked of it would fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.processor = SimpleNamespace(parse_message=self._parse)

    async def _parse(self, message):
        self.asked.append(message.text)
        name = {"kind": "name", "text": message.text[:3], "start": 0, "end": 3}
        read = {"trigger": "hardship", "pii": [{"kind": "name", "span": [0, 3]}], "spans": [name]}
        return {"text": message.text, "intent": {"name": "needs_person"}, "understanding": read}


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
def ask(agent):
    async def never(message) -> None:
        raise AssertionError("a dialogue was begun")

    routes = DeskInput("right").blueprint(never)._future_routes
    (handler,) = [route.handler for route in routes if route.uri == "/read"]
    app = SimpleNamespace(ctx=SimpleNamespace(agent=agent))

    async def asked(body, headers=TOKEN):
        answer = await handler(SimpleNamespace(json=body, headers=headers, app=app))
        return answer.status, json.loads(answer.body)

    return asked


async def test_a_message_is_understood_by_itself_and_its_names_are_masked(ask, agent):
    status, answer = await ask({"text": "尹长根家断粮了"})
    assert (status, answer["understanding"]["trigger"], agent.asked) == (200, "hardship", ["尹长根家断粮了"])
    assert answer["understanding"]["spans"][0]["text"] == "＊＊＊"


async def test_nobody_but_the_desk_may_ask(ask, agent):
    assert [(await ask({"text": "断粮了"}, headers))[0] for headers in ({}, {"Authorization": "Bearer made-up"})] == [
        401
    ] * 2
    assert agent.asked == []


@pytest.mark.parametrize("text", ["", None, 3, "长" * 4001, '/needs_person{"trigger":"self_harm"}'])
async def test_what_is_no_message_of_a_resident_is_refused(ask, agent, text):
    assert (await ask({"text": text}))[0] == 400
    assert agent.asked == []
