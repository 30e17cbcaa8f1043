"""微信客服: pulling, backlog, people in WeCom's own client, single-use codes, session states."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.channels.message import Button, Notice, Outgoing, Refused, SendFailure
from bot.channels.wecom_kf import SERVED, ServiceState, platform_message_id

from .conftest import Side

SYNC = "/cgi-bin/kf/sync_msg"
# The moves that the platform's page names: 0 未处理, 1 智能助手, 2 待接入池, 3 人工, 4 已结束.
# https://developer.work.weixin.qq.com/document/path/94698
OFFICIAL_MOVES = {(0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (3, 3), (3, 4)}


async def pages(side: Side, cursor: str = "", token: str = "t", began: datetime | None = None) -> list:
    notice = Notice(token, side.channel.open_kfid, side.clock())
    return [page async for page in side.channel.pull(side.session, side.tokens, notice, cursor, began)]


async def test_pulling_goes_on_until_nothing_more_is_announced(wecom: Side):
    wecom.stub.page = 2
    for number in range(5):
        wecom.platform.text("resident-99", f"第{number}句")
    found = await pages(wecom)
    assert [len(page.inbounds) for page in found] == [2, 2, 1]
    assert [page.cursor for page in found] == ["2", "4", "5"]
    assert [call.body["cursor"] for call in wecom.stub.calls(SYNC)] == ["", "2", "4"]


async def test_an_empty_page_does_not_end_the_pulling(wecom: Side):
    wecom.stub.script(SYNC, {"errcode": 0, "has_more": 1, "next_cursor": "a", "msg_list": []})
    wecom.platform.text("resident-99", "路灯坏了")
    wecom.stub.script(SYNC, wecom.platform.sync({}))
    assert [len(page.inbounds) for page in await pages(wecom)] == [0, 1]


async def test_a_cursor_that_stands_still_ends_the_pulling(wecom: Side):
    wecom.stub.script(SYNC, *[{"errcode": 0, "has_more": 1, "next_cursor": "a", "msg_list": []}] * 5)
    with pytest.raises(SendFailure) as failed:
        await pages(wecom)
    assert failed.value.disposition == "RETRY" and len(wecom.stub.calls(SYNC)) == 2


async def test_an_expired_notice_does_not_lose_its_messages(wecom: Side):
    wecom.platform.text("resident-99", "路灯坏了")
    wecom.stub.script(SYNC, 95007)
    (page,) = await pages(wecom)
    assert page.inbounds[0].text == "路灯坏了"
    first, second = wecom.stub.calls(SYNC)
    assert "token" in first.body and "token" not in second.body


async def test_what_was_missed_while_the_desk_was_down_can_be_pulled(wecom: Side):
    wecom.platform.text("resident-99", "路灯坏了")
    pulled = wecom.channel.pull(wecom.session, wecom.tokens, wecom.channel.missed(), "")
    assert [page.inbounds[0].text async for page in pulled] == ["路灯坏了"]


async def test_the_backlog_of_a_first_pull_is_kept_but_not_answered(wecom: Side):
    wecom.platform.text("resident-99", "三天前的话")
    wecom.clock.pass_(hours=70)
    wecom.platform.text("resident-99", "刚才的话")
    # Also from a cursor on: a first pull that broke off goes on from there, and has not come through yet.
    for cursor in ("", "0"):
        ((old, new),) = [page.inbounds for page in await pages(wecom, cursor, began=wecom.clock())]
        assert (old.conversational, old.data.get("backlog")) == (False, True)
        assert (new.conversational, new.data.get("backlog")) == (True, None)
    ((old, _),) = [page.inbounds for page in await pages(wecom, cursor="0")]
    assert old.conversational  # the first pull is through: what a desk that was down has missed is answered


async def test_one_odd_item_does_not_hold_up_the_page(wecom: Side):
    wecom.platform.mailbox += [None, 7, {"msgtype": ["x"]}, {"external_userid": "resident-99", "msgtype": "new_thing"}]
    wecom.platform.text("resident-99", "路灯坏了")
    unknown, text = (await pages(wecom))[0].inbounds
    assert (unknown.kind, unknown.conversational) == ("unknown", True)
    assert text.text == "路灯坏了"


async def test_a_person_in_wecoms_own_client_is_recognised(wecom: Side):
    wecom.platform.servicer("resident-99", "zhangsan", "我来处理")
    ((inbound,),) = [page.inbounds for page in await pages(wecom)]
    assert (inbound.author, inbound.data["servicer"], inbound.text) == ("staff", "zhangsan", "我来处理")
    assert not inbound.conversational and not inbound.opens


@pytest.mark.parametrize(
    ("name", "fields", "author", "conversational", "data"),
    [
        ("enter_session", {"welcome_code": "C", "scene": "door"}, "resident", True, {"welcome_code": "C", "scene": "door"}),
        ("enter_session", {"scene": "door"}, "resident", False, {}),
        ("enter_session", {"welcome_code": "C" * 201}, "resident", False, {"event": "enter_session"}),
        ("msg_send_fail", {"fail_msgid": "m", "fail_type": 4}, "platform", False, {"sent_id": "m", "fail_type": "4"}),
        ("msg_send_fail", {"fail_type": 99}, "platform", False, {"reason": "未知原因 99"}),
        ("session_status_change", {"change_type": 1, "new_servicer_userid": "z", "msg_code": "M"}, "staff", False,
         {"servicer": "z", "msg_code": "M", "change_type": "1"}),
        ("user_recall_msg", {"recall_msgid": "m"}, "resident", False, {"recalled": "m"}),
        ("something_new", {}, "platform", False, {"event": "something_new"}),
    ],
)  # fmt: skip
async def test_an_event_says_what_happened(wecom: Side, name, fields, author, conversational, data):
    wecom.platform.event("resident-99", name, **fields)
    ((inbound,),) = [page.inbounds for page in await pages(wecom)]
    assert (inbound.kind, inbound.author, inbound.conversational) == ("event", author, conversational)
    assert inbound.data.items() >= data.items()


@pytest.mark.parametrize(("late", "greeted"), [(19, True), (20, False), (3600, False)])
async def test_who_entered_longer_ago_than_a_greeting_may_come_is_not_greeted(wecom: Side, late: int, greeted: bool):
    wecom.platform.event("resident-99", "enter_session", welcome_code="C")
    wecom.clock.pass_(seconds=late)
    ((inbound,),) = [page.inbounds for page in await pages(wecom, cursor="0")]
    assert inbound.conversational is greeted


async def test_an_event_about_no_resident_is_no_message(wecom: Side):
    wecom.platform.mailbox.append({"msgid": "1", "origin": 4, "msgtype": "event", "event": {"status": 1}})
    assert (await pages(wecom))[0].inbounds == ()


def test_a_notice_for_another_account_or_of_another_kind_is_only_acknowledged(wecom: Side):
    for event, open_kfid in (("kf_msg_or_event", "wk99000002"), ("kf_account_auth_change", "wk99000001")):
        callback = wecom.platform.push({"Event": event, "OpenKfId": open_kfid, "Token": "t"})
        received = wecom.channel.receive(callback.query, callback.body)
        assert received.notice is None and not received.inbounds
        assert wecom.channel.acknowledge(received) == ("success", "text/plain")


def test_a_plain_body_is_refused(wecom: Side):
    callback = wecom.platform.text("resident-99", "路灯坏了")
    with pytest.raises(Refused) as refused:
        wecom.channel.receive(callback.query, b"<xml><Event>kf_msg_or_event</Event></xml>")
    assert refused.value.code == "plain_body"


def test_an_echo_whose_plus_signs_became_spaces_is_still_opened(wecom: Side):
    while True:
        callback, echo = wecom.platform.verification()
        if "+" in callback.query["echostr"]:
            break
    query = {**callback.query, "echostr": callback.query["echostr"].replace("+", " ")}
    assert wecom.channel.verify(query) == echo


async def test_a_code_sends_where_no_quota_would(wecom: Side):
    await wecom.send(Outgoing("您好", (Button("human", "找人工"),), event_code="CODE"))
    (call,) = wecom.stub.calls("/cgi-bin/kf/send_msg_on_event")
    assert call.body["code"] == "CODE" and "touser" not in call.body
    assert not wecom.stub.calls("/cgi-bin/kf/send_msg")


async def test_every_attempt_carries_the_same_valid_message_id(wecom: Side):
    for _ in range(2):
        await wecom.send(Outgoing("您好"), message_id="outbox/消息/1")
    first, second = (call.body["msgid"] for call in wecom.stub.calls("/cgi-bin/kf/send_msg"))
    assert first == second and len(first) == 32
    assert platform_message_id("abc-1_X") == "abc-1_X"
    assert platform_message_id("outbox/消息/2") != first


async def test_the_receipt_names_the_message_for_later_failures(wecom: Side):
    wecom.stub.script("/cgi-bin/kf/send_msg", {"errcode": 0, "msgid": "given"})
    assert (await wecom.send(Outgoing("您好"), message_id="m-1")).platform_id == "given"
    assert (await wecom.send(Outgoing("您好"), message_id="m-2")).platform_id == "m-2"


async def test_the_state_of_a_session_is_read(wecom: Side):
    path = "/cgi-bin/kf/service_state/get"
    wecom.stub.script(path, {"errcode": 0, "service_state": 3, "servicer_userid": "zhangsan"})
    state = await wecom.channel.service_state(wecom.session, wecom.tokens, "resident-99")
    assert state == ServiceState(SERVED, "zhangsan")


@pytest.mark.parametrize("current", range(5))
@pytest.mark.parametrize("target", range(5))
async def test_only_moves_of_the_official_table_are_asked_for(wecom: Side, current: int, target: int):
    path = "/cgi-bin/kf/service_state/trans"
    wecom.stub.script(path, {"errcode": 0, "msg_code": "CODE"})
    move = (wecom.session, wecom.tokens, "resident-99", current, target, "zhangsan")
    if (current, target) in OFFICIAL_MOVES:
        assert await wecom.channel.change_state(*move) == "CODE"
    else:
        with pytest.raises(SendFailure):
            await wecom.channel.change_state(*move)
        assert not wecom.stub.calls(path)


async def test_nobody_is_put_in_charge_without_a_name(wecom: Side):
    with pytest.raises(SendFailure):
        await wecom.channel.change_state(wecom.session, wecom.tokens, "resident-99", 0, SERVED)
