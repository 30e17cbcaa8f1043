"""Photos, voice and files: fetched, kept sealed for the person, forgotten in time; voice is confirmed before it counts."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from bot.channels.message import Inbound
from handoff.service import attachments, intake, turns, voice
from handoff.service.attempts import delay
from handoff.service.recovery import free_all
from handoff.store.schema import attachment_parts
from handoff.web import keys
from handoff.workers.attachments import AttachmentFetcher
from tests.support.platforms import Platforms, platforms
from tests.support.street import NOW, Street

WHO = "resident-99"
GET = "/cgi-bin/media/get"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 3000  # three pieces
AMR = b"#!AMR\n" + bytes(range(256)) * 4
HEARS = (  # a stand-in for a speech program: it says what its argument says, if it was given this recording
    "import sys, os; d = sys.stdin.buffer.read(); "
    "assert d.startswith(b'#!AMR') and os.environ['CONTENT_TYPE'] == 'audio/amr' and 'DESK_SECRET_KEY' not in os.environ; "
    "sys.stdout.buffer.write(sys.argv[1].encode())"
)
READS = "import sys; assert sys.stdin.buffer.read(3) == bytes([255, 216, 255]); print(sys.argv[1])"


def program(code: str, says: str) -> str:
    return f'"{sys.executable}" -c "{code}" "{says}"'


def photo() -> web.Response:
    return web.Response(body=JPEG, content_type="image/jpeg")


def recording() -> web.Response:
    return web.Response(body=AMR, content_type="audio/amr")


async def arrives(town: Platforms, callback, state: str = "stored", kind: str = "wechat") -> int:
    """The sequence number of the message, once its attachment is in `state`."""
    await town.call(kind, callback)

    async def there() -> int | None:
        for message in await town.transcript(kind, WHO):
            if message.data.get("attachment", {}).get("state") == state:
                return message.seq
        return None

    return await town.until(there)


async def look(town: Platforms, name: str, seq: int, conversation: int = 1):
    async with town.desk.logged_in(name) as console:
        url = f"{town.desk.base}/api/conversations/{conversation}/messages/{seq}/attachment"
        async with console._session.get(url) as answer:
            return answer.status, answer.headers, await answer.read()


async def test_a_photo_is_kept_for_the_person_and_nobody_else(town):
    town.stub.script(GET, photo())
    seq = await arrives(town, town.oa.image(WHO, "media-1"))
    assert town.stub.calls(GET)[0].query["media_id"] == "media-1"
    await town.desk.add_user("wang")
    await town.desk.add_user("shen", "auditor")
    status, headers, body = await look(town, "wang", seq)
    assert (status, headers["Content-Type"], body) == (200, "image/jpeg", JPEG)
    assert headers["Content-Disposition"].startswith("inline") and "sandbox" in headers["Content-Security-Policy"]
    assert (await look(town, "shen", seq))[0] == 403
    assert (await look(town, "wang", seq + 50))[0] == 404
    async with town.http.get(f"{town.desk.base}/api/conversations/1/messages/{seq}/attachment") as answer:
        assert answer.status == 401
    looked = await town.desk.ledger.read(lambda tx: tx.people.audited(10))
    assert [row["target"] for row in looked if row["action"] == "view_attachment"] == [f"1/{seq}"]


async def test_the_bytes_rest_sealed(town):
    town.stub.script(GET, photo())
    await arrives(town, town.oa.image(WHO, "media-1"))
    rows = await town.desk.ledger.read(lambda tx: tx.connection.execute(attachment_parts.select()).fetchall())
    assert len(rows) == 3
    assert all(JPEG[1000:1032] not in row.body for row in rows)


async def test_the_packet_shows_where_the_photo_is(town):
    town.stub.script(GET, photo())
    seq = await arrives(town, town.oa.image(WHO, "media-1"))
    await town.desk.add_user("wang")
    async with town.desk.logged_in("wang") as console:
        _, packet = await console.get("/api/conversations/1")
    shown = next(message for message in packet["messages"] if message["seq"] == seq)
    assert shown["data"]["attachment"] == {
        "state": "stored",
        "type": "image/jpeg",
        "size": len(JPEG),
        "url": f"/api/conversations/1/messages/{seq}/attachment",
    }


async def test_the_simulator_has_the_photo_it_speaks_of(desk, http):
    async with http.post(f"{desk.base}/simulator/api/messages", json={"openid": WHO, "kind": "image"}) as answer:
        assert answer.status == 200
    fetched = desk.app[keys.ATTACHMENTS]
    while await fetched.fetch_due():
        continue
    one = await desk.ledger.read(lambda tx: tx.attachments.get(1, 1))
    assert one.state in ("fetching", "stored")  # by this hand or by the desk's own


async def test_a_photo_of_wecom_is_kept_as_well(town):
    town.stub.script(GET, photo())
    await arrives(town, town.kf.image(WHO, "media-1"), kind="wecom_kf")


@pytest.mark.parametrize(
    "answer",
    [
        lambda: {"errcode": 40007, "errmsg": "invalid media_id"},
        lambda: web.Response(body=b"MZ\x90\x00 a program", content_type="image/jpeg"),
        lambda: web.Response(text='{"errcode":40007}', content_type="text/plain"),
    ],
    ids=["error with HTTP 200", "not what it claims", "error as plain text"],
)
async def test_what_is_no_attachment_is_refused_and_said(town, answer):
    town.stub.script(GET, answer())
    seq = await arrives(town, town.oa.image(WHO, "media-1"), "failed")
    assert (await town.transcript("wechat", WHO))[seq - 1].data["attachment"]["reason"]
    assert [kind for kind, _ in await town.tasks()] == ["attachment"]
    assert await town.desk.ledger.read(lambda tx: tx.attachments.parts_kept()) == 0


async def test_a_platform_in_trouble_is_asked_again(town):
    town.stub.script(GET, web.Response(status=502), photo())
    await arrives(town, town.oa.image(WHO, "media-1"))
    assert len(town.stub.calls(GET)) == 2


async def waits_for_a_photo(make) -> tuple[Street, AttachmentFetcher]:
    desk = await make()
    await desk.writes("", kind="image", data={"media_id": "media-1"})
    return desk, AttachmentFetcher(desk.ledger, {desk.name: desk.account}.get, desk.office, desk.clock, None, None)


async def fetched_until(desk: Street, fetcher: AttachmentFetcher, age: timedelta) -> dict:
    """What the message says of its photo, once that is `age` old; it was asked for every hour, in vain."""
    while desk.clock.now() < NOW + age:
        desk.passes(hours=1)
        desk.stub.script(GET, -1)
        assert await fetcher.fetch_due() == 1
    return (await desk.message(1)).data["attachment"]


async def test_a_photo_is_asked_for_as_long_as_the_platform_keeps_it(make):
    desk, fetcher = await waits_for_a_photo(make)
    late = attachments.KEPT - timedelta(hours=1)
    assert await fetched_until(desk, fetcher, late) == {"state": "waiting"} and await desk.tasks() == []
    desk.passes(hours=1)
    desk.stub.script(GET, photo())
    await fetcher.fetch_due()
    assert (await desk.message(1)).data["attachment"]["state"] == "stored"


async def test_a_photo_that_the_platform_never_gave_is_marked_and_a_person_is_told(make):
    desk, fetcher = await waits_for_a_photo(make)
    mark = await fetched_until(desk, fetcher, attachments.KEPT)
    assert mark == {"state": "failed", "reason": attachments.NEVER_GIVEN}
    assert [kind for kind, _ in await desk.tasks()] == ["attachment"]


async def test_a_photo_in_which_desks_die_is_tried_less_and_less_often_and_given_up(make):
    desk, _ = await waits_for_a_photo(make)
    attempts, given_up = 0, []
    while not given_up:
        desk.passes(minutes=1)  # a desk takes it, dies in it, and is started again
        due, given_up = await desk.ledger.write(attachments.take, desk.clock.now())
        await desk.ledger.write(free_all, desk.clock.now())
        attempts += len(due)
        assert desk.clock.now() < NOW + attachments.KEPT + timedelta(hours=4)
    assert attempts < 200  # of 4,400 starts
    assert (await desk.message(1)).data["attachment"] == {"state": "failed", "reason": attachments.NEVER_GIVEN}
    assert [kind for kind, _ in await desk.tasks()] == ["attachment"]


def test_the_pauses_between_attempts_grow_to_an_hour_and_stay_there():
    first, later, *last = (
        delay(n, attachments.LONGEST_PAUSE.total_seconds()).total_seconds() for n in (0, 5, 50, 5000)
    )
    assert first < later < min(last) and 1800 <= min(last) and max(last) <= 3600


async def test_an_attachment_is_forgotten_in_time_and_the_transcript_says_so(town):
    town.stub.script(GET, photo())
    seq = await arrives(town, town.oa.image(WHO, "media-1"))
    now = town.desk.app[keys.CLOCK].now()
    assert await town.desk.ledger.write(attachments.forget, now - timedelta(days=1)) == 0
    assert await town.desk.ledger.write(attachments.forget, now + timedelta(seconds=1)) == 1
    assert await town.desk.ledger.read(lambda tx: tx.attachments.parts_kept()) == 0
    assert (await town.transcript("wechat", WHO))[seq - 1].data["attachment"] == {"state": "gone"}
    await town.desk.add_user("wang")
    assert (await look(town, "wang", seq))[0] == 404


async def test_what_a_photo_shows_is_for_the_person_only(tmp_path, database):
    async with platforms(tmp_path, database, OCR_COMMAND=program(READS, "停水通知")) as town:
        town.stub.script(GET, photo())
        await arrives(town, town.oa.image(WHO, "media-1"))

        async def read() -> str | None:
            return (await town.transcript("wechat", WHO))[0].data.get("machine_read")

        assert await town.until(read) == "停水通知"
        assert [turn["text"] for turn in town.bot.turns] == ["/send_picture"]


async def test_voice_that_the_platform_wrote_down_is_read_as_it_is(town):
    town.stub.script(GET, recording())
    await town.call("wechat", town.oa.voice(WHO, "media-1", "幸福小区的路灯坏了"))
    await town.said("wechat", WHO, "路灯照明")


async def test_without_a_program_unheard_voice_is_asked_for_in_other_words(town):
    town.stub.script(GET, recording())
    await town.call("wechat", town.oa.voice(WHO, "media-1"))
    await town.said("wechat", WHO, "请说说")
    assert [turn["text"] for turn in town.bot.turns] == ["/voice_unheard"]


@pytest.fixture
async def hearing(tmp_path, database):
    command = program(HEARS, "幸福小区的路灯坏了")
    async with platforms(tmp_path, database, TRANSCRIBE_COMMAND=command) as town:
        town.stub.script(GET, recording())
        await town.call("wechat", town.oa.voice(WHO, "media-1"))
        await town.said("wechat", WHO, "对吗？")
        yield town


async def test_heard_voice_counts_only_after_the_resident_has_confirmed_it(hearing):
    asked = await hearing.said("wechat", WHO, "我听到的是")
    assert "“幸福小区的路灯坏了”" in asked and hearing.bot.turns == []
    assert (await hearing.transcript("wechat", WHO))[0].text == ""
    await hearing.call("wechat", hearing.oa.text(WHO, "对。"))
    await hearing.said("wechat", WHO, "路灯照明")
    spoken = (await hearing.transcript("wechat", WHO))[0]
    assert (spoken.text, spoken.data["confirmed"]) == ("幸福小区的路灯坏了", True)
    assert [turn["text"] for turn in hearing.bot.turns] == ["幸福小区的路灯坏了"]


async def test_a_question_that_nobody_answers_keeps_no_turn_waiting(hearing):
    await hearing.desk.app[keys.TURNS].wake(1)
    current = await hearing.conversation("wechat", WHO)
    assert current.handled_seq == current.resident_seq and hearing.bot.turns == []
    await hearing.call("wechat", hearing.oa.text(WHO, "1"))  # the number of the first choice
    await hearing.said("wechat", WHO, "路灯照明")


@pytest.mark.parametrize(("answer", "read"), [("对", "幸福小区的路灯坏了"), ("不对", "/voice_unheard")])
def test_a_desk_that_dies_over_the_answer_leaves_the_recording_to_the_next_turn(scene, answer, read):
    scene.office = replace(scene.office, transcribes=True)
    told = Inbound("oa", "voice", WHO, "voice", "", scene.now, {"media_id": "media-1"}, opens="message")
    one = scene.do(intake.accept, scene.office, told, "wechat", None, None, scene.now)
    recording = scene.ledger.read_now(lambda tx: tx.attachments.get(one.conversation_id, one.seq))
    scene.do(voice.heard, scene.office, recording, "幸福小区的路灯坏了", None, scene.now)
    begins = lambda: scene.do(turns.begin, scene.office, one.conversation_id, "turn", scene.now)  # noqa: E731
    assert begins() is None
    said = Inbound("oa", "answer", WHO, "text", answer, scene.now, opens="message")
    scene.do(intake.accept, scene.office, said, "wechat", None, None, scene.now)
    for _ in range(2):
        turn = begins()
        assert (turn.text, turn.message.seq) == (read, one.seq)
        scene.now += turns.LEASE + timedelta(seconds=1)
    scene.do(turns.commit, scene.office, turn, turns.Proposal([{"text": "好的"}]), scene.now)
    assert begins() is None
    after = scene.conversation(one.conversation_id)
    assert after.handled_seq == after.resident_seq


@pytest.mark.parametrize(
    ("means", "answers"),
    [
        (True, "对 对啊 对呀 嗯嗯 对对对 是的呀 对的对的 没错没错 是这样的 嗯，没错。 没有错 好滴 可以啊 OK 1"),
        (False, "不对 不对啊 不是的 不是不是 错了 没有啊 不 2"),
        (None, "是五号楼 不对是五号楼 不错 不，错了 对面 好像是 是不是 对吗 11 是的五号楼 你好"),
    ],
)
def test_however_a_yes_is_said_it_confirms_and_what_says_more_does_not(means, answers):
    assert {answer: voice.means_yes(answer) for answer in answers.split(" ")} == dict.fromkeys(
        answers.split(" "), means
    )


async def test_voice_that_was_heard_wrongly_counts_for_nothing(hearing):
    await hearing.call("wechat", hearing.oa.text(WHO, "不对"))
    await hearing.said("wechat", WHO, "请说说")
    assert [turn["text"] for turn in hearing.bot.turns] == ["/voice_unheard"]
    assert (await hearing.transcript("wechat", WHO))[0].text == ""


async def test_what_is_said_instead_of_yes_or_no_is_what_counts(hearing):
    await hearing.call("wechat", hearing.oa.text(WHO, "幸福小区的垃圾没人收"))
    await hearing.said("wechat", WHO, "生活垃圾")
    assert [turn["text"] for turn in hearing.bot.turns] == ["幸福小区的垃圾没人收"]


async def test_danger_in_a_voice_message_does_not_wait_for_a_confirmation(tmp_path, database):
    command = program(HEARS, "救命啊家里着火了")
    async with platforms(tmp_path, database, TRANSCRIBE_COMMAND=command) as town:
        town.stub.script(GET, recording())
        await town.call("wechat", town.oa.voice(WHO, "media-1"))
        await town.said("wechat", WHO, "119")
        current = await town.conversation("wechat", WHO)
        assert (current.owner, current.priority) == ("queue", "P0")


async def test_a_program_that_fails_leaves_the_resident_no_worse_off(tmp_path, database):
    async with platforms(tmp_path, database, TRANSCRIBE_COMMAND=f"{sys.executable} -c 1/0") as town:
        town.stub.script(GET, recording())
        await town.call("wechat", town.oa.voice(WHO, "media-1"))
        await town.call("wechat", town.oa.text(WHO, "幸福小区的路灯坏了"))
        await town.said("wechat", WHO, "路灯照明")
        assert [turn["text"] for turn in town.bot.turns] == ["/voice_unheard", "幸福小区的路灯坏了"]


async def test_a_person_who_has_the_conversation_reads_what_was_heard_and_the_resident_is_not_asked(tmp_path, database):
    command = program(HEARS, "幸福小区的路灯坏了")
    async with platforms(tmp_path, database, TRANSCRIBE_COMMAND=command) as town:
        await town.call("wechat", town.oa.text(WHO, "转人工"))
        await town.said("wechat", WHO, "已为您转人工")
        town.stub.script(GET, recording())
        await town.call("wechat", town.oa.voice(WHO, "media-1"))

        async def read() -> str | None:
            heard = [m.data.get("machine_read") for m in await town.transcript("wechat", WHO) if m.kind == "voice"]
            return heard[0]

        assert await town.until(read) == "幸福小区的路灯坏了"
        assert not [m for m in await town.transcript("wechat", WHO) if "我听到的是" in m.text]
