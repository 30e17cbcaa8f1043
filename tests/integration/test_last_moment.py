"""What a resident says in the moment in which a person ends the conversation is read: by that person, or by the bot."""

import asyncio
import threading

import pytest

from bot.channels.message import Inbound
from handoff.service import ownership
from handoff.service.arrivals import Arrival, accept_all
from tests.support.desk import Resident

ENDS = [("resolve", {"outcome": "solved"}), ("hand-back", {"wrong": True})]


async def held(desk, http):
    """A resident whom wang serves: the resident, the path of the conversation."""
    await desk.add_user("wang")
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    async with desk.logged_in("wang") as console:
        path = f"/api/conversations/{(await console.get('/api/queue'))[1]['waiting'][0]['id']}"
        await console.post(f"{path}/claim")
    return resident, path


async def last_shown(console, path: str) -> int:
    return (await console.get(path))[1]["messages"][-1]["seq"]


@pytest.mark.parametrize(("end", "body"), ENDS)
async def test_nothing_is_ended_over_a_message_that_the_caseworker_has_not_seen(desk, http, end, body):
    resident, path = await held(desk, http)
    async with desk.logged_in("wang") as console:
        seen = await last_shown(console, path)
        said = await resident.says("等一下，还有一件事")
        _, before = await console.get(path)
        status, refusal = await console.post(f"{path}/{end}", **body, category="C0406", seen=seen)
        assert (status, refusal["code"], refusal["seq"]) == (409, "unseen_message", said)
        assert (await console.get(path))[1] == before
        assert (await console.post(f"{path}/{end}", **body, seen=said))[0] == 200


@pytest.mark.parametrize(("end", "body"), ENDS)
async def test_only_the_residents_own_words_hold_up_an_end(desk, http, end, body):
    _, path = await held(desk, http)
    async with desk.logged_in("wang") as console:
        seen = await last_shown(console, path)
        await console.post(f"{path}/messages", text="已经修好了")
        await console.post(f"{path}/notes", text="电话核实过")
        assert (await console.post(f"{path}/{end}", **body, seen=seen))[0] == 200


@pytest.mark.parametrize("seen", [-1, 1.5, True, "3", 2**70])
@pytest.mark.parametrize(("end", "body"), ENDS)
async def test_what_was_seen_is_a_sequence_number(desk, http, end, body, seen):
    _, path = await held(desk, http)
    async with desk.logged_in("wang") as console:
        status, refusal = await console.post(f"{path}/{end}", **body, seen=seen)
        assert (status, refusal["code"], refusal["field"]) == (400, "bad_input", "seen")


def arrival(scene, sender: str, text: str) -> Arrival:
    inbound = Inbound("web", f"{sender}:{text}", sender, "text", text, scene.now, opens="unlimited")
    return Arrival(scene.office, inbound, "web", None, None, scene.now)


async def test_what_is_queued_behind_an_end_is_stored_behind_it_and_opens_the_conversation_again(scene):
    wang, ledger = scene.user("wang"), scene.ledger
    conversation = scene.waits("r1")
    scene.claim(wang, conversation)
    all_wait = threading.Event()
    pieces = [
        ledger.write(lambda tx: all_wait.wait(30)),  # until the others have become one group
        ledger.write_together(accept_all, arrival(scene, "r2", "路灯坏了")),
        ledger.write(ownership.resolve, wang, conversation, "solved", None, scene.now),
        ledger.write_together(accept_all, arrival(scene, "r1", "等一下，还有一件事")),
    ]
    working = [asyncio.ensure_future(piece) for piece in pieces]
    await asyncio.sleep(0)  # each has put its piece into the queue
    all_wait.set()
    *_, accepted = await asyncio.gather(*working)
    after = scene.conversation(conversation)
    assert accepted.bot_turn
    assert after.owner == "bot"
    assert after.handled_seq < accepted.seq == after.resident_seq
