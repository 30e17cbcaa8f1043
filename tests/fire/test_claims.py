"""Who has a conversation, under races: exactly one person, and no bot text after the claim was acknowledged."""

import asyncio
import random
from contextlib import AsyncExitStack

from sqlalchemy import text

from tests.support.processes import running
from tests.support.town import rows, until_all_is_done

from .conftest import console_of

RACERS, RACES = 8, 100
IN_FLIGHT = 50
LAMP = "路灯照明"  # what the bot calls the matter that is told meanwhile
NOTICES = "SELECT conversation_id, count(*) FROM messages WHERE text LIKE '%已接手%' GROUP BY conversation_id"


async def test_of_eight_racers_exactly_one_claims_each_of_a_hundred_times(fire, http):
    names = [f"worker{number}" for number in range(RACERS)]
    fire.add_users(*names)
    # On PostgreSQL the racers sit at two desks.
    desks = [fire.desk() for _ in range(1 if fire.engine.dialect.name == "sqlite" else 2)]
    async with running(http, fire.bot, *desks), AsyncExitStack() as stack:
        bases = [desk.base for desk in desks]
        consoles = [
            await stack.enter_async_context(console_of(bases[number % len(bases)], name))
            for number, name in enumerate(names)
        ]
        await asyncio.gather(*(fire.town.says(bases, "mini", f"o-{n}", "转人工") for n in range(RACES)))
        await fire.town.platform.until(lambda: sum("已为您转人工" in s.text for s in fire.town.platform.sent) == RACES)
        waiting = [entry["id"] for entry in (await consoles[0].get("/api/queue"))[1]["waiting"]]
        assert len(waiting) == RACES
        for conversation in waiting:
            results = await asyncio.gather(*(one.post(f"/api/conversations/{conversation}/claim") for one in consoles))
            assert sorted(status for status, _ in results) == [200] + [409] * (RACERS - 1)
            winner = next(body["owner"] for status, body in results if status == 200)
            assert {(body["code"], body["owner"]) for status, body in results if status == 409} == {
                ("already_claimed", winner)
            }
    with fire.engine.connect() as connection:
        assert sorted(tuple(row) for row in connection.execute(text(NOTICES))) == [(id, 1) for id in sorted(waiting)]


async def test_no_bot_text_leaves_after_a_claim_was_acknowledged(fire, http):
    """On PostgreSQL the resident writes at one desk, and the claim is made at another."""
    fire.add_users("wang")
    chance, platform, loop = random.Random(7), fire.town.platform, asyncio.get_running_loop()
    acknowledged: dict[str, float] = {}

    async def slow():
        await asyncio.sleep(chance.uniform(0, 0.03))

    platform.before = slow
    desks = [fire.desk() for _ in range(1 if fire.engine.dialect.name == "sqlite" else 2)]
    here = [desks[0].base]
    async with running(http, fire.bot, *desks), console_of(desks[-1].base, "wang") as console:
        for number in range(IN_FLIGHT):
            sender = f"o-flight-{number}"
            await fire.town.says(here, "mini", sender, "你好")
            await until_all_is_done(fire.engine)  # also counted: the next message begins with all its sends
            conversation = number + 1
            answered = asyncio.create_task(fire.town.says(here, "mini", sender, "路灯坏了"))
            await asyncio.sleep(chance.uniform(0, 0.06))  # the claim meets the turn at any of its stages
            assert (await console.post(f"/api/conversations/{conversation}/claim"))[0] == 200
            acknowledged[sender] = loop.time()
            await answered
            await fire.town.says(here, "mini", sender, "还有，垃圾没人收")
            await platform.until(lambda sender=sender: any("已接手" in words for words in platform.texts(sender)))
        await until_all_is_done(fire.engine)
    # Looked at when the desks have ended: a text that should not leave would leave after the notice of the claim.
    flying = [sent for sent in platform.sent if LAMP in sent.text]
    late = [sent.text for sent in platform.sent if sent.at > acknowledged[sent.to] and "已接手" not in sent.text]
    assert late == []
    drafts = rows(fire.engine, "SELECT count(*) FROM messages WHERE sender = 'bot' AND state = 'draft'")[0][0]
    assert flying and drafts, "no claim met a text in flight, or none came before it"
