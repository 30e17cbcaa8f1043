"""Several Rasa workers: the least busy is asked, a dead one is passed over, and a stuck one is no answer."""

import asyncio
from types import SimpleNamespace

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from aiohttp.test_utils import TestServer

from handoff.service.turns import LEASE
from handoff.workers import rasa
from handoff.workers.rasa import Rasa, RasaAway
from tests.support.desk import free_port

TURN = SimpleNamespace(sender="1-1", text="路灯坏了", facts={})
NOBODY = f"http://127.0.0.1:{free_port()}"


class Worker:
    """Answers with its name once `open` is set."""

    def __init__(self, name: str) -> None:
        self.name, self.open, self.asked = name, asyncio.Event(), asyncio.Semaphore(0)
        self.open.set()
        self.breaks_off = False

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/webhooks/desk/turn", self._turn)
        app.router.add_post("/webhooks/desk/read", self._read)
        app.router.add_get("/webhooks/desk/", lambda request: web.json_response({}))
        self.server = TestServer(app)
        await self.server.start_server()
        self.url = str(self.server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *error):
        self.open.set()
        await self.server.close()

    async def _turn(self, request):
        self.asked.release()
        await self.open.wait()
        if self.breaks_off:
            request.transport.abort()
        return web.json_response({"items": [{"text": self.name}]})

    async def _read(self, request):
        return web.json_response({"understanding": {"text": (await request.json())["text"], "by": self.name}})


@pytest.fixture
async def session():
    async with ClientSession() as http:
        yield http


async def asked(bot: Rasa) -> str:
    return (await bot.propose(TURN)).items[0]["text"]


async def test_a_worker_that_is_busy_is_not_asked_while_another_is_free(session):
    async with Worker("one") as one, Worker("two") as two:
        bot = Rasa(session, [one.url, two.url], "token")
        one.open.clear()
        first = asyncio.create_task(asked(bot))
        await one.asked.acquire()
        assert [await asked(bot) for _ in range(3)] == ["two"] * 3
        one.open.set()
        assert await first == "one"


async def test_a_dead_worker_costs_no_resident_an_answer(session):
    async with Worker("two") as two:
        bot = Rasa(session, [NOBODY, two.url], "token")
        assert [await asked(bot) for _ in range(3)] == ["two"] * 3
        assert await bot.ready()


async def test_a_message_is_read_by_whichever_worker_lives(session):
    async with Worker("two") as two:
        bot = Rasa(session, [NOBODY, two.url], "token")
        assert await bot.read("断粮了") == {"text": "断粮了", "by": "two"}


async def test_with_all_workers_dead_there_is_no_proposal(session):
    bot = Rasa(session, [NOBODY], "token")
    with pytest.raises(RasaAway):
        await bot.read("断粮了")
    with pytest.raises(RasaAway):
        await bot.propose(TURN)
    assert not await bot.ready()


async def test_a_worker_that_does_not_answer_in_time_is_away(session, monkeypatch):
    monkeypatch.setattr(rasa, "TIMEOUT", ClientTimeout(total=0.2))
    async with Worker("one") as one:
        one.open.clear()
        with pytest.raises(RasaAway):
            await Rasa(session, [one.url], "token").propose(TURN)


async def test_however_many_workers_are_asked_the_turn_is_over_before_its_lease_is(session, monkeypatch):
    loop, spent = asyncio.get_running_loop(), []
    time = loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + sum(spent))
    async with Worker("one") as one, Worker("two") as two:
        for worker in (one, two):
            worker.open.clear()
        asking = asyncio.create_task(Rasa(session, [one.url, two.url], "token").propose(TURN))
        await one.asked.acquire()
        spent.append(rasa.TIMEOUT.total - 5)  # it had nearly all of the time
        one.breaks_off = True
        one.open.set()
        await two.asked.acquire()
        spent.append(6)
        with pytest.raises(RasaAway):
            await asyncio.wait_for(asking, 30)
    assert rasa.TIMEOUT.total < LEASE.total_seconds()


async def test_an_answer_longer_than_any_turn_needs_is_none(session):
    async with Worker("o" * rasa.LONGEST_ANSWER) as one:
        with pytest.raises(RasaAway):
            await Rasa(session, [one.url], "token").propose(TURN)
