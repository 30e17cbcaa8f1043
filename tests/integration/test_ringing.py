"""What WeCom rings for is fetched and stored, once and whole, through the real door of a real desk."""

from __future__ import annotations

from bot.channels.platform import platform_for
from bot.channels.registry import build_accounts
from handoff.store.schema import inbound
from tests.contract.conftest import ACCOUNTS
from tests.contract.stub import Stub
from tests.support.platforms import platforms

WHO = "resident-99"
LAMP = "幸福小区的路灯坏了三天了"
SYNC = "/cgi-bin/kf/sync_msg"


async def test_what_wecom_rings_for_is_in_the_ledger_before_the_answer(town):
    status, answer = await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    assert (status, answer) == (200, "success")
    (first, *_) = await town.transcript("wecom_kf", WHO)
    assert (first.sender, first.text) == ("resident", LAMP)
    await town.said("wecom_kf", WHO, "路灯照明")
    assert await town.desk.ledger.read(lambda tx: tx.records.cursor("kf:wk99000001")) == str(len(town.kf.mailbox))


SECOND = {"name": "kf-2", "kind": "wecom_kf", **ACCOUNTS["wecom_kf"], "open_kfid": "wk99000002"}
OTHER_COMPANY = {**SECOND, "name": "kf-3", "corp_id": "ww9900000000000002"}


async def test_a_ring_for_another_account_of_the_company_at_one_address_reaches_that_account(tmp_path, database):
    async with platforms(tmp_path, database, more=(SECOND, OTHER_COMPANY)) as town:
        await town.call("wecom_kf", town.kf.text("resident-98", "你好"))  # by now the pulls of the start are over
        asked = len(town.stub.calls(SYNC))
        ring = {"Event": "kf_msg_or_event", "Token": "t"}
        assert (await town.call("wecom_kf", town.kf.push({**ring, "OpenKfId": "wk99000002"})))[0] == 200
        assert [call.body["open_kfid"] for call in town.stub.calls(SYNC)[asked:]] == ["wk99000002"]
        assert await town.desk.ledger.read(lambda tx: tx.records.cursor("kf-2:wk99000002"))
        assert (await town.call("wecom_kf", town.kf.push({**ring, "OpenKfId": "wk99000003"})))[0] == 200
        assert len(town.stub.calls(SYNC)) == asked + 1  # of no account here: acknowledged


async def test_pulled_messages_are_stored_once_however_often_it_rings(town):
    callback = town.kf.text(WHO, LAMP)
    for again in (callback, town.kf.again(callback), town.kf.again(callback)):
        assert (await town.call("wecom_kf", again))[0] == 200
    heard = [m for m in await town.transcript("wecom_kf", WHO) if m.sender == "resident"]
    assert len(heard) == 1


async def test_a_platform_that_does_not_answer_is_asked_to_ring_again_and_asked_again(town):
    await town.call("wecom_kf", town.kf.text("resident-98", "你好"))  # by now the pull of the start is over
    town.stub.script(SYNC, -1)
    callback = town.kf.text(WHO, LAMP)
    assert (await town.call("wecom_kf", callback))[0] == 503
    await town.said("wecom_kf", WHO, "路灯照明")  # without another ring


async def test_the_flood_of_one_resident_is_kept_whole(tmp_path, database):
    async with platforms(tmp_path, database, RATE_PER_SENDER="3") as town:
        for number in range(5):
            callback = town.kf.text(WHO, f"第{number}句")
        await town.call("wecom_kf", callback)
        heard = [m for m in await town.transcript("wecom_kf", WHO) if m.sender == "resident"]
        assert [m.text for m in heard] == [f"第{number}句" for number in range(5)]
        assert [bool(m.data.get("flood")) for m in heard] == [False] * 3 + [True] * 2


async def test_danger_at_the_end_of_a_flood_is_heard(tmp_path, database):
    async with platforms(tmp_path, database, RATE_PER_SENDER="2") as town:
        for words in ("在吗", "有人吗", "快点", "我不想活了，现在就从楼顶跳下去", "再见"):
            callback = town.kf.text(WHO, words)
        await town.call("wecom_kf", callback)
        heard = [m for m in await town.transcript("wecom_kf", WHO) if m.sender == "resident"]
        assert [bool(m.data.get("flood")) for m in heard] == [False, False, True, False, True]
        current = await town.conversation("wecom_kf", WHO)
        assert (current.owner, current.priority, current.reason_seq) == ("queue", "P0", heard[3].seq)


def past_mailbox(hours: float, words: str = "三天前的话"):
    """A mailbox with one message of `hours` ago."""
    entry = {"name": "kf", "kind": "wecom_kf", **ACCOUNTS["wecom_kf"]}
    side = platform_for(build_accounts([entry], {})["kf"])
    side.text(WHO, words)
    side.mailbox[0]["send_time"] -= int(hours * 3600)
    return side


async def test_what_lay_there_before_the_first_start_is_kept_for_a_person_and_never_answered(tmp_path, database):
    stub = Stub()
    stub.mailbox = past_mailbox(70)
    async with platforms(tmp_path, database, stub=stub) as town:
        await town.until(town.tasks)
        assert "1 条更早的消息" in (await town.tasks())[0][1]
        await town.call("wecom_kf", town.kf.text(WHO, LAMP))
        await town.said("wecom_kf", WHO, "路灯照明")
        assert [turn["text"] for turn in town.bot.turns] == [LAMP]
        old, *_ = await town.transcript("wecom_kf", WHO)
        assert (old.text, old.data["backlog"]) == ("三天前的话", True)


async def test_danger_told_before_the_first_start_reaches_a_person_while_it_can_be_answered(tmp_path, database):
    stub = Stub()
    stub.mailbox = past_mailbox(5, "我不想活了，药都准备好了，幸福小区3号楼")
    async with platforms(tmp_path, database, stub=stub) as town:
        await town.said("wecom_kf", WHO, "12356")
        current = await town.conversation("wecom_kf", WHO)
        assert (current.owner, current.priority, current.reason_seq) == ("queue", "P0", 1)
        assert await town.desk.ledger.read(lambda tx: tx.records.last_paged(current.id)[0]) is not None
        assert "1 条更早的消息" in str(await town.until(town.tasks))


async def test_danger_of_a_time_that_can_no_longer_be_answered_is_kept_with_the_rest(tmp_path, database):
    stub = Stub()
    stub.mailbox = past_mailbox(49, "我不想活了，药都准备好了")
    async with platforms(tmp_path, database, stub=stub) as town:
        await town.until(town.tasks)
        assert (await town.conversation("wecom_kf", WHO)).owner == "bot"


async def test_what_came_while_the_desk_was_down_is_fetched_and_answered_at_the_next_start(tmp_path, database):
    stub = Stub()
    async with platforms(tmp_path, database, stub=stub) as town:
        await town.call("wecom_kf", town.kf.text("resident-98", "你好"))
        await town.said("wecom_kf", "resident-98", "请说说")
    stub.mailbox.text(WHO, LAMP)
    stub.mailbox.mailbox[-1]["send_time"] -= 5 * 3600
    async with platforms(tmp_path, database, stub=stub) as town:
        await town.said("wecom_kf", WHO, "路灯照明")


async def test_the_payload_of_a_pulled_message_is_kept_sealed(town):
    await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    rows = await town.desk.ledger.read(lambda tx: tx.connection.execute(inbound.select()).fetchall())
    assert rows[0].raw and LAMP.encode() not in rows[0].raw
