"""Input made to break a parser. Nothing but `Refused` may come out."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import envelope, kf_message
from bot.channels.crypto import Crypt, open_user_data, require_signature, sign
from bot.channels.fields import to_inbound
from bot.channels.message import Refused
from bot.channels.platform import WeChatPlatform
from bot.channels.text import byte_length, split_text

from .conftest import ACCOUNTS, AES_KEY, SetClock, Side, account

NOW = datetime(2026, 3, 2, tzinfo=timezone.utc)
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "哈">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + "]><xml><Content>&j;</Content></xml>"
)

HOSTILE_BODIES = {
    "empty": b"",
    "only spaces": b"   ",
    "nul": b"\x00",
    "not utf-8": b"<xml><Content>\xff\xfe</Content></xml>",
    "utf-16": '<?xml version="1.0" encoding="utf-16"?><xml><a>1</a></xml>'.encode("utf-16"),
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>',
    "external dtd": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml><Content>a</Content></xml>',
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:1/"> %a;]><xml><a>1</a></xml>',
    "billion laughs": BILLION_LAUGHS.encode(),
    "unknown entity": b"<xml><Content>&nbsp;</Content></xml>",
    "deep xml": b"<xml>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</xml>",
    "nested xml": b"<xml>" + b"<a>" * 40 + b"</a>" * 40 + b"</xml>",
    "nested json": b'{"a":' * 40 + b"1" + b"}" * 40,
    "wide xml": b"<xml>" + b"<a/>" * 20_000 + b"</xml>",
    "deep json": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep json list": b'{"a":' + b"[" * 100_000,
    "wide json": b'{"a":[' + b"1," * 20_000 + b"1]}",
    "json not an object": b"[1]",
    "json nan": b'{"MsgType": NaN}',
    "json huge number": b'{"CreateTime":' + b"9" * 5000 + b"}",
    "namespace": b'<xml xmlns="urn:other"><MsgType>text</MsgType></xml>',
    "prefix": b'<xml xmlns:o="urn:other"><o:MsgType>text</o:MsgType></xml>',
    "other root": b"<html><MsgType>text</MsgType></html>",
    "two roots": b"<xml><a>1</a></xml><xml><a>1</a></xml>",
    "null character reference": b"<xml><Content>&#0;</Content></xml>",
    "surrogate reference": b"<xml><Content>&#xD800;</Content></xml>",
}


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES.keys())
def test_a_hostile_body_is_refused(body: bytes):
    with pytest.raises(Refused) as refused:
        envelope.parse(body)
    assert refused.value.status in (400, 413)


def seal(crypt: Crypt, message: bytes, receiver: bytes) -> str:
    """A well-formed ciphertext around bytes that `Crypt.encrypt`, which takes text, would not produce."""
    plain = b"0123456789abcdef" + len(message).to_bytes(4, "big") + message + receiver
    pad = 32 - len(plain) % 32
    encryptor = crypt._cipher().encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES.keys())
def test_a_hostile_body_is_refused_inside_a_valid_encryption_too(body: bytes, wechat: Side, wecom: Side):
    for side, receiver in ((wechat, ACCOUNTS["wechat"]["app_id"]), (wecom, ACCOUNTS["wecom_kf"]["corp_id"])):
        callback = side.platform.push({})
        sealed = seal(side.channel.crypt, body, receiver.encode())
        signature = sign(side.channel.token, callback.query["timestamp"], callback.query["nonce"], sealed)
        outer = envelope.render({"Encrypt": sealed}, "xml").encode()
        with pytest.raises(Refused):
            side.channel.receive({**callback.query, "msg_signature": signature}, outer)


GOOD = {"ToUserName": "gh", "FromUserName": "o", "CreateTime": "1", "MsgType": "text", "Content": "好", "MsgId": "1"}


@pytest.mark.parametrize(
    "odd",
    [
        {"MsgType": None},
        {"MsgType": ["text", "image"]},
        {"FromUserName": ""},
        {"FromUserName": {"a": "b"}},
        {"FromUserName": "o" * 129},
        {"OpenID": "o" * 129},
        {"CreateTime": "yesterday"},
        {"CreateTime": "-1"},
        {"CreateTime": "9" * 30},
        {"CreateTime": "１２３"},
        {"CreateTime": None},
        {"Content": {"nested": "x"}},
        {"MsgId": ["1", "2"]},
    ],
)
def test_an_odd_field_is_refused(odd: dict):
    with pytest.raises(Refused) as refused:
        to_inbound("street", {**GOOD, **odd})
    assert refused.value.status == 400


@pytest.mark.parametrize("place", [("nan", "1"), ("inf", "1"), ("91", "0"), ("0", "181"), ("", "x"), ("北", "东")])
def test_a_place_that_is_not_on_earth_has_no_coordinates(place: tuple[str, str]):
    fields = {**GOOD, "MsgType": "location", "Location_X": place[0], "Location_Y": place[1], "Label": "建设路"}
    inbound = to_inbound("street", fields)
    assert "lat" not in inbound.data and inbound.text == "建设路"


def test_lone_surrogates_and_control_characters_do_not_reach_the_ledger():
    body = b'{"Content": "\\ud83d \\u0000 \\u0008 \\ufffe \\ud83d\\ude00 ok"}'
    (content,) = envelope.parse(body)[0].values()
    assert content == "    😀 ok"


def test_the_periodic_position_of_a_follower_is_not_read():
    fields = {**GOOD, "MsgType": "event", "Event": "LOCATION", "Latitude": "23.1", "Longitude": "113.3"}
    assert dict(to_inbound("street", fields).data) == {"event": "LOCATION"}


def test_a_very_long_event_key_still_makes_a_short_and_stable_key():
    fields = {
        **GOOD,
        "MsgId": None,
        "MsgType": "event",
        "Event": "VIEW",
        "EventKey": "https://example.org/" + "长" * 400,
    }
    keys = {to_inbound("street", fields).key, to_inbound("street", dict(fields)).key}
    assert len(keys) == 1 and len(keys.pop()) <= 128


def test_a_signature_that_is_not_text_is_refused_not_crashed_on():
    for odd in ("签名", "\ud800", "", "\x00"):
        with pytest.raises(Refused):
            require_signature(odd, "token", "1", "\ud800")


def test_the_wrong_receiver_is_told_from_a_broken_message():
    sealed = Crypt(AES_KEY, "wx9900000000000002").encrypt("<xml/>")
    with pytest.raises(Refused) as refused:
        Crypt(AES_KEY, "wx9900000000000001").decrypt(sealed)
    assert (refused.value.code, refused.value.status) == ("wrong_receiver", 403)


@pytest.mark.parametrize(
    ("length", "padding"),
    [(5, b"\x01" * 31 + b"\x20"), (5, b"\x00" * 32), (5, b"\x21" * 32), (2**32 - 1, b"\x20" * 32), (400, b"\x20" * 32)],
    ids=["uneven padding", "no padding", "padding over 32", "endless length", "length beyond the end"],
)
def test_a_ciphertext_of_our_key_with_a_false_frame_is_refused(length: int, padding: bytes):
    crypt = Crypt(AES_KEY, "wx9900000000000001")
    plain = b"0123456789abcdef" + length.to_bytes(4, "big") + b"hello" + b"wx9900000000000001"
    fill = b"x" * (-len(plain) % 32)  # only the frame is at fault, not the block size
    encryptor = crypt._cipher().encryptor()
    sealed = base64.b64encode(encryptor.update(plain + fill + padding) + encryptor.finalize()).decode()
    with pytest.raises(Refused) as refused:
        crypt.decrypt(sealed)
    assert refused.value.code == "bad_ciphertext"


def test_every_broken_ciphertext_gets_the_same_answer():
    crypt = Crypt(AES_KEY, "wx9900000000000001")
    good = base64.b64decode(crypt.encrypt("好" * 50))
    answers = set()
    for position in range(16, len(good)):
        altered = good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :]
        try:
            crypt.decrypt(base64.b64encode(altered).decode())
        except Refused as refused:
            answers.add((refused.code, refused.message))
    assert answers <= {("bad_ciphertext", "密文无法解开"), ("wrong_receiver", "消息不是发给本账号的")}


@given(st.binary(max_size=400))
def test_parsing_anything_gives_fields_or_a_refusal(body: bytes):
    for candidate in (body, b"<xml>" + body + b"</xml>", b'{"a":' + body + b"}"):
        try:
            fields, form = envelope.parse(candidate)
        except Refused:
            continue
        json.dumps(fields, ensure_ascii=False).encode()
        assert form in ("xml", "json")


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode()))
def test_decrypting_anything_gives_a_refusal(sealed: str):
    with pytest.raises(Refused):
        Crypt(AES_KEY, "wx9900000000000001").decrypt(sealed)


@given(
    st.binary(min_size=20, max_size=120).map(lambda data: data + bytes([32 - len(data) % 32]) * (32 - len(data) % 32))
)
def test_decrypting_any_well_padded_plaintext_gives_text_or_a_refusal(plain: bytes):
    crypt = Crypt(AES_KEY, "wx9900000000000001")
    encryptor = crypt._cipher().encryptor()
    sealed = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    with pytest.raises(Refused):
        crypt.decrypt(sealed)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
def test_opening_any_user_data_gives_a_refusal(key: str, start: str, sealed: str):
    with pytest.raises(Refused):
        open_user_data(key, start, sealed, "wx9900000000000001")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    "FromUserName CreateTime MsgType Event EventKey MsgId Content Label Location_X Location_Y SendLocationInfo "
    "ScanCodeInfo bizmsgmenuid Recognition".split()
)


@given(st.dictionaries(names, values | st.sampled_from(["text", "event", "1", "location", "scan", "subscribe"])))
def test_any_fields_make_a_message_or_a_refusal(fields: dict):
    try:
        inbound = to_inbound("street", fields)
    except Refused:
        return
    assert inbound.sender and inbound.key and len(inbound.key) <= 128


@pytest.mark.parametrize("item", [{"external_userid": "w" * 129}, {"event": {"external_userid": "w" * 129}}])
def test_a_pulled_item_of_a_name_longer_than_any_is_passed_over(item: dict):
    assert kf_message.to_inbound("street", {"msgid": "1", "origin": 3, "msgtype": "text", **item}, NOW) is None


items = st.sampled_from(
    "msgid open_kfid external_userid send_time origin msgtype text event location image servicer_userid".split()
)
item_values = values | st.sampled_from(["text", "event", "location", 3, 4, 5, 1700000000])
contents = st.dictionaries(
    st.sampled_from("content menu_id event_type external_userid fail_type latitude longitude name".split()), values
)


@given(st.dictionaries(items, item_values | contents))
def test_any_pulled_item_makes_a_message_or_nothing(item: dict):
    inbound = kf_message.to_inbound("street", item, NOW)
    assert inbound is None or (inbound.sender and len(inbound.key) <= 128)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=300))
def test_any_text_survives_the_way_out_and_back(text: str):
    channel = account("wechat", SetClock(NOW))
    platform = WeChatPlatform(channel, channel._clock)
    callback = platform.text("resident-99", text)
    received = channel.receive(callback.query, callback.body)
    shown = envelope.clean(text)
    assert received.inbounds[0].text == shown.replace("\r\n", "\n").replace("\r", "\n").strip()
    if shown.strip():
        reply = platform.read_reply(channel.acknowledge(received, shown)[0])
        assert reply["Content"] == shown.replace("\r\n", "\n").replace("\r", "\n").strip()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.integers(min_value=4, max_value=64))
def test_splitting_loses_only_blanks_and_never_a_character(text: str, limit: int):
    pieces = split_text(text, limit)
    assert all(piece and byte_length(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
