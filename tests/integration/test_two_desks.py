"""Two desks on one PostgreSQL: what one writes the other shows, work is done once, and a dead desk's work goes on."""

import asyncio
import os
from collections import Counter
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta

import pytest
from aiohttp import WSMsgType
from sqlalchemy import text

from bot.channels.platform import platform_for
from handoff.domain.clock import SystemClock
from handoff.service import silence, turns
from handoff.store.neighbours import PRESENCE
from handoff.web import callbacks, keys
from tests.support.databases import fresh_database, give_back
from tests.support.desk import Resident, running_desk

from .test_intake import bot_that_waits, sent_to_resident, side, wechat, written_down_only_after_a_repeat

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="TEST_DATABASE_URL is not set")


@pytest.fixture
def database(tmp_path):
    url = fresh_database("postgresql", tmp_path)
    yield url
    give_back(url)


@pytest.fixture
async def desks(tmp_path, database):
    async with AsyncExitStack() as stack:
        one, bot = await stack.enter_async_context(running_desk(tmp_path, database))
        rasa = ",".join(one.app[keys.SETTINGS].rasa_urls)
        two, _ = await stack.enter_async_context(running_desk(tmp_path, database, RASA_URL=rasa))
        yield one, two, bot


async def waiting_for_a_person(desk, http) -> tuple[Resident, int]:
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    async with desk.logged_in("wang") as console:
        return resident, (await console.get("/api/queue"))[1]["waiting"][-1]["id"]


def at(desk, resident: Resident, http) -> Resident:
    """The same resident, whose browser now reaches another desk."""
    moved = Resident(desk.base, http, resident.session)
    moved.seen = resident.seen
    return moved


async def test_a_resident_waiting_at_one_desk_hears_what_is_written_at_the_other(desks, http):
    one, two, _ = desks
    await one.add_user("wang")
    resident, conversation = await waiting_for_a_person(one, http)
    async with one.logged_in("wang") as console:
        await console.post(f"/api/conversations/{conversation}/claim")
        elsewhere = at(two, resident, http)
        await elsewhere.hears_until("已接手")
        listening = asyncio.create_task(elsewhere.hears(20))
        await console.post(f"/api/conversations/{conversation}/messages", text="您好，我来看看")
        assert [message["text"] for message in await listening] == ["您好，我来看看"]


async def test_a_console_at_one_desk_is_told_what_reached_the_other(desks, http):
    one, two, _ = desks
    await one.add_user("wang")
    async with two.logged_in("wang") as console, console.live() as live:
        resident = await Resident.arrives(one.base, http)
        await resident.says("转人工")
        told = set()
        while "owner" not in told:
            event = await live.receive(timeout=20)
            assert event.type is WSMsgType.TEXT
            told.add(event.json()["type"])
    assert "message" in told


async def test_a_desk_that_lost_its_database_tells_its_consoles_to_look_again_and_hears_again(desks, http):
    one, two, _ = desks
    await one.add_user("wang")
    async with two.logged_in("wang") as console, console.live() as live:
        await one.ledger.read(cut_listeners)
        while (await live.receive(timeout=20)).json()["type"] != "missed":
            pass
        resident = await Resident.arrives(one.base, http)
        await resident.says("转人工")
        while (await live.receive(timeout=20)).json()["type"] != "owner":
            pass


@pytest.fixture
def many_connections():
    """As many open descriptors as `select` takes, and more."""
    with ExitStack() as opened:
        for _ in range(1100):
            opened.enter_context(open(os.devnull, "rb"))
        yield


@pytest.mark.usefixtures("many_connections")
async def test_a_desk_with_many_open_connections_hears_the_other_again_as_any(desks, http):
    await test_a_desk_that_lost_its_database_tells_its_consoles_to_look_again_and_hears_again(desks, http)


def cut_listeners(tx) -> None:
    """As an administrator or a restart would: both desks' listening connections end."""
    statement = text(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE l.locktype = 'advisory' AND l.objid = :presence AND d.datname = current_database()"
    )
    assert len(tx.connection.execute(statement, {"presence": PRESENCE}).all()) == 2


async def test_one_message_delivered_to_two_desks_at_once_is_stored_once(desks, http):
    side = platform_for(desks[0].app[keys.ACCOUNTS]["simulator"].channel)
    for number in range(20):
        callback = side.text(f"o-twice-{number % 5}", f"幸福小区{number}号楼的路灯坏了")
        answers = await asyncio.gather(*(deliver(desk, http, side.again(callback)) for desk in desks[:2]))
        assert answers == [200, 200]
    stored = await desks[0].ledger.read(residents_words)
    assert Counter(stored.values()) == {4: 5}


async def deliver(desk, http, callback) -> int:
    url = f"{desk.base}/channels/wechat/simulator"
    async with http.post(url, params=callback.query, data=callback.body) as answer:
        await answer.read()
        return answer.status


@pytest.fixture
async def asked_at_one(desks, http, monkeypatch):
    """WeChat's request for a resident's message waits at the first desk, whose bot answers once it is told to."""
    asked, may_answer = bot_that_waits(desks[0], monkeypatch)
    monkeypatch.setattr(callbacks, "PASSIVE_WAIT", 60)
    callback = side(desks[0]).text("o-asks", "幸福小区的路灯坏了")
    waiting = asyncio.create_task(wechat(desks[0], http, callback))
    await asked.wait()
    yield waiting, callback, may_answer
    may_answer.set()


async def test_the_answer_to_what_was_repeated_at_another_desk_goes_as_a_message(desks, http, asked_at_one):
    """WeChat no longer listens to the first request: what rode on that would be lost."""
    one, two, _ = desks
    waiting, callback, may_answer = asked_at_one
    assert await wechat(two, http, side(two).again(callback)) == (200, "success")
    assert await asyncio.wait_for(waiting, 20) == (200, "success")
    async with one.app[keys.LIVE].listen() as events:
        may_answer.set()
        assert "路灯照明" in await sent_to_resident(one, events)


async def test_a_repeat_at_another_desk_waits_for_the_answer_that_is_about_to_be_written_down(desks, http, monkeypatch):
    one, two, _ = desks
    answered = written_down_only_after_a_repeat(one, two, monkeypatch)
    callback = side(one).text("o-asks", "幸福小区的路灯坏了")
    assert "路灯照明" in side(one).read_reply((await wechat(one, http, callback))[1])["Content"]
    answered.set()
    _, again = await wechat(two, http, side(two).again(callback))
    assert "路灯照明" in side(two).read_reply(again)["Content"]


async def test_a_desk_that_may_have_missed_a_repeat_lets_the_request_go(desks, http, asked_at_one):
    one, two, _ = desks
    waiting, callback, may_answer = asked_at_one
    await one.ledger.read(cut_listeners)
    assert await asyncio.wait_for(waiting, 20) == (200, "success")
    async with one.app[keys.LIVE].listen() as events:
        may_answer.set()
        assert "路灯照明" in await sent_to_resident(one, events)


async def test_a_claim_at_another_desk_ends_the_wait_for_the_bots_answer(desks, asked_at_one):
    one, two, _ = desks
    await one.add_user("wang")
    conversation = await one.ledger.read(lambda tx: tx.conversations.find("simulator", "o-asks").id)
    async with two.logged_in("wang") as console:
        assert (await console.post(f"/api/conversations/{conversation}/claim"))[0] == 200
    assert await asyncio.wait_for(asked_at_one[0], 20) == (200, "success")


def residents_words(tx) -> dict[int, int]:
    """How many messages of the resident each conversation has."""
    rows = tx.connection.execute(
        text("SELECT conversation_id, count(*) FROM messages WHERE sender = 'resident' GROUP BY conversation_id")
    )
    return {row[0]: row[1] for row in rows}


async def test_the_messages_of_a_resident_at_both_desks_are_each_read_once_and_in_order(desks, http):
    one, two, bot = desks
    resident = await Resident.arrives(one.base, http)
    places = [resident, at(two, resident, http)]
    said = [await places[number % 2].says(f"{number}号楼的路灯坏了") for number in range(10)]
    answers = 0
    while len(read(bot)) < len(said) or answers < len(bot.turns):
        heard = await resident.hears(20)
        assert heard, "no answer"
        answers += len(heard)
    assert said == sorted(said)
    assert read(bot) == said
    assert answers == len(bot.turns)  # those that waited were read, and answered, together
    assert await resident.hears(0) == []


def read(bot) -> list[int]:
    return [piece["seq"] for turn in bot.turns for piece in turn["metadata"]["pieces"]]


async def test_the_turn_of_a_desk_that_died_is_taken_over_when_its_lease_has_run_out(tmp_path, database, http):
    async with running_desk(tmp_path, database, RASA_URL="http://127.0.0.1:9") as (one, _):
        office = one.app[keys.SETTINGS].office
        now = SystemClock().now()
        async with running_desk(tmp_path, database) as (two, bot):
            await one.app[keys.TURNS].stop()
            conversation = await one.ledger.write(lambda tx: tx.conversations.open("web", "web", "gone", now).id)
            await one.ledger.write(unread, conversation, now)
            assert await one.ledger.write(turns.begin, office, conversation, "dead", now) is not None
            held = await two.ledger.write(turns.begin, office, conversation, "too soon", now + turns.LEASE / 2)
            assert held is None
            late = now + turns.LEASE + timedelta(seconds=1)
            taken = await two.ledger.write(turns.begin, office, conversation, "two", late)
            assert taken.message.text == "路灯坏了"
            proposal = turns.Proposal([{"text": "好的"}])
            dead = turns.Turn(taken.before, taken.message, "dead", taken.text, taken.facts)
            with pytest.raises(turns.TurnLost):
                await one.ledger.write(turns.commit, office, dead, proposal, late)
            assert await two.ledger.write(turns.commit, office, taken, proposal, late)


def unread(tx, conversation: int, now) -> None:
    from handoff.domain.models import Message

    seq = tx.conversations.next_seq(conversation, by_resident=True)
    tx.messages.add(Message(conversation, seq, "resident", "text", "路灯坏了", "received", now))


async def test_a_silent_caseworkers_place_is_given_back_by_one_of_two_desks(desks, http):
    one, two, _ = desks
    await one.add_user("wang")
    office, clock = one.app[keys.SETTINGS].office, SystemClock()
    for _ in range(5):
        resident, conversation = await waiting_for_a_person(one, http)
        async with one.logged_in("wang") as console:
            assert (await console.post(f"/api/conversations/{conversation}/claim"))[0] == 200
        await resident.says("有人吗")
    # Five days on, in office hours, enough of them have passed in any case.
    morning = next_open_moment(office, clock.now() + timedelta(days=5))
    held = await one.ledger.read(silence.held)
    both = [desk.ledger.write(silence.give_back, office, id, morning) for id in held for desk in (one, two)]
    given = await asyncio.gather(*both)
    assert len(held) == 5
    assert [given[i] + given[i + 1] for i in range(0, len(given), 2)] == [1] * 5


def next_open_moment(office, moment):
    while not office.calendar.is_open(moment):
        moment += timedelta(hours=1)
    return moment
