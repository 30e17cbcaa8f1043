"""kill -9 at random while residents write: what was acknowledged is there once, in order, and was answered."""

import asyncio
import random
from collections import Counter

from handoff.domain.message_id import message_id
from tests.support.processes import running
from tests.support.town import HALF_WRITTEN, rows, until, until_all_is_done

RESIDENTS, MESSAGES_EACH = 200, 10
AT_ONCE = 60
SENT = """
SELECT i.account, i.external_id, o.conversation_id, o.seq, o.text, o.state, o.error
FROM outbox o JOIN conversations c ON c.id = o.conversation_id JOIN identities i ON i.id = c.identity_id
ORDER BY o.conversation_id, o.seq
"""


class Named:
    """What `message_id` needs of an outbox item."""

    def __init__(self, account: str, conversation_id: int, seq: int) -> None:
        self.account, self.conversation_id, self.seq = account, conversation_id, seq


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
    told = {row[0] for row in rows(fire.engine, "SELECT conversation_id FROM tasks WHERE kind = 'call'")}
    everything_was_delivered_in_order(rows(fire.engine, SENT), town.platform.sent, told)
    # What came again after a crash, and was refused, had the words of the first.
    assert {(one.key, one.text) for one in town.platform.repeated} <= {
        (one.key, one.text) for one in town.platform.sent
    }


def everything_was_delivered_in_order(outbox: list[tuple], sent: list, to_be_called: set[int]) -> None:
    # Residents who do not wait for an answer use up what the platform lets a bot say; a person is asked to call them.
    unsent = [row for row in outbox if row[5] not in ("sent", "draft")]
    assert {row[5:] for row in unsent} <= {("failed", "window")}
    assert {row[2] for row in unsent} == to_be_called
    assert len({row[2] for row in outbox}) == len({(row[0], row[1]) for row in outbox}), "somebody got no answer"
    due = [row for row in outbox if row[5] == "sent"]
    keyed = {
        message_id(Named(account, conversation, seq)) for account, _, conversation, seq, *_ in due if account == "kf"
    }
    # A repeat after a crash carries the key of the first, so that the platform refuses it; none has a key of its own.
    assert sorted(one.key for one in sent if one.key) == sorted(keyed)
    arrived: dict[str, list[str]] = {}
    for one in sent:
        arrived.setdefault(one.to, []).append(one.text)
    written: dict[str, list[str]] = {}
    for _, sender, _, _, text, *_ in due:
        written.setdefault(sender, []).append(text.splitlines()[0])
    for sender, texts in written.items():
        heard = [text.splitlines()[0] for text in arrived[sender]]
        assert not Counter(texts) - Counter(heard), "a text never arrived"
        assert is_in_order(texts, heard)


def is_in_order(texts: list[str], heard: list[str]) -> bool:
    """Whether `texts` can be read off `heard` from left to right, so that at most repeats stand between."""
    rest = iter(heard)
    return all(text in rest for text in texts)
