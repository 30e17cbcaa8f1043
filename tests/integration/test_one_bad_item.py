"""One item that cannot be taken in, or one conversation that the clockwork stumbles over, stops nothing but itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.channels.message import Inbound
from handoff.domain.clock import FixedClock
from handoff.domain.errors import Unavailable
from handoff.service import attachments, attempts, phoning, queue, set_aside, silence, unfinished
from handoff.service.intake import Accepted
from handoff.store import schema
from handoff.store.schema import inbound
from handoff.workers import pulling
from handoff.workers.housekeeping import Housekeeping
from tests.support.bell import Bell
from tests.support.desk import running_desk
from tests.support.street import EVERYTHING
from tests.support.town import Town

BAD, LAMP = "这句话怎么也存不下来", "路灯坏了"
CRY = "我不想活了，药都准备好了"
BAD_ONE = "resident-13"


def stumbles(tx) -> None:
    raise KeyError(BAD)


def is_unfit(tx) -> None:
    """A row that neither database takes; PostgreSQL tells its words with the refusal."""
    tx.connection.execute(insert(inbound).values(account=None, key=BAD))


class Uneasy(Bell):
    """A desk at which storing what `BAD_ONE` says fails by `fails`, whatever was stored with it."""

    fails = staticmethod(stumbles)

    async def _accept(self, inbound: Inbound, kind: str, raw: bytes | None, limited: bool) -> Accepted:
        if inbound.sender == BAD_ONE:
            await self._desk.ledger.write(self.fails)
        return await super()._accept(inbound, kind, raw, limited)

    async def kept(self) -> list:
        def read(tx) -> list:
            found = tx.conversations.find(self._desk.name, BAD_ONE)
            return tx.messages.after(found.id, 0) if found else []

        return await self._desk.ledger.read(read)


async def page_with_a_bad_one(make, words: str = BAD) -> tuple:
    desk = await make("wecom_kf")
    bell = Uneasy(desk)
    await bell.rings()  # the account is no new one
    bell.platform.text(BAD_ONE, words)
    bell.platform.text(desk.resident, LAMP)
    return desk, bell


@pytest.mark.parametrize("fails", [stumbles, is_unfit])
async def test_a_pulled_message_that_cannot_be_taken_in_is_a_persons_and_the_next_is_taken(make, caplog, fails):
    desk, bell = await page_with_a_bad_one(make)
    bell.platform.text(desk.resident, "还没有人来")  # of a page behind it
    desk.stub.page, bell.fails = 2, fails
    await bell.rings()
    assert await bell.stored() == [LAMP, "还没有人来"]
    (kept,) = await bell.kept()
    assert (kept.sender, kept.kind, kept.text, kept.data["silent"]) == ("resident", "unknown", BAD, True)
    assert [kind for kind, _ in await desk.tasks()] == ["unread"]
    assert BAD not in caplog.text and BAD not in str(await desk.tasks())
    assert "cannot be taken in" in caplog.text


async def test_a_pushed_message_that_the_database_will_never_take_is_acknowledged_and_a_persons(
    tmp_path, database, http
):
    """Refused, it would come twice more and be gone."""
    Town.write_accounts(tmp_path)
    town = Town(http)
    async with running_desk(tmp_path, database) as (desk, _):
        store, desk.ledger.write_together = desk.ledger.write_together, unfit_together(desk.ledger)
        assert await town.deliver(desk.base, "mini", town.sides["mini"].text(BAD_ONE, CRY)) == 200
        desk.ledger.write_together = store
        assert await town.deliver(desk.base, "mini", town.sides["mini"].text("resident-14", LAMP)) == 200
        conversation = await desk.ledger.read(lambda tx: tx.conversations.find("mini", BAD_ONE))
        (kept,) = await desk.ledger.read(lambda tx: tx.messages.after(conversation.id, 0))
        tasks = await desk.ledger.read(lambda tx: tx.records.open_tasks(EVERYTHING))
        pages = await desk.ledger.read(lambda tx: tx.connection.execute(select(schema.pages)).fetchall())
    assert (kept.kind, kept.text) == ("unknown", CRY)
    assert [task["kind"] for task in tasks] == ["unread"]
    assert [page.conversation_id for page in pages] == [conversation.id]


def unfit_together(ledger):
    """Storing fails as it does for what the database refuses for ever."""

    async def write(*_):
        return await ledger.write(is_unfit)

    return write


async def test_its_payload_is_kept_sealed_and_nobody_is_asked_about_it_twice(make):
    desk, bell = await page_with_a_bad_one(make)
    await bell.rings()
    await desk.ledger.write(lambda tx: tx.records.save_cursor(f"{desk.name}:wk99000001", ""))
    await bell.rings()
    rows = await desk.ledger.read(lambda tx: tx.connection.execute(select(inbound)).fetchall())
    assert len(rows) == 2
    assert all(row.raw and BAD.encode() not in row.raw for row in rows)
    assert len(await bell.kept()) == len(await desk.tasks()) == 1


async def test_the_resident_of_a_message_that_cannot_be_taken_in_can_be_written_to(make):
    desk, bell = await page_with_a_bad_one(make)
    await bell.rings()
    current = await desk.ledger.read(lambda tx: tx.conversations.find(desk.name, BAD_ONE))
    assert (current.owner, current.window_event, current.resident_seq) == ("bot", "message", 0)


async def test_danger_in_a_message_that_cannot_be_taken_in_calls_somebody(make):
    desk, bell = await page_with_a_bad_one(make, CRY)
    await bell.rings()
    (kept,) = await bell.kept()
    pages = await desk.ledger.write(lambda tx: tx.records.take_pages(desk.clock.now(), desk.clock.now()))
    assert [page["conversation_id"] for page in pages] == [kept.conversation_id]


async def test_words_that_cannot_be_stored_at_all_are_left_in_the_payload_alone(make, monkeypatch):
    desk, bell = await page_with_a_bad_one(make)
    keep = set_aside.keep
    monkeypatch.setattr(set_aside, "keep", lambda tx, one, *rest: stumbles(tx) if one.text else keep(tx, one, *rest))
    await bell.rings()
    (kept,) = await bell.kept()
    assert (kept.kind, kept.text) == ("unknown", "")
    assert await bell.stored() == [LAMP]


async def test_where_not_even_its_payload_can_be_kept_a_person_is_told_and_the_next_is_taken(make, monkeypatch):
    desk, bell = await page_with_a_bad_one(make)
    monkeypatch.setattr(set_aside, "keep", lambda tx, *_: stumbles(tx))
    await bell.rings()
    assert await bell.stored() == [LAMP]
    ((kind, text),) = await desk.tasks()
    assert (kind, desk.name in text) == ("unread", True)


async def test_a_ledger_that_is_away_still_stops_the_page_before_the_cursor(make, monkeypatch):
    monkeypatch.setattr(pulling, "TRIES", 0)
    desk, bell = await page_with_a_bad_one(make)

    def away(tx) -> None:
        raise Unavailable()

    bell.fails = away
    with pytest.raises(Unavailable):
        await bell.rings()
    assert (await bell.stored(), await bell.kept(), await desk.tasks()) == ([], [], [])
    assert await desk.ledger.read(lambda tx: tx.records.cursor(f"{desk.name}:wk99000001")) == "0"
    bell.fails = lambda tx: None
    await bell.rings()
    assert (await bell.stored(), [message.text for message in await bell.kept()]) == ([LAMP], [BAD])


async def test_a_servicer_whose_going_off_duty_cannot_be_noted_stops_no_message_behind(make, monkeypatch):
    desk = await make("wecom_kf")
    bell = Bell(desk)
    gone = {"event_type": "servicer_status_change", "servicer_userid": "zhangsan", "status": 2}
    bell.platform.mailbox.append({"msgid": "duty-1", "origin": 4, "msgtype": "event", "event": gone})
    bell.platform.text(desk.resident, LAMP)
    monkeypatch.setattr(pulling.happenings, "off_duty", lambda tx, *_: stumbles(tx))
    desk.stub.page = 1
    await bell.rings()
    assert await bell.stored() == [LAMP]
    assert [kind for kind, _ in await desk.tasks()] == ["unread"]


# The clockwork.


def keeps_house(scene) -> None:
    days = timedelta(days=30)
    asyncio.run(Housekeeping(scene.ledger, scene.office, days, days, days, FixedClock(scene.now)).once())


def fails_for(conversation: int, work):
    """`work`, as long as it is not done for this conversation."""

    def done(tx, *args):
        if conversation in args:
            raise KeyError(BAD)
        return work(tx, *args)

    return done


def unanswered_danger(scene) -> int:
    """Somebody in danger for whom somebody was called ten minutes ago, and nobody has come."""
    danger = scene.says("r-danger", CRY)
    for page in scene.do(lambda tx: tx.records.take_pages(scene.now, scene.now)):
        scene.do(lambda tx, id=page["id"]: tx.records.page_delivered(id, scene.now))
    scene.later(minutes=10)
    return danger


def called_again(scene) -> list[int]:
    pages = scene.do(lambda tx: tx.records.take_pages(scene.now, scene.now))
    return [page["conversation_id"] for page in pages]


def test_a_conversation_that_cannot_be_given_back_keeps_no_other_from_it(scene, monkeypatch, caplog):
    wang = scene.user("wang")
    bad, good = scene.waits("r1"), scene.waits("r2")
    for one in (bad, good):
        scene.claim(wang, one)
    scene.later(hours=2)
    monkeypatch.setattr(silence, "give_back", fails_for(bad, silence.give_back))
    keeps_house(scene)
    assert [scene.conversation(one).owner for one in (bad, good)] == ["user:wang", "queue"]
    assert BAD not in caplog.text and "KeyError" in caplog.text


@pytest.mark.parametrize("work", ["page_again", "widen"])
def test_one_who_waits_and_whose_turn_fails_keeps_no_other_from_theirs(scene, monkeypatch, work):
    scene.user("lawyer", "caseworker", None, "law")
    dangers = [unanswered_danger(scene), scene.says("r-2", CRY)]
    narrow = [scene.waits("r1", "mediation"), scene.waits("r2", "mediation")]
    for page in scene.do(lambda tx: tx.records.take_pages(scene.now, scene.now)):
        scene.do(lambda tx, id=page["id"]: tx.records.page_delivered(id, scene.now))
    scene.later(minutes=12)
    bad = (dangers if work == "page_again" else narrow)[0]
    monkeypatch.setattr(queue, work, fails_for(bad, getattr(queue, work)))
    keeps_house(scene)
    assert called_again(scene) == [one for one in dangers if one != bad]
    assert [one for one in narrow if scene.conversation(one).reach] == [one for one in narrow if one != bad]


STEPS = [
    (silence, "held"), (unfinished, "waiting"), (queue, "narrow"), (phoning, "forget"), (attempts, "give_up_held"),
    (attachments, "forget"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "step"), STEPS)
def test_whatever_step_of_the_clockwork_fails_all_others_are_done(scene, monkeypatch, module, step):
    wang = scene.user("wang")
    scene.user("lawyer", "caseworker", None, "law")
    unread, danger = scene.says("r0", "你好"), unanswered_danger(scene)
    held, narrow = scene.waits("r1"), scene.waits("r2", "mediation")
    scene.claim(wang, held)
    scene.later(weeks=8)
    monkeypatch.setattr(module, step, lambda tx, *_: stumbles(tx))
    keeps_house(scene)
    assert danger in called_again(scene)
    assert (scene.conversation(held).owner == "queue") == (step != "held")
    assert bool(scene.conversation(narrow).reach) == (step != "narrow")
    assert scene.messages(unread) == []  # the chats of two months ago, deleted at the very end


def test_somebody_in_danger_is_called_for_before_anything_else_is_seen_to(scene, monkeypatch):
    unanswered_danger(scene)
    order, find, page = [], silence.held, queue.page_again
    monkeypatch.setattr(silence, "held", lambda tx: (order.append("held"), find(tx))[1])
    monkeypatch.setattr(queue, "page_again", lambda tx, *args: (order.append("page"), page(tx, *args))[1])
    keeps_house(scene)
    assert order == ["page", "held"]
