"""kill -9 at random while residents write: what was acknowledged is there once, in order, and was answered."""

import asyncio
import random

from tests.support.processes import running
from tests.support.town import HALF_WRITTEN, rows, until, until_all_is_done

from .deliveries import everything_was_delivered_in_order

RESIDENTS, MESSAGES_EACH = 200, 10
AT_ONCE = 60


async def test_two_thousand_messages_survive_the_death_of_any_process(fire, http):
    chance, town = random.Random(99), fire.town
    # On PostgreSQL half of the residents begin at each of two desks, and go to the other when theirs is dead.
    desks = [fire.desk() for _ in range(1 if fire.engine.dialect.name == "sqlite" else 2)]
    slots = asyncio.Semaphore(AT_ONCE)

    async def writes(resident: int) -> None:
        account, first = "kf" if resident % 5 == 0 else "mini", resident % len(desks)
        bases = [desk.base for desk in desks[first:] + desks[:first]]
        async with slots:
            for number in range(MESSAGES_EACH):
                await town.says(bases, account, f"o-{resident}", f"第{number}件：路灯坏了")

    async def kills() -> None:
        for part in sorted(chance.sample([1, 2, 3, 4, 5], 4)):
            target = RESIDENTS * MESSAGES_EACH * part // 6
            await until(lambda target=target: town.taken >= target, every=chance.uniform(0.01, 0.1))
            victim = chance.choice([*desks, fire.bot])
            await victim.kill()
            await victim.start(http)

    async with running(http, fire.bot, *desks):
        killer = asyncio.create_task(kills())
        await asyncio.gather(*(writes(resident) for resident in range(RESIDENTS)))
        await killer
        # Everything dies once more. The first desk to stand up again is alone, and what the dead ones had taken is free.
        for process in (fire.bot, *desks):
            await process.kill()
        for process in (fire.bot, *desks):
            await process.start(http)
        await until_all_is_done(fire.engine)

    assert town.stored(fire.engine) == town.said
    assert town.taken == RESIDENTS * MESSAGES_EACH
    assert rows(fire.engine, HALF_WRITTEN) == []
    everything_was_delivered_in_order(fire)
    # What came again after a crash, and was refused, had the words of the first.
    assert {(one.key, one.text) for one in town.platform.repeated} <= {
        (one.key, one.text) for one in town.platform.sent
    }
