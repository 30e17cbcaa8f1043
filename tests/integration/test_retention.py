"""What is kept, how, and for how long: raw payloads sealed and forgotten, chats only as the operator decided."""

import asyncio
import json
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from bot.channels.fields import to_inbound
from handoff.domain.clock import FixedClock
from handoff.service import intake, ownership, retention
from handoff.store.schema import audit, inbound, messages
from handoff.store.vault import Vault
from handoff.web import keys
from handoff.workers.housekeeping import Housekeeping
from tests.support.desk import Resident, running_desk

KEPT = timedelta(days=30)


def keep_house(scene, raw_kept=timedelta(days=7), chat_kept=None):
    clock = FixedClock(scene.now)
    asyncio.run(Housekeeping(scene.ledger, scene.office, raw_kept, timedelta(days=30), chat_kept, clock).once())


def stored(scene, table):
    return scene.ledger.read_now(lambda tx: tx.connection.execute(select(table)).fetchall())


def pushed(scene, raw=None, **fields):
    """One push of the 公众号."""
    at = str(int(scene.now.timestamp()))
    found = to_inbound("oa", {"FromUserName": "o-1", "CreateTime": at, "MsgType": "event", **fields})
    return scene.do(intake.accept, scene.office, found, "wechat", raw, None, scene.now)


def test_events_without_an_id_are_told_apart_by_sender_time_type_and_key(scene):
    first = pushed(scene, Event="CLICK", EventKey="report")
    assert pushed(scene, Event="CLICK", EventKey="report").duplicate
    other = [
        pushed(scene, Event="CLICK", EventKey="progress"),
        pushed(scene, Event="VIEW", EventKey="report"),
        pushed(scene, Event="CLICK", EventKey="report", FromUserName="o-2"),
    ]
    assert not any(one.duplicate for one in (first, *other))
    scene.later(seconds=1)
    assert not pushed(scene, Event="CLICK", EventKey="report").duplicate


def test_the_raw_payload_rests_sealed_and_is_forgotten_in_time_while_the_message_stays(scene):
    pushed(scene, b"<xml>o-1 says</xml>", MsgType="text", MsgId="1", Content="路灯坏了")
    (row,) = stored(scene, inbound)
    assert b"o-1 says" not in row.raw
    scene.later(days=6)
    keep_house(scene)
    assert stored(scene, inbound)[0].raw is not None
    scene.later(days=1, seconds=1)
    keep_house(scene)
    assert stored(scene, inbound)[0].raw is None
    assert [m.text for m in scene.messages(1)] == ["路灯坏了"]
    assert pushed(scene, MsgType="text", MsgId="1", Content="路灯坏了").duplicate


def test_as_long_as_the_operator_has_not_decided_nothing_is_deleted_and_the_report_says_so(scene):
    scene.says("r1", "你好")
    scene.later(days=4000)
    keep_house(scene)
    assert len(scene.messages(1)) == 2
    shown = scene.ledger.read_now(retention.report, None, timedelta(days=7), scene.now)
    assert (shown["chat_kept_days"], shown["purges"]) == (None, [])


def test_a_purge_counts_what_it_deleted_and_what_is_left_in_the_audit_log(scene):
    old = scene.says("r1", "你好")
    scene.later(days=31)
    new = scene.says("r2", "你好")
    keep_house(scene, chat_kept=KEPT)
    assert (scene.messages(old), len(scene.messages(new))) == ([], 2)
    (logged,) = scene.audited(action=retention.ACTION)
    counted = {name: logged["detail"][name] for name in ("conversations", "messages", "inbound", "left", "in_work")}
    assert counted == {"conversations": 1, "messages": 2, "inbound": 1, "left": 0, "in_work": 0}
    keep_house(scene, chat_kept=KEPT)
    assert len(scene.audited(action=retention.ACTION)) == 1


def test_what_somebody_still_works_on_is_kept_until_it_is_done(scene):
    wang = scene.user("wang")
    waiting, held = scene.waits("r1"), scene.waits("r2")
    scene.claim(wang, held)
    scene.writes(wang, held)
    filed = scene.says("r3", "幸福小区3号楼的路灯坏了")
    scene.says("r3", "对，就这样")
    scene.later(days=31)
    keep_house(scene, chat_kept=KEPT)
    assert all(scene.messages(one) for one in (waiting, held, filed))
    shown = scene.ledger.read_now(retention.report, KEPT, timedelta(days=7), scene.now)
    assert (shown["older"], shown["older_in_work"] > 0) == (0, True)
    scene.do(ownership.resolve, wang, held, "solved", None, scene.now)
    keep_house(scene, chat_kept=KEPT)
    assert [m.text for m in scene.messages(held) if m.at < scene.now] == []


def test_what_comes_back_after_a_purge_gets_a_number_of_its_own(scene):
    conversation = scene.says("r1", "你好")
    scene.later(days=31)
    keep_house(scene, chat_kept=KEPT)
    scene.says("r1", "又来了")
    assert [m.seq for m in scene.messages(conversation)] == [3, 4]


@pytest.mark.parametrize("change", [update(audit).values(actor="nobody"), delete(audit)], ids=["update", "delete"])
def test_the_database_itself_refuses_to_change_the_audit_log(scene, change):
    scene.user("wang")
    with pytest.raises(DBAPIError):
        scene.do(lambda tx: tx.connection.execute(change))
    assert [row["actor"] for row in scene.audited()] == ["operator"]


def test_the_words_are_gone_from_the_database_not_only_from_sight(scene):
    scene.says("r1", "你好")
    scene.later(days=31)
    keep_house(scene, chat_kept=KEPT)
    assert stored(scene, messages) == []


async def test_what_the_web_page_sent_rests_sealed_too_and_without_the_key_to_the_conversation(tmp_path, database):
    async with running_desk(tmp_path, database) as (desk, _), ClientSession() as http:
        resident = await Resident.arrives(desk.base, http)
        await resident.says("路灯坏了", "m-1")
        raw = await desk.ledger.read(lambda tx: tx.connection.execute(select(inbound.c.raw)).scalar())
        vault = Vault(desk.app[keys.SETTINGS].secret_key)
    assert raw and "路灯坏了".encode() not in raw and b"session" not in raw
    assert json.loads(vault.open(raw)) == {"message_id": "m-1", "text": "路灯坏了"}  # an export opens it
