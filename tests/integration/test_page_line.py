"""The H5 page's line to the desk: the same id is stored once, and after a broken line nothing is missing."""

from __future__ import annotations

import asyncio
import weakref

import pytest

from handoff.domain.models import Message
from handoff.service import delivery
from handoff.store.messages import PAGE
from handoff.store.transaction import Event
from handoff.web import keys
from handoff.web.live import Live
from tests.support.desk import Resident


async def post(desk, http, **body):
    async with http.post(f"{desk.base}/channels/web/messages", json=body) as answer:
        return answer.status, await answer.json()


async def test_the_same_message_id_is_stored_once_and_answered_the_same(desk, http):
    resident = await Resident.arrives(desk.base, http)
    body = {"session": resident.session, "message_id": "m-1", "text": "路灯坏了"}
    answers = await asyncio.gather(*(post(desk, http, **body) for _ in range(8)))
    assert {status for status, _ in answers} == {202}
    assert len({answer["seq"] for _, answer in answers}) == 1
    stored = await desk.ledger.read(lambda tx: [m for m in tx.messages.after(1, 0) if m.sender == "resident"])
    assert len(stored) == 1


async def test_two_visitors_may_choose_the_same_message_id(desk, http):
    for _ in range(2):
        resident = await Resident.arrives(desk.base, http)
        assert await resident.says("路灯坏了", message_id="1") == 1


async def test_after_a_broken_line_the_page_goes_on_where_it_was(desk, http):
    resident = await Resident.arrives(desk.base, http)
    await resident.says("你好")
    await resident.hears_until("请说说")
    await resident.says("幸福小区3号楼的路灯坏了")
    returned = Resident(desk.base, http, resident.session)
    everything = await returned.hears_until("我记的是")
    assert "请说说" in everything
    returned.seen = resident.seen
    (missed,) = await returned.hears()
    assert "我记的是" in missed["text"] and missed["seq"] > resident.seen


async def test_what_the_page_shows_is_as_published(desk, http):
    resident = await Resident.arrives(desk.base, http)
    await resident.says("你好")
    message = (await resident.hears())[0]
    assert set(message) == {"seq", "from", "text", "buttons", "at"}
    assert message["from"] == "bot"
    assert [button["title"] for button in message["buttons"]]
    assert all(set(button) == {"id", "title"} for button in message["buttons"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"session": ["s"]}, "session"),
        ({"message_id": "路灯"}, "message_id"),
        ({"message_id": {"n": 1}}, "message_id"),
        ({"text": "。" * 2001}, "text"),
        ({"text": " "}, "text"),
        ({"text": "\x00\x07\x1b"}, "text"),
        ({"text": "\x7f\x85\n"}, "text"),
        ({"text": "\u200b\u202e\ufeff"}, "text"),
        ({"text": 5}, "text"),
        ({"text": 1.5}, "text"),
        ({"text": True}, "text"),
        ({"text": None}, "text"),
        ({"text": ["你好"]}, "text"),
        ({"text": {"text": "你好"}}, "text"),
        ({"menu_id": []}, "menu_id"),
    ],
)
async def test_what_is_wrong_is_named(desk, http, wrong, field):
    resident = await Resident.arrives(desk.base, http)
    good = {"session": resident.session, "message_id": "m-3", "text": "你好"}
    status, refusal = await post(desk, http, **{**good, **wrong})
    assert (status, refusal["field"]) == (400, field)
    assert refusal["code"] and refusal["message"]


async def test_a_button_may_be_answered_by_its_id(desk, http):
    resident = await Resident.arrives(desk.base, http)
    await resident.says("你好")
    button = (await resident.hears())[0]["buttons"][0]
    body = {"session": resident.session, "message_id": "m-2", "text": button["title"], "menu_id": button["id"]}
    assert (await post(desk, http, **body))[0] == 202
    await resident.hears_until("已为您转人工")


async def test_a_long_poll_waits_also_before_the_first_message(desk, http):
    resident = await Resident.arrives(desk.base, http)
    now = asyncio.get_running_loop().time
    began = now()
    assert await resident.hears(0.5) == []
    assert now() - began >= 0.5
    waiting = asyncio.create_task(resident.hears(60))
    await resident.says("你好")
    assert "请说说" in (await waiting)[0]["text"]


def test_who_waits_for_their_first_word_is_told_of_every_conversation_that_begins():
    live = Live()
    begins, goes_on = live.next_message(None), live.next_message(7)
    live.publish([Event("message", 7, 2)])
    assert (begins.is_set(), goes_on.is_set()) == (False, True)
    live.publish([Event("message", 8, 1)])
    assert begins.is_set()


def test_what_nobody_waits_for_any_more_is_not_kept():
    live = Live()
    gone, waits = weakref.ref(live.next_message(7)), live.next_message(8)
    assert gone() is None
    assert live.next_message(8) is waits


async def test_an_answer_is_heard_however_much_one_wrote_before_it(desk, http):
    resident = await Resident.arrives(desk.base, http)
    await resident.says("你好")
    await resident.hears()
    at = desk.app[keys.CLOCK].now()

    def flood(tx) -> None:
        for _ in range(PAGE + 1):
            tx.messages.add(Message(1, tx.conversations.next_seq(1), "resident", "text", "喂", "received", at))
        delivery.say(tx, tx.conversations.get(1), "在的", at, author="bot", fence=None)

    await desk.ledger.write(flood)
    assert [message["text"] for message in await resident.hears(0)] == ["在的"]
