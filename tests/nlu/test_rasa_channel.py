"""The route on which the desk has one message read: for the desk alone, outside any dialogue, without names."""

from types import SimpleNamespace

import pytest
from aiohttp import ClientSession
from sanic import Sanic

from bot.rasa_channel import DeskInput
from tests.support.desk import free_port

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
async def ask(agent, monkeypatch):
    monkeypatch.setattr("sanic.app.TouchUp.run", lambda app: None)  # it rewrites the server's class, which works once
    app = Sanic(f"read-{id(agent)}")
    app.ctx.agent = agent

    async def never(message) -> None:
        raise AssertionError("a dialogue was begun")

    app.blueprint(DeskInput("right").blueprint(never), url_prefix="/webhooks/desk")
    port = free_port()
    server = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False)
    await server.startup()

    async def asked(body, headers=TOKEN):
        url = f"http://127.0.0.1:{port}/webhooks/desk/read"
        async with ClientSession() as http, http.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    yield asked
    server.close()
    await server.wait_closed()


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
