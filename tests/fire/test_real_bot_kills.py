"""kill -9 of the real bot's processes and of the desk while residents report: each matter is filed once, by the bot, or for
a person, and then the resident is told so."""

import asyncio
import random

import pytest

from bot.boundary.notices import for_trigger
from tests.support.processes import running
from tests.support.town import HALF_WRITTEN, rows, until_all_is_done

VICTIMS = ("actions", "rasa", "actions", "desk", "actions")
ANSWER = 120  # seconds at most
TALKING = 8  # residents at once, while one of them dies
ESTATES = ("桂花苑", "清河家园", "翠湖苑")
# How each resident's matter ended: who has it, why, and what is registered of it.
ENDED = """
SELECT i.external_id, c.owner, c.reason_trigger, k.created_by, k.category
FROM conversations c JOIN identities i ON i.id = c.identity_id LEFT JOIN cases k ON k.conversation_id = c.id
"""
REGISTERED, GIVEN_TO_A_PERSON = ("bot", None, "bot", "C0406"), ("queue", "bot_unavailable", "desk", "C9903")


@pytest.mark.e2e
@pytest.mark.timeout(480)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # the engines themselves are killed elsewhere
async def test_a_matter_told_to_the_real_bot_is_filed_once_whichever_process_dies(fire, http):
    processes, town, chance = fire.everything(), fire.town, random.Random(99)
    desk, senders = processes["desk"].address, []

    async def dies(name: str) -> None:
        heard = len(town.platform.sent) + chance.randrange(TALKING)
        await town.platform.until(lambda: len(town.platform.sent) >= heard)
        await processes[name].kill()
        await processes[name].start(http)

    async with running(http, *processes.values()):
        for number, victim in enumerate(VICTIMS):
            wave = [f"o-{number}-{resident}" for resident in range(TALKING)]
            await asyncio.gather(dies(victim), *(reports_a_lamp(town, desk, sender) for sender in wave))
            senders += wave
        await reports_a_lamp(town, desk, "o-after")
        await until_all_is_done(fire.engine)

    assert town.stored(fire.engine) == town.said
    assert rows(fire.engine, HALF_WRITTEN) == []
    found = rows(fire.engine, ENDED)
    assert sorted(sender for sender, *_ in found) == sorted([*senders, "o-after"])  # one case each
    ended = {sender: tuple(how) for sender, *how in found}
    assert set(ended.values()) <= {REGISTERED, GIVEN_TO_A_PERSON}
    assert ended["o-after"] == REGISTERED
    notice = for_trigger("bot_unavailable").care
    told = {sender for sender in ended if any(notice in words for words in town.platform.texts(sender))}
    assert told == {sender for sender, how in ended.items() if how == GIVEN_TO_A_PERSON}


async def reports_a_lamp(town, desk: str, sender: str) -> None:
    """Tells it and says yes to what the bot has heard; where that was lost, tells it again; until there is a number."""
    for estate in ESTATES:
        for words in (f"{estate}3号楼的路灯坏了三天了", "对"):
            # What was heard before may come a second time after a kill; it is no answer to this.
            before = set(town.platform.texts(sender))
            await town.says([desk], "mini", sender, words)
            await town.platform.until(lambda before=before: set(town.platform.texts(sender)) - before, ANSWER)
            if any("编号" in answer for answer in set(town.platform.texts(sender)) - before):
                return
    raise AssertionError("no number")
