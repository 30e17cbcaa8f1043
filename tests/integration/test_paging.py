"""A page that nobody took is made again, and one that was taken is not."""

import json
from datetime import timedelta

from aiohttp import ClientSession

from handoff.domain.clock import FixedClock
from handoff.workers.pager import AGAIN, PagerWorker, WebhookPager

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
