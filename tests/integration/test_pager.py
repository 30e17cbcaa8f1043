"""Danger calls the person on duty at the operator's own address, and tells it nothing of what was said."""

import asyncio
import json

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from aiohttp.test_utils import TestServer

from handoff.workers.pager import WebhookPager
from tests.support.desk import Resident, running_desk

WORDS = "我不想活了,药都准备好了"
TOLD_WITHIN = 30  # seconds at most


class Duty:
    """The operator's address: what it was told, as it came."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.heard = list(answers), asyncio.Queue()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/page", self._page)
        self.server = TestServer(app)
        await self.server.start_server()
        self.url = str(self.server.make_url("/page"))
        return self

    async def __aexit__(self, *error):
        await self.server.close()

    async def _page(self, request: web.Request) -> web.Response:
        await self.heard.put((dict(request.headers), await request.text()))
        return web.Response(status=self.answers.pop(0) if self.answers else 204)


async def test_a_life_in_danger_calls_the_address_of_the_operator_without_a_word_of_the_resident(
    tmp_path, database, http
):
    async with Duty() as duty, running_desk(tmp_path, database, PAGER_URL=duty.url) as (desk, _):
        resident = await Resident.arrives(desk.base, http)
        await resident.says(WORDS)
        headers, body = await asyncio.wait_for(duty.heard.get(), TOLD_WITHIN)
        (waiting,) = await desk.ledger.read(lambda tx: tx.conversations.waiting_with("P0"))
        assert json.loads(body) == {"conversation": waiting.id, "trigger": "self_harm"}
        assert resident.session not in body + str(headers)


@pytest.mark.parametrize(("status", "delivered"), [(200, True), (204, True), (404, False), (500, False)])
async def test_a_call_that_is_not_taken_is_not_delivered(status, delivered):
    async with Duty(status) as duty, ClientSession() as http:
        assert await WebhookPager(http, duty.url).page(1, "self_harm") is delivered


async def test_nobody_at_the_address_is_no_delivery():
    async with Duty() as duty:
        gone = duty.url
    async with ClientSession(timeout=ClientTimeout(total=5)) as http:
        assert await WebhookPager(http, gone).page(1, "self_harm") is False
