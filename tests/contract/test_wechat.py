"""公众号 and 小程序: modes, events, media, menu."""

from __future__ import annotations

import logging

import aiohttp
import pytest
from aiohttp import web

from bot.channels import envelope, media
from bot.channels.message import ConfigError, Refused, SendFailure
from bot.channels.platform import WeChatPlatform

from .conftest import SetClock, Side, account, side_of

MEDIA_GET = "/cgi-bin/media/get"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 200_000


def both(mode: str, clock: SetClock, form: str = "xml"):
    channel = account("wechat", clock, mode=mode)
    return channel, WeChatPlatform(channel, clock, form)


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("mode", ["secure", "compatible", "plain"])
def test_every_mode_and_form_hears_and_answers(mode: str, form: str, clock: SetClock):
    channel, platform = both(mode, clock, form)
    callback = platform.text("resident-99", "路灯坏了")
    received = channel.receive(callback.query, callback.body)
    assert received.inbounds[0].text == "路灯坏了"
    assert received.envelope.secure == (mode != "plain")
    body, content_type = channel.acknowledge(received, "已记下")
    assert form in content_type and ("已记下" in body) == (mode == "plain")
    assert platform.read_reply(body)["Content"] == "已记下"


def test_a_secure_account_refuses_a_plain_body_with_a_valid_signature(clock: SetClock):
    channel, _ = both("secure", clock)
    callback = both("plain", clock)[1].text("resident-99", "路灯坏了")
    with pytest.raises(Refused) as refused:
        channel.receive(callback.query, callback.body)
    assert (refused.value.code, refused.value.status) == ("plain_body", 403)


def test_a_compatible_account_takes_a_plain_body(clock: SetClock):
    channel, _ = both("compatible", clock)
    callback = both("plain", clock)[1].text("resident-99", "路灯坏了")
    assert not channel.receive(callback.query, callback.body).envelope.secure


def test_in_compatible_mode_the_unsigned_clear_text_is_not_believed(clock: SetClock):
    channel, platform = both("compatible", clock)
    callback = platform.text("resident-99", "路灯坏了")
    altered = callback.body.replace("路灯坏了".encode(), "一切都好".encode())
    assert altered != callback.body
    assert channel.receive(callback.query, altered).inbounds[0].text == "路灯坏了"


def test_the_plain_signature_does_not_open_a_secure_account(clock: SetClock):
    channel, platform = both("secure", clock)
    callback = platform.text("resident-99", "路灯坏了")
    with pytest.raises(Refused):
        channel.receive({**callback.query, "msg_signature": callback.query["signature"]}, callback.body)


def test_the_freshness_check_is_a_setting(clock: SetClock):
    for seconds, late, taken in (("0", 10**6, True), ("60", 61, False), ("60", -61, False), ("60", 60, True)):
        channel = account("wechat", clock, freshness=seconds)
        callback = WeChatPlatform(channel, clock).text("resident-99", "路灯坏了")
        clock.pass_(seconds=late)
        if taken:
            assert channel.receive(callback.query, callback.body)
        else:
            with pytest.raises(Refused):
                channel.receive(callback.query, callback.body)


@pytest.mark.parametrize(
    ("name", "fields", "opens", "conversational", "data"),
    [
        ("subscribe", {}, "touch", True, {}),
        ("subscribe", {"EventKey": "qrscene_99"}, "touch", True, {"scene": "99"}),
        ("SCAN", {"EventKey": "99"}, "touch", True, {"scene": "99"}),
        ("CLICK", {"EventKey": "HUMAN"}, "touch", True, {"event_key": "HUMAN"}),
        ("scancode_waitmsg", {"ScanCodeInfo": {"ScanResult": "x"}}, "touch", True, {"scan_result": "x"}),
        ("user_enter_tempsession", {"SessionFrom": "home"}, "enter", True, {"scene": "home"}),
        ("VIEW", {"EventKey": "https://example.org"}, "", False, {}),
        ("unsubscribe", {}, "", False, {}),
        ("TEMPLATESENDJOBFINISH", {"MsgID": "1"}, "", False, {"sent_id": "1"}),
        ("something_new", {}, "", False, {"event": "something_new"}),
    ],
)
def test_an_event_opens_what_the_platform_grants(wechat: Side, name, fields, opens, conversational, data):
    callback = wechat.platform.event("resident-99", name, **fields)
    (inbound,) = wechat.channel.receive(callback.query, callback.body).inbounds
    assert (inbound.opens, inbound.conversational) == (opens, conversational)
    assert inbound.data.items() >= data.items()


def test_two_different_events_of_one_second_are_two(wechat: Side):
    callbacks = [wechat.platform.event("resident-99", "CLICK", EventKey=key) for key in ("HUMAN", "REPORT")]
    keys = {wechat.channel.receive(one.query, one.body).inbounds[0].key for one in callbacks}
    assert len(keys) == 2


def test_a_voice_message_says_what_was_heard_or_nothing(wechat: Side):
    for heard in ("路灯坏了。", ""):
        callback = wechat.platform.voice("resident-99", "media-1", heard)
        (inbound,) = wechat.channel.receive(callback.query, callback.body).inbounds
        assert (inbound.kind, inbound.text, inbound.data["media_id"]) == ("voice", heard, "media-1")


def test_a_place_and_a_photo_keep_what_is_needed(wechat: Side):
    callback = wechat.platform.location("resident-99", 23.13, 113.35, "建设路 12 号")
    (place,) = wechat.channel.receive(callback.query, callback.body).inbounds
    assert (place.text, place.data["lat"], place.data["lon"]) == ("建设路 12 号", 23.13, 113.35)
    callback = wechat.platform.image("resident-99", "media-2", "https://example.org/p")
    (photo,) = wechat.channel.receive(callback.query, callback.body).inbounds
    assert (photo.text, photo.data["pic_url"]) == ("", "https://example.org/p")


def test_the_wire_form_of_a_reply_swaps_the_two_names(wechat: Side):
    callback = wechat.platform.text("resident-99", "路灯坏了")
    received = wechat.channel.receive(callback.query, callback.body)
    reply = wechat.platform.read_reply(wechat.channel.acknowledge(received, "好的")[0])
    assert (reply["ToUserName"], reply["FromUserName"]) == ("resident-99", "gh_street")


async def download(side: Side, answer) -> tuple[media.Media, bytes]:
    side.stub.script(MEDIA_GET, answer)
    kept = bytearray()
    return await side.channel.fetch_media(side.session, side.tokens, "media-1", kept.extend), bytes(kept)


async def test_an_attachment_is_streamed_and_known_by_its_first_bytes(wechat: Side):
    found, kept = await download(wechat, web.Response(body=JPEG, content_type="image/jpeg"))
    assert (found.content_type, found.size, kept) == ("image/jpeg", len(JPEG), JPEG)


@pytest.mark.parametrize("head", [b"MZ\x90\x00", b"<html><script>", b"PK\x03\x04", b"", b"\x7fELF"])
async def test_an_attachment_that_is_not_what_it_claims_is_refused(wechat: Side, head: bytes):
    kept = bytearray()
    wechat.stub.script(MEDIA_GET, web.Response(body=head, content_type="image/jpeg"))
    with pytest.raises(SendFailure) as failed:
        await wechat.channel.fetch_media(wechat.session, wechat.tokens, "media-1", kept.extend)
    assert failed.value.disposition == "GIVE_TO_PERSON" and not kept


async def test_an_error_inside_http_200_is_an_error(wechat: Side):
    for answer in (40007, web.Response(text='{"errcode":40007}', content_type="text/plain")):
        with pytest.raises(SendFailure) as failed:
            await download(wechat, answer)
        assert failed.value.code == 40007


async def test_an_expired_token_does_not_lose_the_attachment(wechat: Side):
    wechat.stub.script(MEDIA_GET, 42001)
    assert (await download(wechat, web.Response(body=JPEG)))[1] == JPEG


async def test_an_attachment_over_the_limit_is_refused_announced_or_not(wechat: Side, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(media, "MAX_MEDIA", 100_000)
    unannounced = web.Response(body=JPEG)
    unannounced.enable_chunked_encoding()
    for answer in (web.Response(body=JPEG), unannounced):
        with pytest.raises(SendFailure) as failed:
            await download(wechat, answer)
        assert "超过" in failed.value.reason


async def test_a_video_is_fetched_from_the_address_given_instead(wechat: Side):
    clip = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 50
    wechat.stub.script("/clip", web.Response(body=clip))
    found, kept = await download(wechat, {"video_url": wechat.stub.url + "/clip"})
    assert (found.content_type, kept) == ("video/mp4", clip)
    assert "access_token" not in wechat.stub.calls("/clip")[0].query


@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254/latest", "file:///etc/passwd", "http://qq.com.example.org/x", "/clip", "", "http://[", 5],
)
async def test_a_video_address_of_anyones_choice_is_not_visited(wechat: Side, address):
    with pytest.raises(SendFailure) as failed:
        await download(wechat, {"video_url": address})
    assert failed.value.disposition == "GIVE_TO_PERSON"


MENU = {"button": [{"type": "click", "name": "找人工", "key": "HUMAN"}, {"name": "更多", "sub_button": [
    {"type": "view", "name": "在线填报", "url": "https://example.org/chat"}]}]}  # fmt: skip


async def test_a_menu_within_the_limits_is_published(wechat: Side):
    await wechat.channel.create_menu(wechat.session, wechat.tokens, MENU)
    assert wechat.stub.calls("/cgi-bin/menu/create")[0].body == MENU


CLICK = {"type": "click", "name": "找人工", "key": "HUMAN"}


@pytest.mark.parametrize(
    "menu",
    [
        {},
        {"button": []},
        {"button": [CLICK] * 4},
        {"button": ["找人工"]},
        {"button": [{**CLICK, "name": "找人工服务"[:6]}, {**CLICK, "name": "人工客服服务"}]},
        {"button": [{**CLICK, "key": "k" * 129}]},
        {"button": [{**CLICK, "key": ""}]},
        {"button": [{"name": "找人工"}]},
        {"button": [{"type": "view", "name": "填报"}]},
        {"button": [{"type": "view", "name": "填报", "url": "https://example.org/" + "x" * 1024}]},
        {"button": [{"name": "更多", "sub_button": [CLICK] * 6}]},
    ],
)
async def test_a_menu_beyond_the_limits_is_refused_before_the_platform_is_asked(wechat: Side, menu):
    with pytest.raises(ConfigError):
        await wechat.channel.create_menu(wechat.session, wechat.tokens, menu)
    assert not wechat.stub.calls("/cgi-bin/menu/create")


@pytest.mark.parametrize("kind", ["miniprogram", "wecom_kf", "web"])
async def test_only_an_official_account_has_a_menu(kind: str, stub, session: aiohttp.ClientSession, clock: SetClock):
    side = side_of(kind, stub, session, clock)
    with pytest.raises(ConfigError):
        await side.channel.create_menu(session, side.tokens, MENU)


async def test_nothing_of_a_conversation_is_logged(wechat: Side, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        callback = wechat.platform.text("resident-99", "路灯坏了")
        received = wechat.channel.receive(callback.query, callback.body)
        wechat.channel.acknowledge(received, "已记下")
        await wechat.channel.typing(wechat.session, wechat.tokens, "resident-99")
    # The stub server, which stands for the platform, has an access log of its own.
    said = "".join(record.getMessage() for record in caplog.records if record.name != "aiohttp.access")
    assert "路灯" not in said and "已记下" not in said and "token-" not in said and "secret" not in said


def test_rendering_keeps_repeated_and_nested_elements():
    fields = {"Articles": {"item": [{"Title": "一"}, {"Title": "二"}]}, "Empty": None}
    assert envelope.parse(envelope.render(fields, "xml").encode())[0] == fields
