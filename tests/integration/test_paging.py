"""A page reaches somebody who can help: it is made again until one who may claim has been called, and then no more."""

import json
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from handoff.domain.clock import FixedClock
from handoff.web import keys
from handoff.workers.pager import AGAIN, ConsolePager, PagerWorker, WebhookPager

from .test_pager import WORDS, Duty


async def test_a_refused_page_is_made_again_until_it_is_taken(scene):
    danger = scene.says("r1", WORDS)
    clock = FixedClock(scene.now)
    async with Duty(500, 200) as duty, ClientSession() as http:
        worker = PagerWorker(scene.ledger, WebhookPager(http, duty.url), clock)
        await worker.page_due()
        await worker.page_due()
        assert duty.heard.qsize() == 1  # not at once again
        for _ in range(3):
            clock.move_to(clock.now() + AGAIN + timedelta(seconds=1))
            await worker.page_due()
        told = [json.loads(duty.heard.get_nowait()[1]) for _ in range(duty.heard.qsize())]
    assert told == [{"conversation": danger, "trigger": "self_harm"}] * 2


@pytest.mark.parametrize(
    ("role", "called"), [("caseworker", True), ("supervisor", True), ("admin", False), ("auditor", False)]
)
async def test_an_open_console_is_a_call_only_for_those_who_may_claim(desk, role, called):
    await desk.add_user("wang", role)
    pager = ConsolePager(lambda: desk.app[keys.LIVE].open_consoles)
    assert await pager.page(1, "self_harm") is False
    async with desk.logged_in("wang") as console, console.live():
        await console.get("/api/me")  # the desk has gone on since: the console is open there as well
        assert await pager.page(1, "self_harm") is called
