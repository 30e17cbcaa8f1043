"""Captured and documented traffic of the platforms, every case of it. Each case names its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import pytest

from bot.channels import envelope
from bot.channels.api import checked
from bot.channels.channel import Channel
from bot.channels.crypto import Crypt, open_user_data
from bot.channels.errors import ERRORS
from bot.channels.fields import to_inbound
from bot.channels.message import Button, Envelope, Notice, Outgoing, Received, Refused, SendFailure
from bot.channels.platform import platform_for

from .conftest import SetClock, Side, account, vectors

CRYPTO = [case.values[0] for case in vectors("crypto_cases")]


def crypto(op: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CRYPTO if case["op"] == op]


def wechat_of(case: Mapping[str, Any], mode: str = "secure") -> Channel:
    clock = SetClock(datetime.fromtimestamp(int(case.get("timestamp") or case["query"]["timestamp"]), timezone.utc))
    settings = {"app_id": case["receive_id"], "token": case["token"], "encoding_aes_key": case["encoding_aes_key"]}
    return account("wechat", clock, mode=mode, **settings)


def test_no_kind_of_crypto_case_is_left_out():
    tested = {"verify_get", "verify_plain_post", "verify_url_encrypted", "decrypt_post", "encrypt_reply"}
    assert {case["op"] for case in CRYPTO} == tested | {"decrypt_negative", "wxa_decrypt"}


@pytest.mark.parametrize("case", crypto("verify_get"))
def test_an_address_is_verified_by_its_signature(case):
    if case["expect"]["ok"]:
        assert wechat_of(case).verify(case["query"]) == case["query"]["echostr"]
    else:
        with pytest.raises(Refused):
            wechat_of(case).verify(case["query"])


@pytest.mark.parametrize("case", crypto("verify_plain_post"))
def test_a_plain_post_is_taken_by_a_plain_account_only(case):
    text = {"ToUserName": "gh", "FromUserName": "o", "CreateTime": 1, "MsgType": "text", "Content": "好", "MsgId": 1}
    body = case.get("body", envelope.render(text, "xml")).encode()
    assert wechat_of(case, "plain").receive(case["query"], body).inbounds
    with pytest.raises(Refused) as refused:
        wechat_of(case, "secure").receive(case["query"], body)
    assert refused.value.code == "plain_body"


@pytest.mark.parametrize("case", crypto("verify_url_encrypted"))
def test_a_wecom_address_is_verified_by_opening_its_echo(case):
    clock = SetClock(datetime.fromtimestamp(int(case["query"]["timestamp"]), timezone.utc))
    settings = {"corp_id": case["receive_id"], "token": case["token"], "encoding_aes_key": case["encoding_aes_key"]}
    channel = account("wecom_kf", clock, **settings)
    if case["expect"]["ok"]:
        assert channel.verify(case["query"]) == case["expect"]["response_body"]
    else:
        with pytest.raises(Refused):
            channel.verify(case["query"])


@pytest.mark.parametrize("case", crypto("decrypt_post"))
def test_an_encrypted_post_is_opened(case):
    assert Crypt(case["encoding_aes_key"], case["receive_id"]).decrypt(case["encrypt"]) == case["expect"]["plaintext"]
    channel, fields = wechat_of(case), case["expect"]["fields"]
    if fields is None:  # the sample's own plaintext is broken JSON
        with pytest.raises(Refused):
            channel.receive(case["query"], case["body"].encode())
    elif "Video" in fields:  # the sample is a reply of ours, without a MsgId
        assert envelope.parse(case["expect"]["plaintext"].encode())[0] == fields
    else:
        received = channel.receive(case["query"], case["body"].encode())
        assert received.envelope.sender == fields["FromUserName"]
        assert received.envelope.form == case["format"]
        assert received.inbounds[0].text == fields.get("Content", "")


@pytest.mark.parametrize("case", crypto("decrypt_negative"))
def test_what_was_not_made_for_us_is_refused(case):
    with pytest.raises(Refused) as refused:
        wechat_of(case).receive(case["query"], case["body"].encode())
    assert refused.value.status in (400, 403)


@pytest.mark.parametrize("case", crypto("encrypt_reply"))
def test_a_reply_is_sealed_byte_for_byte_as_the_platform_expects(case):
    sealed = wechat_of(case).seal(case["plaintext"], case["nonce"], case["random16"].encode())
    expected = dict(case["expect"])
    document = expected.pop("document", "")
    assert {name: str(value) for name, value in sealed.items()} == expected
    if document:
        assert envelope.parse(envelope.render(sealed, "xml").encode()) == envelope.parse(document.encode())


@pytest.mark.parametrize("case", crypto("wxa_decrypt"))
def test_a_mini_programs_user_data_is_opened_for_its_owner_only(case):
    sealed = (case["session_key"], case["iv"], case["encrypted_data"])
    owner = case["expect"]["watermark.appid"]
    assert open_user_data(*sealed, owner)["watermark"]["appid"] == owner
    for altered in ((*sealed, "wx9900000000000001"), (*sealed[:2], sealed[2][4:], owner), ("", "", "", owner)):
        with pytest.raises(Refused):
            open_user_data(*altered)


EXPECTED_KINDS = {"shortvideo": "video", "notsure": "unknown", "event/CLICK": "menu_click"}


def expected_kind(case: Mapping[str, Any]) -> str:
    if "bizmsgmenuid" in case["expect_fields"]:
        return "menu_click"
    return EXPECTED_KINDS.get(case["kind"], case["kind"].split("/")[0])


@pytest.mark.parametrize("case", vectors("message_cases"))
def test_a_captured_message_is_read_field_by_field(case, wechat: Side, wecom: Side):
    body = case["body"].encode()
    if case["expect_fields"] is None:
        with pytest.raises(Refused) as refused:
            to_inbound("street", envelope.parse(body)[0])
        assert refused.value.status == 400
        return
    fields, form = envelope.parse(body)
    assert (fields, form) == (case["expect_fields"], case["format"])
    if "OpenKfId" in fields:
        assert_is_a_notice(fields, wecom)
        return
    callback = wechat.platform.push(fields)
    (inbound,) = wechat.channel.receive(callback.query, callback.body).inbounds
    assert inbound.kind == expected_kind(case)
    assert inbound.sender == fields.get("OpenID", fields["FromUserName"])
    assert inbound.at.timestamp() == int(fields["CreateTime"])
    assert inbound.text == (fields.get("Content") or fields.get("Recognition") or fields.get("Label") or "")
    if "MsgId" in fields:
        assert inbound.key == str(fields["MsgId"])
    else:
        assert inbound.key.startswith(f"{inbound.sender}:{fields['CreateTime']}:{fields['Event']}:")


def assert_is_a_notice(fields: Mapping[str, Any], wecom: Side) -> None:
    channel = account("wecom_kf", wecom.clock, open_kfid=fields["OpenKfId"])
    callback = platform_for(channel, wecom.clock).push(dict(fields))
    received = channel.receive(callback.query, callback.body)
    assert received == Received(notice=Notice(fields["Token"], fields["OpenKfId"], wecom.clock()))


@pytest.mark.parametrize("case", vectors("reply_cases"))
def test_a_reply_reads_as_documented(case, wechat: Side):
    if "expect_xml" in case:
        assert envelope.parse(case["expect_xml"].encode())[0] == case["expect_fields"]
        assert envelope.parse(envelope.render(case["expect_fields"], "xml").encode())[0] == case["expect_fields"]
        if case["expect_fields"]["MsgType"] == "text":
            assert read_back(wechat, case["expect_fields"]["Content"])["Content"] == case["expect_fields"]["Content"]
    elif case["id"] == "trap:cdata-terminator":
        assert read_back(wechat, case["input"]["content"])["Content"] == case["input"]["content"]
    elif case["id"] == "trap:empty":
        assert wechat.channel.acknowledge(Received(), case["input"]["content"]) == ("success", "text/plain")
    elif case["id"] == "trap:swap":
        message = case["input_message"]
        reply = read_back(wechat, "好", Envelope(message["FromUserName"], message["ToUserName"], "1"))
        assert reply.items() >= case["expect_fields"].items()
    else:
        # We send no articles; should someone, the platform's refusal goes to a person.
        assert case["id"] == "trap:two-news-articles" and ERRORS[45008][0] == "GIVE_TO_PERSON"


def read_back(wechat: Side, text: str, wrapping: Envelope | None = None) -> dict[str, Any]:
    received = Received(envelope=wrapping or Envelope("oTarget", "gh_src", "1", secure=True))
    body, content_type = wechat.channel.acknowledge(received, text)
    assert content_type == "application/xml"
    return wechat.platform.read_reply(body)


API = {case.values[0]["id"].removeprefix("skit:Cgibin").removesuffix(".json"): case.values[0]["body"] for case in vectors("api_bodies")}  # fmt: skip
CHOICES = Outgoing("请选择", (Button("1", "登记"), Button("2", "人工")))
# Calls this project does not make; their samples stay for whoever adds them.
UNUSED = {"KfAddContactWayRequest"}
# Tested in test_template.py.
NOTICES = {"MessageTemplateSendRequest", "MessageSubscribeBusinessSendRequest", "MessageSubscribeSendRequest"}
SENT_BY = {
    "MessageCustomSendRequest": ("wechat", "/cgi-bin/message/custom/send", 2),
    "MessageCustomTypingRequest": ("wechat", "/cgi-bin/message/custom/typing", 1),
    "KfSendMessageRequest": ("wecom", "/cgi-bin/kf/send_msg", 2),
    "KfSendMessageOnEventRequest": ("wecom", "/cgi-bin/kf/send_msg_on_event", 1),
    "KfSyncMessageRequest": ("wecom", "/cgi-bin/kf/sync_msg", 1),
    "KfServiceStateTransferRequest": ("wecom", "/cgi-bin/kf/service_state/trans", 1),
}


def fits(ours: Any, sample: Any) -> bool:
    """Whether every member of `ours` is in `sample` with the same type; the samples are unions of all variants."""
    if isinstance(ours, dict):
        return all(name in sample and fits(value, sample[name]) for name, value in ours.items())
    if isinstance(ours, list):
        return all(any(fits(one, other) for other in sample) for one in ours)
    return type(ours) is type(sample)


def test_every_sample_of_the_api_is_tested_or_named_as_unused():
    assert set(SENT_BY) | UNUSED | NOTICES == {name for name in API if name.endswith("Request")}


@pytest.mark.parametrize("name", sorted(SENT_BY))
async def test_our_requests_are_valid_instances_of_the_documented_ones(name, wechat: Side, wecom: Side):
    for side in (wechat, wecom):
        await side.send(Outgoing("您好"))
        await side.send(CHOICES)
    await wechat.channel.typing(wechat.session, wechat.tokens, "resident-99")
    await wecom.send(Outgoing(CHOICES.text, CHOICES.buttons, event_code="CODE"))
    await wecom.channel.change_state(wecom.session, wecom.tokens, "resident-99", 1, 3, "zhangsan")
    await wecom.hear(wecom.platform.text("resident-99", "路灯坏了"))
    _, path, count = SENT_BY[name]
    calls = wechat.stub.calls(path)
    assert len(calls) == count
    for call in calls:
        assert fits(call.body, API[name])


@pytest.mark.parametrize("name", sorted(name for name in API if name.endswith("Response")))
def test_a_documented_answer_is_taken_and_the_same_with_an_errcode_is_not(name):
    assert checked(json.dumps(API[name]).encode(), 200) == API[name]
    with pytest.raises(SendFailure) as failed:
        checked(json.dumps({**API[name], "errcode": 45015}).encode(), 200)
    assert failed.value.disposition == "GIVE_TO_PERSON"


async def test_the_documented_page_of_messages_is_read(wecom: Side):
    page = API["KfSyncMessageResponse"]
    wecom.stub.script("/cgi-bin/kf/sync_msg", page, {**page, "has_more": 0, "msg_list": []})
    first, recalled, withdrawn = await wecom.hear(wecom.platform.text("resident-99", "路灯坏了"), cursor="earlier")
    assert (first.kind, first.key, first.author) == ("unknown", "from_msgid_4622416642169452483", "resident")
    assert (recalled.data["event"], recalled.author) == ("user_recall_msg", "resident")
    assert (withdrawn.data["event"], withdrawn.author) == ("servicer_recall_msg", "staff")
    assert len({first.key, recalled.key, withdrawn.key}) == 3
