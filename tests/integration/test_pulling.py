"""微信客服 only rings: what the desk fetches when the bell was not heard, or nobody answered when it asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff.domain.errors import Unavailable
from handoff.domain.sight import Sight
from handoff.store.schema import cursors
from handoff.workers import pulling
from handoff.workers.channels import Account
from handoff.workers.pulling import SWEEP
from tests.support.bell import Bell
from tests.support.street import Street

SYNC = "/cgi-bin/kf/sync_msg"
LAMP = "路灯坏了"


def passes_sweep(desk: Street) -> None:
    desk.clock.move_to(desk.clock.now() + SWEEP)


async def test_a_message_whose_ring_was_lost_is_fetched_all_the_same(make):
    desk = await make("wecom_kf")
    bell = Bell(desk)
    await bell.rings()
    bell.platform.text(desk.resident, LAMP)
    assert bell.puller.sweep() is None  # it has only just been asked
    passes_sweep(desk)
    await bell.looks()
    assert await bell.stored() == [LAMP]
    assert bell.puller.sweep() is None


async def test_an_interface_that_was_away_for_longer_than_the_tries_loses_nothing(make, monkeypatch):
    monkeypatch.setattr(pulling, "TRIES", 0)
    desk = await make("wecom_kf")
    bell = Bell(desk)
    bell.platform.text(desk.resident, LAMP)
    desk.stub.script(SYNC, -1, -1, -1)
    with pytest.raises(Unavailable):
        await bell.rings()
    for _ in range(2):
        passes_sweep(desk)
        with pytest.raises(Unavailable):
            await bell.looks()
    passes_sweep(desk)
    await bell.looks()
    assert await bell.stored() == [LAMP]


async def test_of_several_accounts_the_one_asked_longest_ago_is_asked_and_no_other(make):
    desk, second = await make("wecom_kf"), await make("wecom_kf", open_kfid="wk99000002")
    second.account.channel.name = "second"
    bell = Bell(desk, second=second.account)
    await bell.puller.begin(second.account, second.account.missed())
    desk.clock.move_to(desk.clock.now() + timedelta(seconds=1))
    await bell.rings()
    passes_sweep(desk)
    asked = len(desk.stub.calls(SYNC))
    await bell.looks()
    await bell.looks()
    assert [call.body["open_kfid"] for call in desk.stub.calls(SYNC)[asked:]] == ["wk99000002", "wk99000001"]
    assert bell.puller.sweep() is None


async def test_the_cursor_of_the_longest_names_is_kept(make):
    desk = await make("wecom_kf", open_kfid="w" * 128)
    desk.account.channel.name = "a" * 40
    bell = Bell(desk)
    bell.platform.text(desk.resident, LAMP)
    await bell.rings()
    with desk.ledger.engine.connect() as connection:
        ((name, value),) = connection.execute(select(cursors.c.name, cursors.c.value)).fetchall()
    assert (len(name) <= cursors.c.name.type.length, value) == (True, "1")


async def test_each_account_with_words_from_before_its_first_start_is_told_of_by_its_own_name(make):
    desks = [await make("wecom_kf"), await make("wecom_kf", open_kfid="wk99000002")]
    for desk, number in zip(desks, "12", strict=True):
        desk.account.channel.name = f"wecom-kf-of-xingfu-{number}"
        bell = Bell(desk)
        bell.platform.text(desk.resident, LAMP)
        bell.platform.mailbox[-1]["send_time"] -= 70 * 3600
        await bell.rings()
    told = [
        task["text"] for task in await desks[0].ledger.read(lambda tx: tx.records.open_tasks(Sight("", None, True)))
    ]
    assert len(told) == 2
    assert all(desk.account.channel.name in text for desk, text in zip(desks, told, strict=True))


OLD = ["前天的话", "昨天的话", "早上的话"]


def lies_there(bell: Bell, sender: str) -> None:
    for words, hours in zip(OLD, (70, 30, 5), strict=True):
        bell.platform.text(sender, words)
        bell.platform.mailbox[-1]["send_time"] -= hours * 3600


async def backlog_and_live(desk: Street) -> tuple[list[str], list[str]]:
    """The words stored that nobody answers, and the others."""

    def read(tx) -> list:
        return tx.messages.after(tx.conversations.find(desk.name, desk.resident).id, 0)

    stored = await desk.ledger.read(read)
    old = [message.text for message in stored if message.data.get("backlog") and message.data.get("silent")]
    return old, [message.text for message in stored if message.text not in old]


@pytest.mark.parametrize("came", [0, 1, 2])
async def test_a_first_pull_that_broke_off_leaves_the_rest_of_the_three_days_unanswered(make, monkeypatch, came: int):
    monkeypatch.setattr(pulling, "TRIES", 0)
    desk = await make("wecom_kf")
    desk.stub.page = 1
    bell = Bell(desk)
    lies_there(bell, desk.resident)
    bell.platform.text(desk.resident, LAMP)
    desk.stub.script(SYNC, *[bell.platform.sync({"cursor": page}, 1) for page in range(came)], 45009)
    with pytest.raises(Unavailable):
        await bell.rings()
    desk.passes(hours=2)
    bell.platform.text(desk.resident, "有人吗")
    await another_desk(desk, bell).rings()
    assert await backlog_and_live(desk) == (OLD, [LAMP, "有人吗"])
    assert [text for _, text in await desk.tasks()] == [
        "账号 street 首次接入时有 3 条更早的消息已存入，没有自动答复，请到对话里查看。"
    ]


async def test_once_the_first_pull_is_through_what_came_while_nobody_listened_is_live(make):
    desk = await make("wecom_kf")
    bell = Bell(desk)
    await bell.rings()
    lies_there(bell, desk.resident)
    await another_desk(desk, bell).rings()
    assert await backlog_and_live(desk) == ([], OLD)
    assert await desk.tasks() == []


def another_desk(desk: Street, before: Bell) -> Bell:
    """Started after the one that `before` was."""
    bell = Bell(desk)
    bell.platform = desk.stub.mailbox = before.platform
    return bell


class Gate:
    """The platform's answer to what waits is held back until it may come: the pull is under way."""

    def __init__(self, bell: Bell, monkeypatch) -> None:
        self.asked, self.opens, pull = asyncio.Event(), asyncio.Event(), Account.pull

        async def held(account, notice, *place):
            self.notices.append(notice.token)
            self.asked.set()
            async for page in pull(account, notice, *place):
                await self.opens.wait()
                yield page

        self.notices: list[str] = []
        monkeypatch.setattr(Account, "pull", held)


async def test_all_rings_during_a_pull_are_answered_by_one_more_with_the_newest_token(make, monkeypatch):
    desk = await make("wecom_kf")
    bell = Bell(desk)
    gate = Gate(bell, monkeypatch)
    ring = desk.account.missed()
    first = bell.puller.begin(desk.account, replace(ring, token="ring-0"))
    await gate.asked.wait()
    bell.platform.text(desk.resident, LAMP)
    others = [bell.puller.begin(desk.account, replace(ring, token=f"ring-{number}")) for number in range(1, 31)]
    gate.opens.set()
    await asyncio.gather(first, *others)
    assert await bell.stored() == [LAMP]  # by the time each ring is answered
    assert gate.notices == ["ring-0", "ring-30"]
    await bell.rings()  # afterwards it begins anew
    assert len(gate.notices) == 3


async def test_however_often_it_rings_in_vain_an_account_is_tried_again_in_one_row(make, monkeypatch):
    monkeypatch.setattr(pulling, "delay", lambda attempt: timedelta(days=1))
    desk = await make("wecom_kf")
    bell = Bell(desk)
    desk.stub.script(SYNC, *[-1] * 5)
    for _ in range(5):
        with pytest.raises(Unavailable):
            await bell.rings()
    assert len(bell.puller._tasks) == 1
    bell.platform.text(desk.resident, LAMP)
    await bell.rings()
    assert await bell.stored() == [LAMP]
    await bell.puller.stop()


async def test_the_desk_looks_by_itself(make, monkeypatch):
    monkeypatch.setattr(pulling, "LOOK", 0)
    monkeypatch.setattr(pulling, "SWEEP", timedelta(0))
    desk = await make("wecom_kf")
    bell = Bell(desk)
    running = asyncio.create_task(bell.puller.run())
    for words in ("你好", LAMP):  # what waits at the start, and what comes after it
        bell.heard.clear()
        bell.platform.text(desk.resident, words)
        await asyncio.wait_for(bell.heard.wait(), 20)
    running.cancel()
    await bell.puller.stop()
