"""公众号: the bot's answer rides on WeChat's own request, while a person claims and while WeChat repeats itself."""

import asyncio
import random

from tests.support.processes import running
from tests.support.town import HALF_WRITTEN, REFUSED, rows, until, until_all_is_done

from .conftest import console_of

IN_FLIGHT = 50
REPEATED, DELIVERIES = 25, 3
ASKING, DEATHS_AT = 120, (10, 40, 70, 100)  # residents; acknowledged messages after which a desk dies
BEGINS_WITHIN, MEETS_WITHIN, REPEATS_WITHIN = 1.5, 0.3, 0.8  # seconds
MATTERS = {"路灯坏了": "路灯照明", "停车太乱": "停车管理"}  # as the bot names them
NOTICE = "工作人员（wang）已接手"
CONVERSATIONS = "SELECT i.external_id, c.id FROM conversations c JOIN identities i ON i.id = c.identity_id"
BOTS_TEXTS = "SELECT text, count(*) FROM messages WHERE sender = 'bot' GROUP BY text"


async def test_no_answer_to_a_callback_carries_an_automatic_text_after_a_claim_was_acknowledged(fire, http):
    """But the notice of the claim itself, which comes once. On PostgreSQL the resident writes at one desk, and the claim
    is made at another."""
    fire.add_users("wang")
    chance, town, loop = random.Random(11), fire.town, asyncio.get_running_loop()
    desks = [fire.desk() for _ in range(1 if fire.engine.dialect.name == "sqlite" else 2)]
    here, senders = [desks[0].base], [f"o-flight-{number}" for number in range(IN_FLIGHT)]
    acknowledged = {}
    async with running(http, fire.bot, *desks), console_of(desks[-1].base, "wang") as console:
        await asyncio.gather(*(town.says(here, "oa", sender, "你好") for sender in senders))
        await until_all_is_done(fire.engine)
        assert town.answered, "nothing rides on a callback here"
        conversations = dict(rows(fire.engine, CONVERSATIONS))

        async def is_claimed(sender: str) -> None:
            await asyncio.sleep(chance.uniform(0, BEGINS_WITHIN))
            answered = asyncio.create_task(town.says(here, "oa", sender, "路灯坏了"))
            await asyncio.sleep(chance.uniform(0, MEETS_WITHIN))  # the claim meets the turn at any of its stages
            assert (await console.post(f"/api/conversations/{conversations[sender]}/claim"))[0] == 200
            acknowledged[sender] = loop.time()
            await town.says(here, "oa", sender, "还有，垃圾没人收")
            await answered

        await asyncio.gather(*map(is_claimed, senders))
        await until_all_is_done(fire.engine)
    heard = town.answered + town.platform.sent
    late = [one.text for one in heard if one.at > acknowledged[one.to] and not one.text.startswith(NOTICE)]
    assert late == []
    assert sorted(one.to for one in heard if one.text.startswith(NOTICE)) == sorted(senders)
    assert sorted_words(town.stored(fire.engine)) == sorted_words(town.said)
    assert rows(fire.engine, HALF_WRITTEN) == []


async def test_what_wechat_delivers_three_times_is_stored_once_and_answered_one_way(fire, http):
    """On PostgreSQL the deliveries go to two desks. The resident sees one of the answers to a message, as WeChat listens
    to one of its requests only; nothing may come by customer-service message beside it."""
    chance, town, side = random.Random(12), fire.town, fire.town.sides["oa"]
    desks = [fire.desk() for _ in range(1 if fire.engine.dialect.name == "sqlite" else 2)]
    senders = [f"o-again-{number}" for number in range(REPEATED)]

    async def comes(callback, base: str) -> int:
        await asyncio.sleep(chance.uniform(0, REPEATS_WITHIN))  # a repeat meets the turn at any of its stages
        return await town.deliver(base, "oa", side.again(callback))

    async def says_again_and_again(sender: str, words: str) -> None:
        callback = side.text(sender, words)
        repeats = [comes(callback, desks[number % len(desks)].base) for number in range(DELIVERIES)]
        assert set(await asyncio.gather(*repeats)) == {200}

    async with running(http, fire.bot, *desks):
        for words in MATTERS:  # the second time the conversation is there already
            await asyncio.gather(*(says_again_and_again(sender, words) for sender in senders))
            await until_all_is_done(fire.engine)
    assert town.stored(fire.engine) == {("oa", sender): list(MATTERS) for sender in senders}
    assert [count for _, count in rows(fire.engine, BOTS_TEXTS)] == [REPEATED] * len(MATTERS)
    assert rows(fire.engine, HALF_WRITTEN) == []
    rode = {(one.to, one.text, one.key) for one in town.answered}
    sent = [(one.to, one.text) for one in town.platform.sent]
    for sender in senders:
        for matter in MATTERS.values():
            ways = [one for one in [*rode, *sent] if one[0] == sender and matter in one[1]]
            assert len(ways) == 1, (sender, ways)


async def test_an_answer_that_died_with_the_request_it_rode_on_comes_with_the_repetition(fire, http):
    """kill -9 while WeChat waits. What was put on a request counts as said, though nobody heard it: WeChat asks again with
    the same message, of another desk if there is one."""
    chance, town = random.Random(14), fire.town
    desks = [fire.desk() for _ in range(1 if fire.engine.dialect.name == "sqlite" else 2)]
    senders = [f"o-asking-{number}" for number in range(ASKING)]

    async def asks(number: int) -> None:
        await asyncio.sleep(chance.uniform(0, 2 * BEGINS_WITHIN))
        first = number % len(desks)
        bases = [desk.base for desk in desks[first:] + desks[:first]]
        await town.says(bases, "oa", senders[number], "路灯坏了")

    async def kills() -> None:
        for acknowledged in DEATHS_AT:
            await until(lambda: town.taken >= acknowledged)  # noqa: B023
            victim = chance.choice(desks)
            await victim.kill()
            await victim.start(http)

    async with running(http, fire.bot, *desks):
        await asyncio.gather(kills(), *map(asks, range(ASKING)))
        await until_all_is_done(fire.engine)
    assert REFUSED in town.statuses, "no request died"
    assert town.answered, "nothing rode on a request"
    assert town.stored(fire.engine) == town.said
    assert rows(fire.engine, HALF_WRITTEN) == []
    assert [count for _, count in rows(fire.engine, BOTS_TEXTS)] == [ASKING]
    told = {one.to for one in town.answered + town.platform.sent if MATTERS["路灯坏了"] in one.text}
    assert told == set(senders)


def sorted_words(said: dict) -> dict:
    return {resident: sorted(words) for resident, words in said.items()}
