"""What the desk relies on, the same for every registered channel."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot.channels import api
from bot.channels.envelope import MAX_BODY
from bot.channels.errors import ERRORS
from bot.channels.limits import parts
from bot.channels.message import Button, Outgoing, Refused, SendFailure
from bot.channels.platform import Callback
from bot.channels.registry import KINDS, limits_of
from bot.channels.text import byte_length
from bot.channels.window import ALLOWANCES

from .conftest import ACCOUNTS, Side
from .stub import HANG

WORDS = "建设路 12 号门口的路灯坏了 ]]> <b>三天</b> & 没人管 😀"
CHOICES = (Button("register", "登记"), Button("human", "找人工"))


def send_path(side: Side) -> str:
    return "/cgi-bin/kf/send_msg" if side.channel.kind == "wecom_kf" else "/cgi-bin/message/custom/send"


def test_every_registered_kind_runs_through_this_suite():
    assert set(ACCOUNTS) == set(KINDS)


async def test_a_text_arrives_in_the_residents_own_words(side: Side):
    (inbound,) = await side.hear(side.platform.text("resident-99", WORDS))
    assert (inbound.account, inbound.kind, inbound.text, inbound.at) == ("street", "text", WORDS, side.clock())
    assert inbound.conversational and inbound.author == "resident" and inbound.opens in ALLOWANCES


async def test_a_tapped_button_says_which_and_keeps_its_words(side: Side):
    (inbound,) = await side.hear(side.platform.menu_click("resident-99", "human", "找人工"))
    assert (inbound.kind, inbound.text, inbound.data["menu_id"]) == ("menu_click", "找人工", "human")


OPENED_BY_A_BUTTON = {"wechat": "touch", "miniprogram": "touch", "wecom_kf": "message", "web": "unlimited"}


async def test_a_tapped_button_opens_what_the_platform_grants_for_it(side: Side):
    (inbound,) = await side.hear(side.platform.menu_click("resident-99", "human", "找人工"))
    assert inbound.opens == OPENED_BY_A_BUTTON[side.channel.kind]


async def test_a_retry_carries_the_same_key_and_another_message_another(side: Side):
    callback = side.platform.text("resident-99", WORDS)
    (first,) = await side.hear(callback)
    side.clock.pass_(seconds=5)
    (again,) = await side.hear(side.platform.again(callback))
    assert again.key == first.key
    assert (await side.hear(side.platform.text("resident-99", WORDS)))[-1].key != first.key


async def test_one_visitor_of_the_page_cannot_take_anothers_key(page: Side):
    (one,) = await page.hear(page.platform.text("session-1", "路灯坏了", message_id="1"))
    (two,) = await page.hear(page.platform.text("session-2", "路灯坏了", message_id="1"))
    assert one.key != two.key and "session-1" not in one.key + one.sender


@pytest.mark.parametrize(
    "odd",
    [{"session": ""}, {"session": "x" * 600}, {"message_id": ""}, {"message_id": "a b"}, {"text": " "},
     {"text": "长" * 2001}, {"text": {"a": 1}}, {"text": None}, {"menu_id": ["1"]}],
)  # fmt: skip
def test_the_page_is_told_which_field_is_wrong(page: Side, odd: dict):
    callback = page.platform.push({"session": "s", "message_id": "1", "text": "路灯坏了", **odd})
    with pytest.raises(Refused) as refused:
        page.channel.receive({}, callback.body)
    assert refused.value.status == 400 and next(iter(odd)) in refused.value.message


def test_the_page_speaks_json_only(page: Side):
    with pytest.raises(Refused):
        page.channel.receive({}, b"<xml><session>s</session><message_id>1</message_id><text>a</text></xml>")


async def test_the_page_needs_no_platform(page: Side):
    receipt = await page.send(Outgoing(WORDS, CHOICES), message_id="m-7")
    assert receipt.platform_id == "m-7" and not page.stub.heard


def forged(callback: Callback) -> list[Callback]:
    """The callback with each of its proofs altered in turn."""
    if not callback.query:
        return [replace(callback, body=callback.body.replace(b'"session"', b'"person"'))]
    signature = "msg_signature" if "msg_signature" in callback.query else "signature"
    altered = [(name, callback.query[name][:-1] + "x") for name in (signature, "nonce")]
    altered += [(name, "") for name in (signature, "nonce", "timestamp")]
    altered.append(("timestamp", str(int(callback.query["timestamp"]) + 1)))
    return [replace(callback, query={**callback.query, name: value}) for name, value in altered]


def test_a_forged_callback_is_refused(side: Side):
    for callback in forged(side.platform.text("resident-99", WORDS)):
        with pytest.raises(Refused) as refused:
            side.channel.receive(callback.query, callback.body)
        assert refused.value.status in (400, 403)


def test_a_replayed_callback_is_refused(remote: Side):
    callback = remote.platform.text("resident-99", WORDS)
    remote.clock.pass_(seconds=300)
    remote.channel.receive(callback.query, callback.body)
    remote.clock.pass_(seconds=1)
    with pytest.raises(Refused) as refused:
        remote.channel.receive(callback.query, callback.body)
    assert (refused.value.code, refused.value.status) == ("stale", 403)


def test_an_oversized_callback_is_refused(side: Side):
    callback = side.platform.text("resident-99", WORDS)
    with pytest.raises(Refused) as refused:
        side.channel.receive(callback.query, callback.body + b" " * MAX_BODY)
    assert refused.value.status == 413


def test_an_altered_byte_is_refused(remote: Side):
    callback = remote.platform.text("resident-99", WORDS)
    start = callback.body.index(b"<Encrypt><![CDATA[") + 18
    for position in range(start, start + 64):
        other = b"A" if callback.body[position : position + 1] != b"A" else b"B"
        body = callback.body[:position] + other + callback.body[position + 1 :]
        with pytest.raises(Refused):
            remote.channel.receive(callback.query, body)


def test_the_address_is_verified_with_the_platforms_echo_only(side: Side):
    if side.channel.kind == "web":
        with pytest.raises(Refused):
            side.channel.verify({})
        return
    callback, echo = side.platform.verification()
    assert side.channel.verify(callback.query) == echo
    for altered in forged(callback):
        with pytest.raises(Refused):
            side.channel.verify(altered.query)


def test_an_acknowledgement_is_read_by_the_platform_as_one(side: Side):
    callback = side.platform.text("resident-99", WORDS)
    received = side.channel.receive(callback.query, callback.body)
    for nothing in (None, ""):
        body, content_type = side.channel.acknowledge(received, nothing)
        assert body == ("{}" if side.channel.kind == "web" else "success")
        assert content_type in ("text/plain", "application/json")


def test_a_passive_reply_is_read_by_the_platform_word_for_word(side: Side):
    callback = side.platform.text("resident-99", WORDS)
    received = side.channel.receive(callback.query, callback.body)
    text = side.channel.passive_text(Outgoing(WORDS))
    if not side.channel.limits.passive:
        assert text is None
        with pytest.raises(ValueError):
            side.channel.acknowledge(received, WORDS)
        return
    reply = side.platform.read_reply(side.channel.acknowledge(received, text)[0])
    assert (reply["Content"], reply["ToUserName"]) == (WORDS, "resident-99")
    assert side.channel.passive_text(Outgoing("请选择", CHOICES)) == "请选择\n1. 登记\n2. 找人工\n请回复数字或文字。"
    assert side.channel.passive_text(Outgoing("好" * 683)) is None  # 2,049 bytes


async def test_a_sent_text_reaches_the_platform_unchanged(remote: Side):
    await remote.send(Outgoing(WORDS))
    (call,) = remote.stub.calls(send_path(remote))
    assert (call.body["text"]["content"], call.body["touser"]) == (WORDS, "resident-99")


async def test_half_a_character_typed_by_a_caseworker_does_not_stop_a_message(remote: Side):
    (part,) = remote.channel.parts(Outgoing("好\ud83d的\x00", CHOICES))
    remote.channel.passive_text(part)
    await remote.send(Outgoing(part.text))
    (call,) = remote.stub.calls(send_path(remote))
    assert call.body["text"]["content"] == "好的"


async def test_choices_go_out_as_buttons_or_as_numbers(remote: Side):
    await remote.send(Outgoing("请选择", CHOICES))
    (call,) = remote.stub.calls(send_path(remote))
    if remote.channel.limits.buttons:
        assert call.body["msgtype"] == "msgmenu" and len(call.body["msgmenu"]["list"]) == 2
    else:
        assert call.body["text"]["content"].splitlines() == ["请选择", "1. 登记", "2. 找人工", "请回复数字或文字。"]


async def test_an_account_that_may_not_use_buttons_sends_numbers_instead(wechat: Side, wecom: Side):
    for side in (wechat, wecom):
        side.stub.script(send_path(side), 40200)
        await side.send(Outgoing("请选择", CHOICES))
        _, call = side.stub.calls(send_path(side))
        assert "2. 找人工" in call.body["text"]["content"]


async def test_choices_that_do_not_fit_buttons_become_numbers(side: Side):
    too_many = tuple(Button(str(number), f"第{number}项") for number in range(21))
    too_long = (Button("1", "长" * 100),)
    for buttons in (too_many, too_long):
        assert not side.channel.shows_buttons(Outgoing("请选择", buttons))
        await side.send(Outgoing("请选择", buttons))
    for call in side.stub.calls(send_path(side)):
        assert call.body["msgtype"] == "text"


async def test_a_long_text_goes_out_in_parts_that_together_say_it(side: Side):
    text = "".join(f"第{number}条：路灯坏了，请尽快派人来修。" for number in range(400))
    parts = side.channel.parts(Outgoing(text, CHOICES, event_code="CODE"))
    assert "".join(part.text for part in parts) == text
    assert all(part.text.endswith("。") for part in parts)
    assert [part.buttons for part in parts] == [()] * (len(parts) - 1) + [CHOICES]
    assert [part.event_code for part in parts] == ["CODE"] + [""] * (len(parts) - 1)
    for part in parts:
        assert byte_length(part.text) <= side.channel.limits.text_bytes
        await side.send(part)
    assert len(side.stub.calls(send_path(side))) in (0, len(parts), len(parts) - 1)  # the code takes another path


async def test_a_text_that_does_not_fit_is_never_cut_silently(remote: Side):
    for outgoing in (Outgoing("好" * 683), Outgoing("")):
        with pytest.raises(SendFailure) as failed:
            await remote.send(outgoing)
        assert failed.value.disposition == "GIVE_TO_PERSON"
    assert not remote.stub.calls(send_path(remote))


@pytest.mark.parametrize("code", [code for code in sorted(ERRORS) if ERRORS[code][0] != "REFRESH_TOKEN"] + [12345])
async def test_a_refusal_of_the_platform_says_what_to_do_in_plain_words(remote: Side, code: int):
    remote.stub.script(send_path(remote), code)
    with pytest.raises(SendFailure) as failed:
        await remote.send(Outgoing("您好"))
    disposition, reason = ERRORS.get(code, ("GIVE_TO_PERSON", "平台返回未知错误 12345"))
    assert (failed.value.disposition, failed.value.code, failed.value.reason) == (disposition, code, reason)
    assert len(remote.stub.calls(send_path(remote))) == 1


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_an_expired_token_is_renewed_once_and_the_message_goes_out(remote: Side, code: int):
    remote.stub.script(send_path(remote), code)
    await remote.send(Outgoing("您好"))
    first, second = remote.stub.calls(send_path(remote))
    assert first.body == second.body
    if remote.channel.kind != "wecom_kf":  # WeCom hands out one token for its whole life
        assert first.query["access_token"] != second.query["access_token"]


async def test_a_token_refused_twice_ends_the_attempt(remote: Side):
    remote.stub.script(send_path(remote), 42001, 42001, 42001, 42001)
    with pytest.raises(SendFailure) as failed:
        await remote.send(Outgoing("您好"))
    assert (failed.value.disposition, failed.value.code) == ("RETRY", 42001)
    assert len(remote.stub.calls(send_path(remote))) == 2


def broken() -> list[object]:
    return [
        web.Response(status=502),
        web.Response(status=429),
        web.Response(text="<html>busy</html>", content_type="text/html"),
        web.Response(text="[" * 100_000),
        web.json_response([]),
        web.json_response({"errcode": {}}),
    ]


async def test_a_platform_in_trouble_is_asked_again_later(remote: Side):
    for answer in broken():
        remote.stub.script(send_path(remote), answer)
        with pytest.raises(SendFailure) as failed:
            await remote.send(Outgoing("您好"))
        assert failed.value.disposition == "RETRY"


async def test_a_silent_platform_is_asked_again_with_the_same_message(remote: Side, monkeypatch: pytest.MonkeyPatch):
    await remote.tokens.token()
    monkeypatch.setattr(api, "TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    remote.stub.script(send_path(remote), HANG)
    with pytest.raises(SendFailure) as failed:
        await remote.send(Outgoing("您好"))
    assert failed.value.disposition == "RETRY"
    monkeypatch.undo()
    await remote.send(Outgoing("您好"))
    first, second = remote.stub.calls(send_path(remote))
    assert first.body == second.body


async def test_no_failure_names_a_token_or_a_text(remote: Side, monkeypatch: pytest.MonkeyPatch):
    token = await remote.tokens.token()
    monkeypatch.setattr(api, "TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    for answer in (HANG, 45015, 42001, web.Response(status=500)):
        remote.stub.script(send_path(remote), answer, answer)
        with pytest.raises(SendFailure) as failed:
            await remote.send(Outgoing(WORDS))
        assert failed.value.__cause__ is None and failed.value.__suppress_context__ or failed.value.__context__ is None
        assert token not in str(failed.value) and WORDS not in str(failed.value)


async def test_what_is_too_long_costs_as_many_sends_as_the_limits_alone_say(side: Side):
    """The desk counts sends without an account at hand."""
    long = Outgoing("路灯坏了，请尽快派人来修。" * 500, CHOICES)
    assert parts(limits_of(side.channel.kind), long) == side.channel.parts(long)


async def test_nobody_elsewhere_serves_where_the_platform_has_no_client_of_its_own(side: Side):
    served = (side.session, side.tokens, "resident-99")
    if side.channel.kind == "wecom_kf":
        side.stub.script("/cgi-bin/kf/service_state/get", *[{"errcode": 0, "service_state": 0}] * 2)
    assert await side.channel.served_by(*served) is None
    assert await side.channel.end_service(*served) == ""


def test_a_channel_that_a_platform_calls_has_its_own_door():
    paths = [channel.path for channel in KINDS.values() if channel.path]
    assert len(paths) == len(set(paths))
    assert all(bool(channel.path) == bool(channel.base_setting) for channel in KINDS.values())


async def test_typing_never_stands_in_the_way_of_an_answer(side: Side):
    path = getattr(side.channel, "typing_path", "")
    side.stub.script(path, 45080, 45081)
    for _ in range(3):
        await side.channel.typing(side.session, side.tokens, "resident-99")
    assert len(side.stub.calls(path)) == (3 if side.channel.limits.typing else 0)


async def test_what_a_channel_cannot_do_it_says(side: Side):
    if not side.channel.limits.media:
        with pytest.raises(SendFailure):
            await side.channel.fetch_media(side.session, side.tokens, "media-1", bytearray().extend)
    if side.channel.missed() is None:
        assert [page async for page in side.channel.pull(side.session, side.tokens, None, "")] == []
