"""A platform that answers late: the text is tried again, and a claim waits longer than any attempt lasts."""

import asyncio

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.channels import api
from handoff.web import console_api
from handoff.workers import outbox
from tests.contract.stub import HANG, Stub

KF_SEND = "/cgi-bin/kf/send_msg"
EACH = 0.3  # seconds that the slow platform takes for one answer
PLENTY = 60.0


class Slow(Stub):
    """Takes `each` seconds for everything it is asked."""

    each = 0.0

    async def _handle(self, request):
        await asyncio.sleep(self.each)
        return await super()._handle(request)


@pytest.fixture
async def stub():
    stub = Slow()
    async with TestServer(stub.app()) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub
        stub.release()


async def test_an_answer_that_never_comes_is_not_waited_for_and_the_text_goes_again(make, stub, monkeypatch):
    desk = await make("wecom_kf")
    await desk.writes()
    await desk.say("您好。")
    await desk.send()  # there is a token now
    seq = await desk.say("已记下。")
    stub.script(KF_SEND, HANG)
    monkeypatch.setattr(api, "TIMEOUT", aiohttp.ClientTimeout(total=EACH))
    await desk.send()
    assert (await desk.message(seq)).state == "queued"
    monkeypatch.setattr(api, "TIMEOUT", aiohttp.ClientTimeout(total=PLENTY))
    await desk.send(seconds=10)
    assert (await desk.message(seq)).state == "sent"
    assert desk.said() == ["您好。", "已记下。", "已记下。"]
    _, first, again = desk.sent()
    assert first["msgid"] == again["msgid"]  # the platform refused the second, so that the resident has it once
    assert await desk.tasks() == []


async def test_an_attempt_has_an_end_however_many_answers_it_needs(make, stub, monkeypatch):
    desk = await make()
    await desk.writes()
    seq = await desk.say("已记下。")
    stub.each = EACH
    monkeypatch.setattr(outbox, "ATTEMPT", 1.5 * EACH)  # enough for the token, enough for the text, not for both
    await desk.send()
    assert (await desk.message(seq)).state == "queued"
    stub.each = 0.0
    monkeypatch.setattr(outbox, "ATTEMPT", PLENTY)
    await desk.send(seconds=10)
    assert (await desk.message(seq)).state == "sent"
    assert await desk.tasks() == []


def test_a_claim_waits_longer_than_an_attempt_lasts():
    assert outbox.ATTEMPT < console_api.IN_FLIGHT_WAIT
