"""A resident has their data deleted: no word and no name of theirs is left in any table, and what the law needs is."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff.domain.errors import BadInput, IllegalMove, NotFound
from handoff.domain.models import dialogue
from handoff.service import attachments, call_backs, cases, erasing, ownership, promises, turns
from handoff.store.erasure import ERASED
from handoff.store.schema import attachment_parts, metadata, outbox

from .test_bot_memory import remembered, remembers, shared  # noqa: F401 (a fixture)
from .test_desks_that_meet import desks, meets  # noqa: F401 (a fixture)
from .test_links import code_in

WHO = "openid-of-one"
# What only this resident, or somebody about this resident, has said.
OWN = ("路灯坏了", "3号楼", "尾号 1111", "尹长根", WHO, "0号床")


def lives(scene, who=WHO, account="oa", channel="wechat"):
    """A resident who has left traces in every table, all of it settled; returns the conversation and the case."""
    wang, conversation = scene.user("wang"), scene.says(who, "幸福小区3号楼的路灯坏了", account, channel)
    scene.says(who, "对，就这样", account, channel)
    scene.do(
        lambda tx: call_backs.request(tx, scene.office, tx.conversations.get(conversation), "13800001111", scene.now)
    )
    scene.do(with_a_picture, conversation, scene.now)
    scene.says(who, "关联账号", account, channel)
    other = scene.says("w-1", f"关联{code_in(scene, conversation)}")
    scene.says(who, "转人工", account, channel)
    scene.claim(wang, conversation)
    number = scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=conversation)[0].number)
    until = (scene.now + timedelta(days=3)).isoformat()
    scene.do(promises.make, wang, conversation, "给尹长根换灯泡", until, scene.now)
    scene.do(cases.record_event, number, "wang", "note", "找尹长根", {"to": "0号床"}, scene.now)
    scene.do(ownership.resolve, wang, conversation, "solved", None, scene.now)
    return conversation, number, other


def with_a_picture(tx, conversation, now):
    tx.attachments.add(conversation, 1, "oa", "media", "image", now)
    (one,) = tx.attachments.take_due(now, now, 1)
    tx.attachments.add_part(one, 0, b"picture")
    attachments.stored(tx, one, type("Found", (), {"content_type": "image/png", "size": 7}), now)


def everything(scene):
    """Every row of every table but the audit log, as text."""

    def read(tx):
        return {
            t.name: str(tx.connection.execute(select(t)).fetchall())
            for t in metadata.sorted_tables
            if t.name != "audit"
        }

    return scene.ledger.read_now(read)


def erases(scene, account="oa", sender=WHO, number=None):
    return scene.do(erasing.erase, account, sender, number, scene.now)


def test_no_word_and_no_name_of_the_resident_is_left_in_any_table(scene, shared):  # noqa: F811
    conversation, _, other = lives(scene)
    remembers(shared, dialogue(conversation, 1), scene.now)
    remembers(shared, dialogue(other, 1), scene.now)
    assert all(any(word in rows for rows in everything(scene).values()) for word in OWN)
    done = erases(scene)
    left = everything(scene)
    assert [(name, word) for name, rows in left.items() for word in OWN if word in rows] == []
    assert (left["links"], left[attachment_parts.name], left["tasks"]) == ("[]", "[]", "[]")
    assert remembered(shared) == [dialogue(other, 1)]
    assert (scene.messages(conversation), len(scene.messages(other)) > 0) == ([], True)
    assert done.linked == [other] and str(other) in done.in_words


def test_the_register_keeps_the_cases_by_number_category_and_dates(scene):
    _, number, _ = lives(scene)
    before = scene.ledger.read_now(lambda tx: tx.cases.get(number))
    erases(scene)
    after, events = scene.ledger.read_now(lambda tx: (tx.cases.get(number), tx.cases.events(number)))
    assert (after.description, after.place, after.unit) == (ERASED, None, None)
    for name in ("number", "type", "category", "status", "outcome", "created_at", "due_at", "closed_at", "area"):
        assert getattr(after, name) == getattr(before, name)
    assert [event["kind"] for event in events] == ["registered", "note", "close"]
    assert [event["data"] for event in events] == [{}, {}, {"outcome": "solved"}]


def test_the_audit_log_stays_and_says_what_was_erased_and_not_of_whom(scene):
    conversation, _, _ = lives(scene)
    before = scene.audited()
    gone = erases(scene).gone
    (logged,) = scene.audited(action=erasing.ACTION)
    assert (logged["actor"], logged["target"], logged["detail"]) == ("operator", str(conversation), gone)
    assert scene.audited()[1:] == before and WHO not in str(logged)
    assert (gone["cases"], gone["attachments"], gone["tasks"], gone["links"]) == (1, 1, 1, 1)


def test_who_comes_again_is_somebody_new(scene):
    conversation, _, _ = lives(scene)
    erases(scene, None, None, conversation)
    again = scene.says(WHO, "你好", "oa", "wechat")
    assert again != conversation
    owned = scene.ledger.read_now(lambda tx: tx.cases.of_resident(tx.conversations.get(again).resident_id))
    assert owned == []


def test_what_somebody_still_works_on_is_not_erased(scene):
    waiting = scene.waits("r1")
    with pytest.raises(IllegalMove, match="排队"):
        erases(scene, "web", "r1")
    open_case = scene.says("r2", "幸福小区3号楼的路灯坏了")
    scene.says("r2", "对，就这样")
    number = scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=open_case)[0].number)
    with pytest.raises(IllegalMove, match=number):
        erases(scene, None, None, open_case)
    assert scene.messages(waiting) and scene.messages(open_case)
    assert scene.audited(action=erasing.ACTION) == []


def test_what_is_under_way_is_not_erased_under_its_hands(scene):
    conversation = scene.says("o-1", "你好", "oa", "wechat")
    lease = {"state": "sending", "lease_until": scene.now + timedelta(minutes=1)}
    scene.do(lambda tx: tx.connection.execute(outbox.update().values(**lease)))
    with pytest.raises(IllegalMove, match="几分钟"):
        erases(scene, "oa", "o-1")
    scene.later(minutes=2)
    erases(scene, "oa", "o-1")
    scene.says("r2", "你好")
    turn = scene._turn("r2", "路灯坏了")
    with pytest.raises(IllegalMove, match="几分钟"):
        erases(scene, "web", "r2")
    scene.do(turns.fail, scene.office, turn, scene.now)
    assert scene.messages(conversation) == []


@pytest.mark.parametrize("who", [("oa", None, None), (None, None, None), ("oa", WHO, 1), (None, WHO, None)])
def test_whom_is_to_be_named_in_one_way_and_exactly(scene, who):
    with pytest.raises(BadInput):
        erases(scene, *who)


@pytest.mark.parametrize("who", [("oa", "nobody", None), ("web", WHO, None), (None, None, 4711)])
def test_nobody_else_is_erased_by_mistake(scene, who):
    lives(scene)
    with pytest.raises(NotFound):
        erases(scene, *who)


@pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="TEST_DATABASE_URL is not set")
def test_a_message_that_meets_the_erasure_is_not_lost_in_it(desks):  # noqa: F811
    one, two = desks
    erased = one.says("r1", "你好")
    two.says("r2", "你好")
    done, met = meets(one, lambda tx: erasing.erase(tx, "web", "r1", None, one.now), lambda: two.says("r1", "路灯坏了"))
    assert done.conversation_id == erased != met
    assert [message.text for message in one.messages(met)][0] == "路灯坏了"
    assert one.conversation(met).account == "web"
