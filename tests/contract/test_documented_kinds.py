"""Every kind of message and event that the platforms document has a fixture, and says what it means."""

from __future__ import annotations

import pytest

from bot.channels import envelope, fields, kf_message
from bot.channels.message import Duty, moment
from bot.channels.platform import WeChatPlatform

from .conftest import SetClock, Side, account, vectors

# https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html and the pages on
# menu, subscription and customer-service events (docs/channels.md names them).
OFFICIAL_ACCOUNT = {
    *("text", "image", "voice", "video", "shortvideo", "location", "link"),
    *("event/subscribe", "event/unsubscribe", "event/SCAN", "event/LOCATION", "event/CLICK", "event/VIEW"),
    *("event/scancode_push", "event/scancode_waitmsg", "event/pic_sysphoto", "event/pic_photo_or_album"),
    *("event/pic_weixin", "event/location_select", "event/view_miniprogram"),
    *("event/kf_create_session", "event/kf_close_session", "event/kf_switch_session"),
    *("event/TEMPLATESENDJOBFINISH", "event/subscribe_msg_popup_event", "event/subscribe_msg_change_event"),
    *("event/subscribe_msg_sent_event", "event/user_authorization_revoke"),
}
WECOM_KF = {
    *("text", "image", "voice", "video", "file", "location", "link", "business_card", "miniprogram", "msgmenu"),
    *("enter_session", "msg_send_fail", "servicer_status_change", "session_status_change"),
    *("user_recall_msg", "servicer_recall_msg", "reject_customer_msg_switch_change"),
}
MINI_PROGRAM = {"text", "image", "miniprogrampage", "user_enter_tempsession"}


def test_every_documented_kind_has_a_fixture():
    kinds = {case.values[0]["kind"] for case in vectors("message_cases")}
    assert OFFICIAL_ACCOUNT <= kinds
    items = [case.values[0]["item"] for case in vectors("kf_items")]
    assert {
        item["event"]["event_type"] if item["msgtype"] == "event" else item["msgtype"] for item in items
    } >= WECOM_KF
    pushed = [case.values[0]["fields"] for case in vectors("mini_cases")]
    assert {one.get("Event", one["MsgType"]) for one in pushed} == MINI_PROGRAM


def test_every_documented_event_of_an_official_account_is_known_by_name():
    known = {*fields.EVENTS, *fields.SENT_REPORTS}
    assert {kind.removeprefix("event/").lower() for kind in OFFICIAL_ACCOUNT if kind.startswith("event/")} <= known


@pytest.mark.parametrize("case", vectors("kf_items"))
def test_an_item_of_wecom_says_what_it_means(case):
    inbound = kf_message.to_inbound("street", case["item"], moment(str(case["item"]["send_time"])))  # as it comes
    if "duty" in case:
        assert inbound is None
        assert kf_message.duty(case["item"]) == Duty(*case["duty"])
        return
    expect = dict(case["expect"])
    assert inbound.data.items() >= expect.pop("data", {}).items()
    assert {name: getattr(inbound, name) for name in expect} == expect
    assert inbound.at.timestamp() == case["item"]["send_time"]
    assert inbound.key == case["item"]["msgid"]
    assert inbound.raw and kf_message.duty(case["item"]) is None


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("mode", ["secure", "compatible", "plain"])
@pytest.mark.parametrize("case", vectors("mini_cases"))
def test_a_push_of_a_mini_program_is_read_in_both_forms(case, mode: str, form: envelope.Form, clock: SetClock):
    channel = account("miniprogram", clock, mode=mode)
    callback = WeChatPlatform(channel, clock, form).push(case["fields"])
    received = channel.receive(callback.query, callback.body)
    (inbound,), expect = received.inbounds, dict(case["expect"])
    assert inbound.data.items() >= expect.pop("data", {}).items()
    assert {name: getattr(inbound, name) for name in expect} == expect
    assert channel.acknowledge(received) == ("success", "text/plain")


@pytest.mark.parametrize(
    ("event", "told", "effect"),
    [
        ("unsubscribe", {}, "left"),
        ("user_authorization_revoke", {"OpenID": "resident-99", "RevokeInfo": "1"}, "left"),
        ("kf_create_session", {"KfAccount": "wang@street"}, "taken"),
        ("kf_switch_session", {"FromKfAccount": "wang@street", "ToKfAccount": "li@street"}, "taken"),
        ("kf_close_session", {"KfAccount": "wang@street"}, "ended"),
        ("TEMPLATESENDJOBFINISH", {"MsgID": "1", "Status": "success"}, ""),
        ("TEMPLATESENDJOBFINISH", {"MsgID": "1", "Status": "failed:user block"}, "send_failed"),
        ("TEMPLATESENDJOBFINISH", {"MsgID": "1", "Status": "failed: system failed"}, "send_failed"),
        ("subscribe_msg_sent_event", {"List": [{"MsgID": "1", "ErrorCode": "0"}]}, ""),
        ("subscribe_msg_sent_event", {"List": {"MsgID": "1", "ErrorCode": "43101"}}, "send_failed"),
        (
            "subscribe_msg_sent_event",
            {"SubscribeMsgSentEvent": {"List": {"MsgID": "1", "ErrorCode": "7"}}},
            "send_failed",
        ),
    ],
)
def test_an_event_of_an_official_account_has_its_effect(wechat: Side, event: str, told: dict, effect: str):
    callback = wechat.platform.event("resident-99", event, **told)
    (inbound,) = wechat.channel.receive(callback.query, callback.body).inbounds
    assert (inbound.sender, inbound.effect, inbound.conversational) == ("resident-99", effect, False)
    if effect == "send_failed":
        assert (inbound.data["sent_id"], inbound.data["fail_why"]) == ("1", "gone")
