"""The H5 page's line to the desk: the same id is stored once, and after a broken line nothing is missing."""

from __future__ import annotations

import asyncio

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


async def test_a_button_may_be_answered_by_its_id(desk, http):
    resident = await Resident.arrives(desk.base, http)
    await resident.says("你好")
    button = (await resident.hears())[0]["buttons"][0]
    body = {"session": resident.session, "message_id": "m-2", "text": button["title"], "menu_id": button["id"]}
    assert (await post(desk, http, **body))[0] == 202
    await resident.hears_until("已为您转人工")
