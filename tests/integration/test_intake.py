"""Nothing is lost, nothing is stored twice, danger goes first."""

import asyncio
import hmac

import pytest

from bot.channels.message import Inbound
from bot.channels.platform import platform_for
from handoff.service import attempts
from handoff.service.arrivals import Arrival, accept_all
from handoff.web import callbacks, keys
from handoff.web.simulator import PLATFORM
from tests.support.desk import Resident


async def wechat(desk, http, callback):
    url = f"{desk.base}/channels/wechat/simulator"
    async with http.post(url, params=callback.query, data=callback.body) as answer:
        return answer.status, await answer.text()


def bot_that_waits(desk, monkeypatch) -> tuple[asyncio.Event, asyncio.Event]:
    """(the bot was asked, it may answer)."""
    asked, may_answer, propose = asyncio.Event(), asyncio.Event(), desk.app[keys.RASA].propose

    async def propose_when_told(turn):
        asked.set()
        await may_answer.wait()
        return await propose(turn)

    monkeypatch.setattr(desk.app[keys.RASA], "propose", propose_when_told)
    return asked, may_answer


def side(desk):
    return platform_for(desk.app[keys.ACCOUNTS]["simulator"].channel)


async def test_an_encrypted_callback_gets_a_readable_answer_in_time(desk, http):
    started = asyncio.get_running_loop().time()
    status, answer = await wechat(desk, http, side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了"))
    assert status == 200
    assert asyncio.get_running_loop().time() - started < 5
    assert "路灯照明" in side(desk).read_reply(answer)["Content"]


async def test_an_answer_on_the_platforms_own_request_costs_no_send(desk, http):
    await wechat(desk, http, side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了"))
    current = await desk.ledger.read(lambda tx: tx.conversations.find("simulator", "o-resident"))
    assert (current.window_event, current.sends_used) == ("message", 0)


async def test_an_answer_too_long_for_the_request_goes_another_way_and_the_request_is_let_go(desk, http):
    # 700 characters read back by the scripted bot are more than a passive reply carries.
    long = "路灯坏了" + "很久没人来修" * 120 + "就在幸福小区"
    started = asyncio.get_running_loop().time()
    status, answer = await wechat(desk, http, side(desk).text("o-resident", long))
    assert (status, answer) == (200, "success")
    assert asyncio.get_running_loop().time() - started < 4
    current = await desk.ledger.read(lambda tx: tx.conversations.find("simulator", "o-resident"))
    assert current.sends_used >= 1


async def test_a_repeated_delivery_is_stored_once_and_answered_the_same(desk, http):
    callback = side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了")
    answers = await asyncio.gather(*(wechat(desk, http, side(desk).again(callback)) for _ in range(5)))
    assert {status for status, _ in answers} == {200}
    stored = await desk.ledger.read(lambda tx: [m for m in tx.messages.after(1, 0) if m.sender == "resident"])
    assert len(stored) == 1


async def test_a_repeated_delivery_after_a_claim_does_not_bring_the_bot_back(desk, http):
    await desk.add_user("wang")
    callback = side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了")
    _, first = await wechat(desk, http, callback)
    assert await wechat(desk, http, side(desk).again(callback)) != (200, "success")  # lost on the way: given once more
    async with desk.logged_in("wang") as console:
        assert (await console.post("/api/conversations/1/claim"))[0] == 200
    assert "路灯照明" in side(desk).read_reply(first)["Content"]
    assert await wechat(desk, http, side(desk).again(callback)) == (200, "success")


async def test_what_is_put_on_a_request_goes_out_on_it_whatever_its_message_is(desk, http, monkeypatch):
    """It counts as said; a request that will not carry it, of a repeat or of what a person reads, takes none."""
    await desk.add_user("wang")
    first = side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了")
    await wechat(desk, http, first)
    async with desk.logged_in("wang") as console:
        assert (await console.post("/api/conversations/1/claim"))[0] == 200
    accept, put = callbacks.accept, []

    async def accept_and_put(*args):
        accepted = await accept(*args)
        put.append(desk.app[keys.PASSIVE].take("simulator", "o-resident", "稍等"))
        return accepted

    monkeypatch.setattr(callbacks, "accept", accept_and_put)
    for callback in (side(desk).again(first), side(desk).text("o-resident", "还有，垃圾没人收")):
        _, answer = await wechat(desk, http, callback)
        assert put.pop() == (answer != "success")


async def test_the_answer_to_what_is_repeated_while_its_first_request_waits_goes_as_a_message(desk, http, monkeypatch):
    """WeChat asks again when it no longer listens to the first: an answer on that would be lost."""
    asked, may_answer = bot_that_waits(desk, monkeypatch)
    callback = side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了")
    first = asyncio.create_task(wechat(desk, http, callback))
    await asked.wait()
    again = await wechat(desk, http, side(desk).again(callback))
    assert [await first, again] == [(200, "success")] * 2
    sent = desk.app[PLATFORM].sent
    async with desk.app[keys.LIVE].listen() as events:
        may_answer.set()
        while not sent:
            await asyncio.wait_for(events.get(), 20)
    assert "路灯照明" in str(sent.pop()["body"])
    assert not sent


def written_down_only_after_a_repeat(at_first, at_second, monkeypatch) -> asyncio.Event:
    """The event to set once the first request is answered. That the text went out that is stored at the first desk
    only when the second has heard a repeat of it."""
    repeated, write_surely, release = asyncio.Event(), at_first.ledger.write_surely, at_second.app[keys.PASSIVE].release

    async def late(work, *args):
        if work is attempts.sent_passively:
            await repeated.wait()
        return await write_surely(work, *args)

    def released(*sender):
        release(*sender)
        if answered.is_set():
            repeated.set()

    answered = asyncio.Event()
    for patience in ("PASSIVE_WAIT", "WRITTEN_DOWN"):  # however busy this machine is
        monkeypatch.setattr(callbacks, patience, 60)
    monkeypatch.setattr(at_first.ledger, "write_surely", late)
    monkeypatch.setattr(at_second.app[keys.PASSIVE], "release", released)
    return answered


async def test_a_repeat_that_comes_before_the_answer_is_written_down_gets_it_too(desk, http, monkeypatch):
    answered = written_down_only_after_a_repeat(desk, desk, monkeypatch)
    callback = side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了")
    assert "路灯照明" in side(desk).read_reply((await wechat(desk, http, callback))[1])["Content"]
    answered.set()
    _, again = await wechat(desk, http, side(desk).again(callback))
    assert "路灯照明" in side(desk).read_reply(again)["Content"]


async def test_what_is_ready_only_after_the_request_has_had_its_seconds_goes_as_a_message(desk, http, monkeypatch):
    """They are counted from its arrival: WeChat does not wait longer because the ledger was slow."""
    _, may_answer = bot_that_waits(desk, monkeypatch)
    loop, accept, spent = asyncio.get_running_loop(), callbacks.accept, []
    time = loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + sum(spent))

    async def accept_slowly(*args):
        accepted = await accept(*args)
        spent.append(callbacks.PASSIVE_WAIT)
        may_answer.set()
        return accepted

    monkeypatch.setattr(callbacks, "accept", accept_slowly)
    callback = side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了")
    async with desk.app[keys.LIVE].listen() as events:
        assert await wechat(desk, http, callback) == (200, "success")
        assert "路灯照明" in await sent_to_resident(desk, events)


async def test_nothing_is_put_on_a_request_whose_connection_is_gone(desk, http, monkeypatch):
    asked, may_answer = bot_that_waits(desk, monkeypatch)
    monkeypatch.setattr(callbacks, "PASSIVE_WAIT", 60)
    cut = asyncio.create_task(wechat(desk, http, side(desk).text("o-resident", "幸福小区3号楼的路灯坏了三天了")))
    await asked.wait()
    cut.cancel()
    async with desk.app[keys.LIVE].listen() as events:
        while desk.app[keys.PASSIVE].waiting:  # until the desk has seen it
            await desk.ledger.read(lambda tx: None)
        may_answer.set()
        assert "路灯照明" in await sent_to_resident(desk, events)


async def sent_to_resident(desk, events) -> str:
    """What the platform is asked to deliver beside its own requests, once it is."""
    sent = desk.app[PLATFORM].sent
    while not sent:
        await asyncio.wait_for(events.get(), 20)
    return str(sent[0]["body"])


async def test_an_emergency_number_is_repeated_whoever_has_taken_over(desk, http):
    await desk.add_user("wang")
    callback = side(desk).text("o-resident", "我不想活了,药都准备好了")
    await wechat(desk, http, callback)
    async with desk.logged_in("wang") as console:
        assert (await console.post("/api/conversations/1/claim"))[0] == 200
    _, again = await wechat(desk, http, side(desk).again(callback))
    assert "12356" in side(desk).read_reply(again)["Content"]


async def test_messages_of_one_resident_keep_their_order(desk, http):
    resident = await Resident.arrives(desk.base, http)
    seqs = [await resident.says(f"第{n}件事") for n in range(10)]
    assert seqs == sorted(seqs)
    stored = await desk.ledger.read(lambda tx: [m.text for m in tx.messages.after(1, 0) if m.sender == "resident"])
    assert stored == [f"第{n}件事" for n in range(10)]


async def test_danger_is_at_the_head_of_the_queue_with_the_number_in_the_first_line(desk, http):
    await desk.add_user("wang")
    first = await Resident.arrives(desk.base, http)
    await first.says("转人工")
    await first.hears_until("已为您转人工")
    second = await Resident.arrives(desk.base, http)
    await second.says("我不想活了,药都准备好了")
    said = (await second.hears(5))[0]["text"].splitlines()[0]
    assert any(number in said for number in ("110", "120", "12356"))
    async with desk.logged_in("wang") as console:
        _, queue = await console.get("/api/queue")
    assert queue["waiting"][0]["priority"] == "P0"


@pytest.mark.parametrize("change", ["signature", "timestamp", "body"])
async def test_a_forged_callback_is_refused_and_nothing_is_stored(desk, http, change):
    callback = side(desk).text("o-forger", "你好")
    query, body = dict(callback.query), callback.body
    if change == "body":
        body = body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[AAAA")
    elif change == "timestamp":
        query["timestamp"] = "1700000000"
    else:
        query["msg_signature"] = "0" * 40
    async with http.post(f"{desk.base}/channels/wechat/simulator", params=query, data=body) as answer:
        assert answer.status in (400, 403)
    assert await desk.ledger.read(lambda tx: tx.conversations.find("simulator", "o-forger")) is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/channels/web/messages", {"session": "x.y", "message_id": "1", "text": "你好"}),
        ("/channels/web/messages", {"text": "你好"}),
        ("/api/login", {"username": "x'; DROP TABLE users;--", "password": "y"}),
        ("/api/login", []),
        ("/channels/wechat/none", {}),
    ],
)
async def test_what_a_client_sends_wrongly_is_its_error_not_ours(desk, http, path, body):
    async with http.post(desk.base + path, json=body) as answer:
        assert 400 <= answer.status < 500
        refusal = await answer.json()
        assert refusal["code"]
        assert refusal["message"]
    assert await desk.stored() == 0


@pytest.mark.parametrize("forged", ["signature", "name", "no signature", "another desk"])
async def test_whoever_forges_the_session_of_a_resident_writes_nothing_and_reads_nothing(desk, http, forged):
    resident = await Resident.arrives(desk.base, http)
    await resident.says("幸福小区3号楼的路灯坏了三天了")
    await resident.hears_until("路灯照明")
    name, _, signature = resident.session.partition(".")
    sessions = {
        "signature": f"{name}.{'0' * len(signature)}",
        "name": f"{name[::-1]}.{signature}",
        "no signature": name,
        "another desk": f"{name}.{hmac.new(b'guessed', f'web:{name}'.encode(), 'sha256').hexdigest()[:32]}",
    }
    before, url = await desk.stored(), f"{desk.base}/channels/web/messages"
    body = {"session": sessions[forged], "message_id": "1", "text": "我是别人"}
    async with http.post(url, json=body) as answer:
        assert answer.status == 403
    async with http.get(url, params={"session": sessions[forged], "all": "1"}) as answer:
        assert (answer.status, "路灯" in await answer.text()) == (403, False)
    assert await desk.stored() == before


async def test_with_the_bot_away_a_person_gets_the_message(tmp_path, database, http):
    from tests.support.desk import running_desk

    async with running_desk(tmp_path, database, RASA_URL="http://127.0.0.1:9") as (desk, _):
        await desk.add_user("wang")
        resident = await Resident.arrives(desk.base, http)
        await resident.says("幸福小区3号楼的路灯坏了")
        told = await resident.hears_until("已为您转人工")
        assert "受理编号" in told
        assert "12345" in told
        async with desk.logged_in("wang") as console:
            _, queue = await console.get("/api/queue")
        assert len(queue["waiting"]) == 1


def test_a_yes_whose_turn_fails_is_filed_with_what_it_was_said_to_and_nothing_filed_before(scene):
    for words in ("垃圾没人收", "对，就这样", "幸福小区3号楼的路灯坏了"):
        conversation = scene.says("r1", words)
        scene.later(minutes=1)
    scene.unanswered("r1", "对，就这样")
    filed = scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=conversation))
    assert [case.description for case in filed] == ["幸福小区3号楼的路灯坏了\n对，就这样", "垃圾没人收"]


def test_a_photo_that_comes_with_others_is_fetched_as_if_it_came_alone(scene):
    def arrival(key, sender, kind="text", **data):
        inbound = Inbound("oa", key, sender, kind, "路灯坏了" * (kind == "text"), scene.now, data, opens="message")
        return Arrival(scene.office, inbound, "wechat", None, None, scene.now)

    scene.do(accept_all, [arrival("1", "r1"), arrival("2", "r2")])
    batch = [arrival("3", "r1", "image", media_id="m3"), arrival("4", "r1"), arrival("5", "r2")]
    accepted = scene.do(accept_all, batch)
    assert [(one.conversation_id, one.seq, one.bot_turn) for one in accepted] == [
        (1, 2, True),
        (1, 3, True),
        (2, 2, True),
    ]
    assert scene.ledger.read_now(lambda tx: tx.attachments.get(1, 2)).state == "waiting"
    assert scene.messages(1)[1].data["attachment"] == {"state": "waiting"}
