"""A session in WeCom's own client that ended without a word: nothing that the resident says into it goes unread."""

from __future__ import annotations

import pytest

from handoff.service import client_service
from handoff.service.first_pull import Place, save
from handoff.workers.client_sessions import AGAIN, ClientSessions
from tests.support.street import Street

from .test_pulling import LAMP, Bell

STATE = "/cgi-bin/kf/service_state/get"
SERVED = {"errcode": 0, "service_state": 3, "servicer_userid": "zhangsan"}
OVER = {"errcode": 0, "service_state": 0}
IN_CLIENT = "平台客服·zhangsan"


@pytest.fixture
async def desk(make) -> Street:
    """zhangsan serves the resident in WeCom's own client."""
    desk = await make("wecom_kf")
    current = await desk.writes("你好")
    await desk.ledger.write(client_service.taken_in_client, current, "zhangsan", desk.clock.now())
    return desk


def sessions(desk: Street) -> ClientSessions:
    """As of a desk that has just been started."""
    return ClientSessions(desk.ledger, {desk.name: desk.account}, desk.clock)


async def unread(desk: Street) -> list[str]:
    """What waits for the bot."""

    def read(tx) -> list:
        current = tx.conversations.get(desk.id)
        return tx.messages.from_resident(desk.id, current.handled_seq, current.resident_seq)

    return [message.text for message in await desk.ledger.read(read)]


async def test_what_a_desk_died_over_is_asked_about_by_the_next_one_and_read_by_the_bot(desk: Street):
    await desk.writes(LAMP)
    desk.stub.script(STATE, OVER)
    await sessions(desk).sweep()
    assert ((await desk.conversation()).owner, await unread(desk)) == ("bot", [LAMP])


async def test_what_the_platform_did_not_answer_is_asked_again_a_few_minutes_later(desk: Street):
    await desk.writes(LAMP)
    desk.stub.script(STATE, 45009)
    one = sessions(desk)
    for _ in range(3):
        await one.sweep()
    assert len(desk.stub.calls(STATE)) == 1
    desk.passes(seconds=AGAIN.total_seconds())
    desk.stub.script(STATE, OVER)
    await one.sweep()
    assert ((await desk.conversation()).owner, await unread(desk)) == ("bot", [LAMP])


async def test_what_was_said_to_a_person_who_serves_is_asked_about_once_and_never_the_bots(desk: Street):
    await desk.writes("好的谢谢")
    desk.stub.script(STATE, SERVED)
    await sessions(desk).sweep()
    desk.passes(hours=48)
    await sessions(desk).sweep()
    assert len(desk.stub.calls(STATE)) == 1
    assert (await desk.conversation()).caseworker == IN_CLIENT
    await desk.writes(LAMP)
    desk.stub.script(STATE, OVER)
    await sessions(desk).sweep()
    assert ((await desk.conversation()).owner, await unread(desk)) == ("bot", [LAMP])


async def test_what_that_person_has_answered_is_not_asked_about(desk: Street):
    await desk.writes(LAMP)
    spoken = {"author": "staff", "effect": "taken", "conversational": False, "opens": ""}
    await desk.writes("我来处理", data={"servicer": "zhangsan"}, **spoken)
    await sessions(desk).sweep()
    assert not desk.stub.calls(STATE)


async def test_a_message_that_is_pulled_once_more_is_asked_about_once_more(make):
    desk = await make("wecom_kf")
    bell = Bell(desk)
    bell.platform.servicer(desk.resident, "zhangsan", "我来处理。")
    await bell.rings()
    bell.platform.text(desk.resident, LAMP)
    desk.stub.script(STATE, 45009, OVER)
    await bell.rings()
    assert (await desk.conversation()).caseworker == IN_CLIENT
    await desk.ledger.write(save, f"{desk.name}:wk99000001", Place("1"))  # it died before it had noted how far it was
    await bell.rings()
    assert ((await desk.conversation()).owner, await unread(desk)) == ("bot", [LAMP])
