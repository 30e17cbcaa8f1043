"""What reaches a platform's callback without the platform's secret leaves nothing; what has it is taken as it stands."""

from datetime import datetime, timedelta, timezone

import pytest
from aiohttp import ClientSession

from bot.channels import envelope
from bot.channels.crypto import sign
from bot.channels.platform import platform_for
from bot.channels.registry import build_accounts
from tests.support.desk import Resident, running_desk
from tests.support.town import ACCOUNTS, PATHS, Town

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "哈">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + "]><xml><Encrypt>&j;</Encrypt></xml>"
)
BODIES = {
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>',
    "entity bomb": BOMB.encode(),
    "plain": b"<xml><FromUserName>o-x</FromUserName><MsgType>text</MsgType><Content>1</Content></xml>",
    "deep": b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
    "deep json": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "large": b"<xml><Encrypt>" + b"A" * 600_000 + b"</Encrypt></xml>",
    "too large": b"<xml><Encrypt>" + b"A" * 2_000_000 + b"</Encrypt></xml>",
    "empty": b"",
    "not utf-8": b"<xml>\xff\xfe</xml>",
    "false base64": b"<xml><Encrypt>]]&gt;</Encrypt></xml>",
}


@pytest.fixture
async def desk(tmp_path, database):
    Town.write_accounts(tmp_path)
    async with running_desk(tmp_path, database) as (running, _):
        yield running


def side(name: str, late: timedelta = timedelta(0), **other: str):
    """The platform's side of one account; `other` replaces fields, as somebody without our secrets has them."""
    entry = {**next(account for account in ACCOUNTS if account["name"] == name), **other}
    return platform_for(build_accounts([entry], {})[name], lambda: datetime.now(timezone.utc) - late)


async def post(http, desk, name, query, body) -> int:
    async with http.post(desk.base + PATHS[name], params=query, data=body) as answer:
        refusal = await answer.json() if answer.status >= 400 else {}
        assert answer.status < 400 or (refusal["code"] and refusal["message"])
        return answer.status


@pytest.mark.parametrize("name", sorted(PATHS))
async def test_nothing_of_an_unauthenticated_caller_is_stored(desk, http, name):
    owner = {"oa": "app_id", "mini": "app_id", "kf": "corp_id"}[name]
    forgers = {
        "another token": side(name, token="guessed"),
        "another key": side(name, encoding_aes_key="Z" * 43),
        "another receiver": side(name, **{owner: "wx9900000000009999"}),
        "an old signature": side(name, timedelta(minutes=6)),
        "a signature of the future": side(name, timedelta(minutes=-6)),
    }
    for forger in forgers.values():
        callback = forger.text("o-forger", "你好")
        assert await post(http, desk, name, callback.query, callback.body) in (400, 403)
    honest = side(name).text("o-honest", "你好")
    for body in BODIES.values():
        assert await post(http, desk, name, honest.query, body) in (400, 403, 413)
        assert await post(http, desk, name, {}, body) in (400, 403, 413)
    for query in ({}, {**honest.query, "msg_signature": ""}, {**honest.query, "timestamp": "9" * 30}):
        assert await post(http, desk, name, query, honest.body) in (400, 403)
    assert await desk.stored() == 0


async def test_a_sender_longer_than_any_is_refused_though_validly_signed(desk, http):
    callback = side("mini").text("o" * 129, "你好")
    assert await post(http, desk, "mini", callback.query, callback.body) == 400
    assert await desk.stored() == 0
    callback = side("mini").text("o" * 128, "你好")
    assert await post(http, desk, "mini", callback.query, callback.body) == 200


async def test_a_hostile_document_inside_a_valid_encryption_is_refused(desk, http):
    honest = side("mini")
    for body in (BOMB, BODIES["external entity"].decode(), BODIES["deep"].decode()):
        sealed = honest._channel.seal(body, "1")
        query = {"timestamp": str(sealed["TimeStamp"]), "nonce": "1", "msg_signature": sealed["MsgSignature"]}
        outer = envelope.render({"ToUserName": "gh", "Encrypt": sealed["Encrypt"]}, "xml").encode()
        assert await post(http, desk, "mini", query, outer) == 400
    assert await desk.stored() == 0


@pytest.mark.parametrize("name", sorted(PATHS))
@pytest.mark.parametrize(
    "echo", [None, "", " ", "4" * 513, "4" * 7000], ids=["none", "empty", "blank", "long", "longest"]
)
async def test_an_address_is_not_verified_without_something_to_say_back(desk, http, name, echo):
    """Though the request is validly signed."""
    account = side(name)._channel
    at, said = str(int(datetime.now(timezone.utc).timestamp())), echo or ""
    query = {"timestamp": at, "nonce": "n", "signature": sign(account.token, at, "n")}
    query["msg_signature"] = sign(account.token, at, "n", said.replace(" ", "+"))
    query |= {} if echo is None else {"echostr": echo}
    async with http.get(desk.base + PATHS[name], params=query) as answer:
        refusal = await answer.json()
        assert (answer.status, refusal["field"]) == (400, "echostr")
        assert "echostr" in refusal["message"]


WORDS = {
    "]]> closes": "]]>路灯<![CDATA[坏了]]>",
    "markup": "<script>alert('路灯')</script>&amp;<img src=x onerror=alert(1)>",
    "sql": "路灯'); DROP TABLE messages;-- \" OR 1=1",
    "controls": "路\x00灯\x08坏\x1b[2J了",
    "template": "{case_number} {{7*7}} ${jndi} %s %(x)s",
}


async def test_any_words_are_kept_as_they_are_and_shown_as_words(desk, http):
    await desk.add_user("wang")
    honest = side("mini")
    for words in WORDS.values():
        callback = honest.text("o-words", words)
        assert await post(http, desk, "mini", callback.query, callback.body) == 200
    async with desk.logged_in("wang") as console:
        _, transcript = await console.get("/api/conversations/1/messages", after=0)
    said = [message["text"] for message in transcript["messages"] if message["from"] == "resident"]
    assert said == [envelope.clean(words) for words in WORDS.values()]


async def test_one_sender_who_floods_is_refused_and_others_are_not(tmp_path, database, http):
    async with running_desk(tmp_path, database, RATE_PER_SENDER="3") as (desk, _):
        loud, quiet = [await Resident.arrives(desk.base, http) for _ in range(2)]
        statuses = [await h5(http, desk, loud, number) for number in range(5)]
        assert statuses == [202] * 3 + [429] * 2
        assert await h5(http, desk, quiet, 1) == 202


async def test_one_address_that_floods_is_refused_but_never_the_platform(tmp_path, database, http):
    Town.write_accounts(tmp_path)
    async with running_desk(tmp_path, database, RATE_PER_ADDRESS="4") as (desk, _), ClientSession() as other:
        statuses = []
        for _ in range(6):
            async with other.get(f"{desk.base}/healthz") as answer:
                statuses.append(answer.status)
        assert statuses == [200] * 4 + [429] * 2
        callback = side("mini").text("o-resident", "路灯坏了")
        assert await post(http, desk, "mini", callback.query, callback.body) == 200


async def test_danger_is_stored_and_reaches_a_person_however_much_its_sender_or_its_address_has_sent(
    tmp_path, database, http
):
    Town.write_accounts(tmp_path)
    async with running_desk(tmp_path, database, RATE_PER_SENDER="2", RATE_PER_ADDRESS="4") as (desk, _):
        loud = await Resident.arrives(desk.base, http)
        assert [await h5(http, desk, loud, number) for number in range(3)] == [202, 202, 429]
        assert await h5(http, desk, loud, 3) == 429  # by now the address has sent too much as well
        assert await h5(http, desk, loud, 4, CRY) == 202
        for words, status in (("你好", 200), ("在吗", 200), ("有人吗", 429), (CRY, 200)):
            callback = side("mini").text("o-loud", words)
            assert await post(http, desk, "mini", callback.query, callback.body) == status
        waiting = await desk.ledger.read(lambda tx: tx.conversations.waiting_with("P0"))
        assert [one.channel for one in waiting] == ["web", "miniprogram"]


CRY = "我不想活了，现在就从楼顶跳下去"


async def h5(http, desk, resident, number: int, text: str = "你好") -> int:
    body = {"session": resident.session, "message_id": str(number), "text": text}
    async with http.post(f"{desk.base}/channels/web/messages", json=body) as answer:
        return answer.status
