"""What the platforms tell beside messages, through the real door of a real desk."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.platform import platform_for
from bot.channels.registry import KINDS, build_accounts
from handoff.service.notices import WRITE_SOMETHING
from handoff.web import keys
from tests.contract.conftest import ACCOUNTS
from tests.contract.stub import Stub
from tests.support.platforms import platforms

WHO = "resident-99"
LAMP = "幸福小区的路灯坏了三天了"
SYNC = "/cgi-bin/kf/sync_msg"
SESSION = "/customservice/kfsession/getsession"


@pytest.fixture
async def town(tmp_path, database):
    async with platforms(tmp_path, database) as town:
        yield town


async def test_unfollowing_asks_a_person_to_delete_what_is_kept(town):
    await town.call("wechat", town.oa.text(WHO, LAMP))
    await town.call("wechat", town.oa.event(WHO, "unsubscribe"))
    assert [kind for kind, _ in await town.tasks()] == ["erase"]
    assert (await town.conversation("wechat", WHO)).window_event == ""
    await town.call("wechat", town.oa.event(WHO, "user_authorization_revoke", OpenID=WHO, RevokeInfo="1"))
    assert len(await town.tasks()) == 1


async def test_an_event_nobody_waits_on_gets_no_answer(town):
    await town.call("wechat", town.oa.event(WHO, "VIEW", EventKey="https://example.org/chat"))
    await town.call("wechat", town.oa.event(WHO, "LOCATION", Latitude="23.1", Longitude="113.3", Precision="9"))
    _, answer = await town.call("wechat", town.oa.text(WHO, LAMP))
    assert "路灯照明" in town.oa.read_reply(answer)["Content"]
    assert [turn["text"] for turn in town.bot.turns] == [LAMP]
    stored = await town.transcript("wechat", WHO)
    assert "23.1" not in str([message.data for message in stored])  # nobody is tracked


async def test_a_menu_entry_is_understood_by_its_key(town):
    _, answer = await town.call("wechat", town.oa.event(WHO, "CLICK", EventKey="HUMAN"))
    assert "已为您转人工" in town.oa.read_reply(answer)["Content"]
    await town.call("wechat", town.oa.event("resident-98", "CLICK", EventKey="OFFLINE"))
    assert town.bot.turns[-1]["text"] == "/offline_options"


async def test_who_asks_for_a_person_by_the_menu_is_asked_for_a_few_words_so_that_the_person_can_answer(town):
    _, answer = await town.call("wechat", town.oa.event(WHO, "CLICK", EventKey="HUMAN"))
    assert WRITE_SOMETHING in town.oa.read_reply(answer)["Content"]
    await town.call("wechat", town.oa.text(WHO, LAMP))
    assert (await town.conversation("wechat", WHO)).window_event == "message"


async def test_a_button_in_a_message_counts_as_the_menu_where_the_platform_counts_it_so(town):
    _, answer = await town.call("wechat", town.oa.menu_click(WHO, "human", "转人工"))
    assert WRITE_SOMETHING in town.oa.read_reply(answer)["Content"]
    await town.call("wecom_kf", town.kf.menu_click(WHO, "human", "转人工"))
    assert WRITE_SOMETHING not in await town.said("wecom_kf", WHO, "已为您转人工")


async def test_who_has_written_is_not_asked_to_write(town):
    await town.call("wechat", town.oa.text(WHO, LAMP))
    _, answer = await town.call("wechat", town.oa.event(WHO, "CLICK", EventKey="HUMAN"))
    told = town.oa.read_reply(answer)["Content"]
    assert "已为您转人工" in told and WRITE_SOMETHING not in told


async def test_a_person_in_the_accounts_own_client_has_the_conversation_until_the_end(town):
    await town.call("wechat", town.oa.text(WHO, LAMP))
    await town.call("wechat", town.oa.event(WHO, "kf_create_session", KfAccount="wang@street"))
    assert (await town.conversation("wechat", WHO)).caseworker == "平台客服·wang@street"
    await town.call(
        "wechat", town.oa.event(WHO, "kf_switch_session", FromKfAccount="wang@street", ToKfAccount="li@street")
    )
    assert (await town.conversation("wechat", WHO)).caseworker == "平台客服·li@street"
    turns = len(town.bot.turns)
    town.stub.script(SESSION, {"kf_account": "li@street", "createtime": 1})
    await town.call("wechat", town.oa.text(WHO, "还有垃圾没人收"))
    assert len(town.bot.turns) == turns
    await town.call("wechat", town.oa.event(WHO, "kf_close_session", KfAccount="li@street"))
    assert (await town.conversation("wechat", WHO)).owner == "bot"


@pytest.mark.parametrize(
    ("platform_says", "owner"),
    [
        ({"kf_account": "", "createtime": 0}, "bot"),
        ({"kf_account": "wang@street", "createtime": 1}, "user:平台客服·wang@street"),
        (65400, "user:平台客服·wang@street"),
    ],
)
async def test_a_session_whose_end_was_never_told_is_over_once_the_platform_says_so(town, platform_says, owner):
    await town.call("wechat", town.oa.text(WHO, "你好"))
    await town.call("wechat", town.oa.event(WHO, "kf_create_session", KfAccount="wang@street"))
    town.stub.script(SESSION, platform_says)
    assert await town.call("wechat", town.oa.text(WHO, LAMP)) == (200, "success")
    await asyncio.gather(*town.desk.app[keys.PULLER]._tasks)
    (asked,) = town.stub.calls(SESSION)
    assert (asked.query["openid"], asked.body) == (WHO, None)
    assert (await town.conversation("wechat", WHO)).owner == owner
    if owner == "bot":
        await town.said("wechat", WHO, "路灯照明")


async def test_where_the_platform_cannot_be_asked_a_session_goes_on_until_its_end_is_told(town):
    await town.call("miniprogram", town.mini.text(WHO, "你好"))
    await town.call("miniprogram", town.mini.event(WHO, "kf_create_session", KfAccount="wang@street"))
    await town.call("miniprogram", town.mini.text(WHO, LAMP))
    await asyncio.gather(*town.desk.app[keys.PULLER]._tasks)
    assert (await town.conversation("miniprogram", WHO)).caseworker == "平台客服·wang@street"
    assert not town.stub.calls(SESSION)


async def test_a_mini_program_is_greeted_and_answered_through_the_api_only(town):
    status, answer = await town.call("miniprogram", town.mini.event(WHO, "user_enter_tempsession", SessionFrom="home"))
    assert (status, answer) == (200, "success")
    status, answer = await town.call(
        "miniprogram", town.mini.text(WHO, LAMP, "49d72d67b16d115e7935ac386f2f0fa4_1555684067")
    )
    assert (status, answer) == (200, "success")
    await town.said("miniprogram", WHO, "路灯照明")


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
    town.stub.script("/cgi-bin/kf/sync_msg", -1)
    callback = town.kf.text(WHO, LAMP)
    assert (await town.call("wecom_kf", callback))[0] == 503
    await town.said("wecom_kf", WHO, "路灯照明")  # without another ring


@pytest.mark.parametrize("kind", sorted(kind for kind, channel in KINDS.items() if channel.path))
async def test_a_recorded_request_sent_again_within_its_time_changes_nothing(town, kind):
    side = {"wechat": town.oa, "miniprogram": town.mini, "wecom_kf": town.kf}[kind]
    recorded = side.text(WHO, LAMP)
    assert [(await town.call(kind, recorded))[0] for _ in range(3)] == [200] * 3
    await town.said(kind, WHO, "路灯照明")
    stored = await town.desk.stored()
    assert (await town.call(kind, recorded))[0] == 200
    heard = [message.text for message in await town.transcript(kind, WHO) if message.sender == "resident"]
    assert (heard, [turn["text"] for turn in town.bot.turns]) == ([LAMP], [LAMP])
    assert await town.desk.stored() == stored


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


async def test_a_person_in_wecoms_own_client_silences_the_bot_and_the_end_brings_it_back(town):
    await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    await town.said("wecom_kf", WHO, "路灯照明")
    await town.call("wecom_kf", town.kf.servicer(WHO, "zhangsan", "我来处理。"))
    current = await town.conversation("wecom_kf", WHO)
    assert current.caseworker == "平台客服·zhangsan"
    said = (await town.transcript("wecom_kf", WHO))[-1]
    assert (said.sender, said.text, said.state, said.author) == ("human", "我来处理。", "sent", "平台客服·zhangsan")
    turns = len(town.bot.turns)
    town.stub.script("/cgi-bin/kf/service_state/get", {"errcode": 0, "service_state": 3, "servicer_userid": "zhangsan"})
    await town.call("wecom_kf", town.kf.text(WHO, "好的谢谢"))
    assert len(town.bot.turns) == turns
    ended = town.kf.event(WHO, "session_status_change", change_type=3, old_servicer_userid="zhangsan", msg_code="END")
    await town.call("wecom_kf", ended)
    assert (await town.conversation("wecom_kf", WHO)).owner == "bot"
    await town.said("wecom_kf", WHO, "事情解决了吗")
    (survey,) = town.stub.calls("/cgi-bin/kf/send_msg_on_event")
    assert (survey.body["code"], survey.body["msgtype"]) == ("END", "msgmenu")


async def test_taking_from_the_pool_and_passing_on_in_wecom_changes_who_has_it(town):
    await town.call("wecom_kf", town.kf.text(WHO, "转人工"))
    await town.said("wecom_kf", WHO, "已为您转人工")
    taken = town.kf.event(WHO, "session_status_change", change_type=1, new_servicer_userid="zhangsan", msg_code="IN")
    await town.call("wecom_kf", taken)
    assert (await town.conversation("wecom_kf", WHO)).caseworker == "平台客服·zhangsan"
    await town.said("wecom_kf", WHO, "工作人员已接手")
    assert town.stub.calls("/cgi-bin/kf/send_msg_on_event")[0].body["code"] == "IN"
    passed = town.kf.event(
        WHO, "session_status_change", change_type=2, old_servicer_userid="zhangsan", new_servicer_userid="lisi"
    )
    await town.call("wecom_kf", passed)
    assert (await town.conversation("wecom_kf", WHO)).caseworker == "平台客服·lisi"


async def test_a_service_that_ended_without_a_word_is_noticed_with_the_next_message(town):
    await town.call("wecom_kf", town.kf.servicer(WHO, "zhangsan", "我来处理。"))
    town.stub.script("/cgi-bin/kf/service_state/get", {"errcode": 0, "service_state": 0})
    await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    await town.said("wecom_kf", WHO, "路灯照明")
    assert (await town.conversation("wecom_kf", WHO)).owner == "bot"


async def test_a_servicer_who_goes_off_duty_leaves_a_task_for_each_resident(town):
    await town.call("wecom_kf", town.kf.servicer(WHO, "zhangsan", "我来处理。"))
    event = {
        "event_type": "servicer_status_change",
        "servicer_userid": "zhangsan",
        "status": 2,
        "open_kfid": "wk99000001",
    }
    town.kf.mailbox.append({"msgid": "duty-1", "origin": 4, "msgtype": "event", "event": event})
    await town.call("wecom_kf", town.kf._ring())
    assert [kind for kind, _ in await town.tasks()] == ["off_duty"]


class Thinking:
    """The bot does not answer before it may."""

    def __init__(self, town, monkeypatch) -> None:
        self.asked, self.may_answer, rasa = asyncio.Event(), asyncio.Event(), town.desk.app[keys.RASA]
        propose = rasa.propose

        async def propose_when_told(turn):
            self.asked.set()
            await self.may_answer.wait()
            return await propose(turn)

        monkeypatch.setattr(rasa, "propose", propose_when_told)


@pytest.mark.parametrize("together", [True, False], ids=["one page", "while the bot thinks"])
async def test_a_recalled_message_stays_for_the_person_and_the_bot_does_not_answer_it(town, monkeypatch, together):
    bot = Thinking(town, monkeypatch)
    said = town.kf.text(WHO, "垃圾没人收", "m-1")
    if not together:
        await town.call("wecom_kf", said)
        await asyncio.wait_for(bot.asked.wait(), 20)
    await town.call("wecom_kf", town.kf.event(WHO, "user_recall_msg", recall_msgid="m-1"))
    bot.may_answer.set()
    await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    await town.said("wecom_kf", WHO, "路灯照明")
    first = (await town.transcript("wecom_kf", WHO))[0]
    assert (first.text, first.data["recalled"]) == ("垃圾没人收", True)
    (sent,) = town.stub.calls("/cgi-bin/kf/send_msg")
    assert "路灯" in str(sent.body) and "垃圾" not in str(sent.body)
    dialogues = {turn["text"]: turn["sender"] for turn in town.bot.turns}
    assert dialogues.pop("垃圾没人收", None) != dialogues[LAMP]  # it goes on in one that has not heard it
    assert len(dialogues) == 1


async def test_a_servicer_who_shuts_a_resident_out_leaves_a_task(town):
    event = town.kf.event(WHO, "reject_customer_msg_switch_change", servicer_userid="zhangsan", reject_switch=1)
    await town.call("wecom_kf", event)
    assert [kind for kind, _ in await town.tasks()] == ["shut_out"]


async def test_who_enters_is_greeted_with_the_code_and_without_one_left_in_peace(town):
    await town.call("wecom_kf", town.kf.event(WHO, "enter_session", scene="door", welcome_code="WELCOME"))
    await town.said("wecom_kf", WHO, "请说说")
    assert [call.body["code"] for call in town.stub.calls("/cgi-bin/kf/send_msg_on_event")] == ["WELCOME"]
    turns = len(town.bot.turns)
    await town.call("wecom_kf", town.kf.event(WHO, "enter_session", scene="door"))
    assert len(town.bot.turns) == turns and await town.tasks() == []


async def test_the_payload_of_a_pulled_message_is_kept_sealed(town):
    from handoff.store.schema import inbound

    await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    rows = await town.desk.ledger.read(lambda tx: tx.connection.execute(inbound.select()).fetchall())
    assert rows[0].raw and LAMP.encode() not in rows[0].raw


async def test_the_desk_names_its_doors_as_the_registry_does(town):
    paths = {route.resource.canonical for route in town.desk.app.router.routes() if route.resource}
    for channel in (account.channel for account in town.desk.app[keys.ACCOUNTS].values()):
        assert not channel.path or f"/channels/{channel.path}/{{account}}" in paths
