"""A sentence with a date is a promise: said and noted at once, or not at all."""

from datetime import datetime, time

import pytest

from handoff.domain.calendar import CHINA
from handoff.domain.errors import BadInput, NotOwner
from handoff.service import given_word, promises
from handoff.web import keys
from tests.support.desk import Resident
from tests.support.scene import MONDAY

CLOSES = time(17, 30)
BEYOND = ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00")  # in China, or in UTC, there is no such time


def made_by(scene, conversation, name="wang"):
    return [p for p in scene.ledger.read_now(lambda tx: tx.promises.of(conversation)) if p["by"] == name]


@pytest.fixture
def held(scene):
    wang = scene.user("wang")
    conversation = scene.waits("r1")
    scene.claim(wang, conversation)
    return wang, conversation


def says(scene, wang, conversation, text="周三前修好", until="2026-03-04", client_id="one"):
    return scene.do(given_word.write, wang, conversation, text, client_id, until, scene.now, CLOSES)


def test_what_is_written_with_a_day_is_sent_and_owed_by_closing_time(scene, held):
    seq = says(scene, *held)
    assert scene.messages(held[1])[-1].seq == seq
    (promise,) = made_by(scene, held[1])
    assert (promise["text"], promise["owner"]) == ("周三前修好", "wang")
    assert promise["due_at"] == datetime(2026, 3, 4, 17, 30, tzinfo=CHINA)


def test_the_same_words_sent_again_are_one_message_and_one_promise(scene, held):
    assert says(scene, *held) == says(scene, *held)
    assert len(made_by(scene, held[1])) == 1


@pytest.mark.parametrize("until", ["昨天", "2026-02-30", "2026-03-01", "2026-03-02T09:00:00+08:00", *BEYOND])
def test_without_a_day_to_come_nothing_is_said_or_promised(scene, held, until):
    before = len(scene.messages(held[1]))
    with pytest.raises(BadInput):
        says(scene, *held, until=until)
    assert (len(scene.messages(held[1])), made_by(scene, held[1])) == (before, [])


def test_a_promise_given_by_telephone_is_a_note_that_is_not_sent(scene, held):
    scene.do(given_word.note, *held, "电话里答应周三前上门", "2026-03-04", scene.now, CLOSES)
    assert scene.messages(held[1])[-1].state == "note"
    assert [p["text"] for p in made_by(scene, held[1])] == ["电话里答应周三前上门"]


def test_only_who_holds_the_conversation_gives_its_word(scene, held):
    li = scene.user("li")
    with pytest.raises(NotOwner):
        says(scene, li, held[1])
    with pytest.raises(NotOwner):
        scene.do(given_word.note, li, held[1], "我来", "2026-03-04", scene.now, CLOSES)
    assert made_by(scene, held[1], "li") == []


def test_a_long_message_is_noted_by_its_beginning(scene, held):
    says(scene, *held, text="好" * 500)
    (promise,) = made_by(scene, held[1])
    assert len(promise["text"]) == promises.LONGEST


def test_today_after_closing_time_is_refused_with_the_hour_that_is_over(scene, held):
    scene.later(hours=9)
    with pytest.raises(BadInput, match="今天 17:30 已经过了"):
        says(scene, *held, until="2026-03-02")


def test_a_day_alone_means_its_closing_time():
    assert promises.until("due_at", "2026-03-02", MONDAY, CLOSES) == MONDAY.replace(hour=17, minute=30)


async def test_over_http_a_date_makes_a_promise_and_a_wrong_one_is_named(desk, http):
    await desk.add_user("wang")
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    day = f"{desk.app[keys.CLOCK].now().year + 1}-03-04"
    async with desk.logged_in("wang") as wang:
        path = f"/api/conversations/{(await wang.get('/api/queue'))[1]['waiting'][0]['id']}"
        await wang.post(f"{path}/claim")
        for wrong in ("soon", *BEYOND):
            for where, field in (("messages", "promise_until"), ("notes", "promise_until"), ("promises", "due_at")):
                status, refusal = await wang.post(f"{path}/{where}", text="会修", **{field: wrong})
                assert (status, refusal["code"], refusal["field"]) == (400, "bad_input", field)
        assert (await wang.post(f"{path}/messages", text="会修", client_id="a", promise_until=day))[0] == 201
        assert (await wang.post(f"{path}/notes", text="已报修", promise_until=day))[0] == 201
        assert (await wang.post(f"{path}/promises", text="回访", due_at=day))[0] == 201
        _, packet = await wang.get(path)
        assert {"会修", "已报修", "回访"} <= {promise["text"] for promise in packet["promises"]}
        assert [m["text"] for m in packet["messages"] if m["from"] == "human" and m["state"] == "sent"] == ["会修"]
