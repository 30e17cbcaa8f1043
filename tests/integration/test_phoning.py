"""What came of a call: nobody answered, and the task stays; what was noted by a slip is taken back for a short while."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff.domain.clock import FixedClock
from handoff.domain.deadlines import UNDO
from handoff.domain.errors import Forbidden, IllegalMove, NotFound
from handoff.service import call_backs, phoning, promises, reaching
from handoff.store.ledger import Ledger, make_engine
from handoff.store.migrate import migrate
from handoff.store.schema import call_tries, tasks
from handoff.store.transfer import export_all, import_all
from handoff.store.vault import Vault
from handoff.workers.housekeeping import Housekeeping
from tests.support.scene import Scene

from .test_call_backs import PHONE, open_tasks
from .test_desks_that_meet import desks, meets  # noqa: F401 (desks: a fixture)
from .test_desks_that_meet import pytestmark as needs_postgresql

MOVES = ("task_done", "task_reopened", "call_tried", "call_untried")
# The words of a resident after which an earlier call is not to be made again.
LATER_WORDS = ["不用回电话了", "给我回个电话 19900000001"]


@pytest.fixture
def called(scene):
    """(wang, conversation, task): a call that a resident asked for, the only task there is."""
    wang, conversation = scene.user("wang"), scene.says("r1", f"给我回个电话，{PHONE}")
    (task,) = open_tasks(scene, wang)
    return wang, conversation, task


def tried(scene, user, task) -> int:
    return scene.do(phoning.tried, user, task["id"], scene.now)


def done(scene, user, task) -> bool:
    return scene.do(call_backs.finish, user, task["id"], scene.now)


def reopened(scene, user, task) -> bool:
    return scene.do(phoning.reopen, user, task["id"], scene.now)


def taken_back(scene, user, noted: int) -> None:
    scene.do(phoning.take_back, user, noted, scene.now)


def keep_house(scene) -> None:
    days = timedelta(days=30)
    asyncio.run(Housekeeping(scene.ledger, scene.office, days, days, None, FixedClock(scene.now)).once())


def rows(scene, table) -> list[dict]:
    found = scene.ledger.read_now(lambda tx: tx.connection.execute(select(table)).fetchall())
    return [dict(row._mapping) for row in found]


def promised(scene, conversation: int) -> dict:
    (promise,) = scene.ledger.read_now(lambda tx: tx.promises.of(conversation))
    return promise


def moves(scene) -> list[tuple]:
    """(who, what, in which conversation, which task) of what is in the log about tasks, the earliest first."""
    logged = [row for row in reversed(scene.audited()) if row["action"] in MOVES]
    return [(row["actor"], row["action"], row["target"], row["detail"]["task"]) for row in logged]


# ── nobody answered ──


def test_a_call_that_nobody_answered_stays_in_its_place_with_the_number_of_tries_and_the_last_time(scene, called):
    wang, _, task = called
    scene.says("r2", "给我回个电话 19900000002")
    before = open_tasks(scene, wang)
    for user in (wang, scene.user("li")):
        scene.later(minutes=20)
        tried(scene, user, task)
    first, second = open_tasks(scene, wang)
    assert (task["tries"], task["tried_at"]) == (0, None)
    assert first == before[0] | {"tries": 2, "tried_at": first["tried_at"]}
    assert first["tried_at"].startswith("2026-03-02T02:10")  # 10:10 in China
    assert second == before[1]
    assert [(row["by"], row["task_id"]) for row in rows(scene, call_tries)] == [("wang", 1), ("li", 1)]


def test_a_call_that_nobody_answered_is_still_owed_and_its_number_still_there(scene, called):
    wang, conversation, task = called
    owed = promised(scene, conversation)
    tried(scene, wang, task)
    assert promised(scene, conversation) == owed
    assert scene.do(call_backs.reveal, wang, task["id"], scene.now) == {"phone": PHONE}
    scene.later(days=3)
    assert promises.is_broken(promised(scene, conversation), scene.now)


def test_the_resident_is_told_of_no_try_no_call_and_no_slip(scene, called):
    wang, conversation, task = called
    told = scene.told(conversation)
    taken_back(scene, wang, tried(scene, wang, task))
    tried(scene, wang, task)
    done(scene, wang, task)
    reopened(scene, wang, task)
    assert scene.told(conversation) == told


def test_a_resident_who_cannot_be_written_to_may_not_be_reached_by_telephone_either(scene):
    wang, conversation = scene.user("wang"), scene.says("r1", "你好")
    scene.do(reaching.ask_person, conversation, "call", "回复窗口已关闭", scene.now)
    (task,) = open_tasks(scene, wang)
    tried(scene, wang, task)
    assert [one["tries"] for one in open_tasks(scene, wang)] == [1]


def test_what_is_no_call_cannot_go_unanswered(scene):
    wang, conversation = scene.user("wang"), scene.says("r1", "你好")
    scene.do(reaching.ask_person, conversation, "undelivered", "窗口已关", scene.now)
    (task,) = open_tasks(scene, wang)
    with pytest.raises(IllegalMove, match=phoning.NO_CALL):
        tried(scene, wang, task)
    assert rows(scene, call_tries) == []


def test_of_a_call_that_a_colleague_has_made_no_try_is_noted(scene, called):
    wang, _, task = called
    done(scene, scene.user("li"), task)
    with pytest.raises(IllegalMove, match=phoning.DONE_ALREADY):
        tried(scene, wang, task)
    assert rows(scene, call_tries) == []


def test_a_new_number_has_not_been_tried(scene, called):
    wang, _, task = called
    tried(scene, wang, task)
    scene.says("r1", "给我回个电话 19900000001")
    assert [(one["phone"], one["tries"]) for one in open_tasks(scene, wang)] == [("199****0001", 0)]


# ── taken back ──


def test_a_try_that_is_taken_back_leaves_the_task_as_it_was(scene, called):
    wang, _, task = called
    tried(scene, wang, task)
    scene.later(minutes=20)
    before = open_tasks(scene, wang)
    noted = tried(scene, wang, task)
    taken_back(scene, wang, noted)
    assert open_tasks(scene, wang) == before
    with pytest.raises(NotFound):
        taken_back(scene, wang, noted)
    assert open_tasks(scene, wang) == before


def test_a_task_that_is_opened_again_is_as_it_was_with_its_number_and_its_promise(scene, called):
    wang, conversation, task = called
    tried(scene, wang, task)
    before, owed, row = open_tasks(scene, wang), promised(scene, conversation), rows(scene, tasks)
    done(scene, wang, task)
    scene.later(minutes=1)
    assert reopened(scene, wang, task)
    assert (open_tasks(scene, wang), promised(scene, conversation), rows(scene, tasks)) == (before, owed, row)
    assert scene.do(call_backs.reveal, wang, task["id"], scene.now) == {"phone": PHONE}
    assert not reopened(scene, wang, task)  # it is open anyway
    assert done(scene, wang, task)


def test_any_task_that_was_done_by_a_slip_can_be_opened_again(scene):
    wang, conversation = scene.user("wang"), scene.says("r1", "你好")
    scene.do(reaching.ask_person, conversation, "undelivered", "窗口已关", scene.now)
    scene.do(lambda tx: tx.records.add_task(None, "backlog", "微信客服攒了很多消息。", scene.now))
    before = open_tasks(scene, wang)
    for task in before:
        done(scene, wang, task)
        assert reopened(scene, wang, task)
    assert open_tasks(scene, wang) == before


def test_every_move_is_in_the_log_also_what_was_taken_back(scene, called):
    wang, conversation, task = called
    taken_back(scene, wang, tried(scene, wang, task))
    done(scene, wang, task)
    assert not done(scene, wang, task)
    reopened(scene, wang, task)
    assert not reopened(scene, wang, task)
    expected = ("call_tried", "call_untried", "task_done", "task_reopened")
    assert moves(scene) == [("wang", action, str(conversation), task["id"]) for action in expected]


def test_only_who_noted_it_takes_it_back(scene, called):
    wang, _, task = called
    boss, noted = scene.user("boss", "supervisor"), tried(scene, wang, task)
    with pytest.raises(Forbidden, match=phoning.NOT_YOURS):
        taken_back(scene, boss, noted)
    done(scene, wang, task)
    with pytest.raises(Forbidden, match=phoning.NOT_YOURS):
        reopened(scene, boss, task)
    assert (len(rows(scene, call_tries)), open_tasks(scene, wang)) == (1, [])


def test_after_a_short_while_it_stays_as_it_was_noted(scene, called):
    wang, _, task = called
    noted = tried(scene, wang, task)
    done(scene, wang, task)
    scene.now += UNDO
    with pytest.raises(IllegalMove, match=phoning.TOO_LATE):
        taken_back(scene, wang, noted)
    with pytest.raises(IllegalMove, match=phoning.TOO_LATE):
        reopened(scene, wang, task)
    assert open_tasks(scene, wang) == []


def test_who_may_not_see_the_matter_notes_nothing_and_takes_nothing_back(scene):
    here, there = scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    conversation = scene.lives("r1", "幸福社区")
    scene.says("r1", f"给我回个电话 {PHONE}")
    (task,) = open_tasks(scene, here)
    noted = tried(scene, here, task)
    done(scene, here, task)
    scene.do(lambda tx: tx.conversations.set(conversation, area="桂花社区"))
    for user in (here, there):
        for move in (phoning.tried, phoning.reopen):
            with pytest.raises(NotFound):
                scene.do(move, user, task["id"], scene.now)
        with pytest.raises(NotFound):
            taken_back(scene, user, noted)


# ── the promise and the number ──


def test_a_promise_that_is_owed_again_is_owed_by_who_has_the_conversation_by_now(scene, called):
    wang, conversation, task = called
    done(scene, wang, task)
    scene.claim(scene.user("li"), conversation)
    assert promised(scene, conversation)["owner"] == promises.OFFICE
    reopened(scene, wang, task)
    assert promised(scene, conversation)["owner"] == "li"


def test_a_promise_that_was_kept_otherwise_stays_kept(scene, called):
    wang, conversation, task = called
    scene.do(promises.kept, wang, promised(scene, conversation)["id"], scene.now)
    scene.later(minutes=1)
    kept = promised(scene, conversation)
    done(scene, wang, task)
    reopened(scene, wang, task)
    assert promised(scene, conversation) == kept


def test_the_number_that_was_called_is_laid_aside_sealed_and_shown_to_nobody(scene, called):
    wang, _, task = called
    done(scene, wang, task)
    (row,) = rows(scene, tasks)
    assert row["undo_phone"] and PHONE.encode() not in row["undo_phone"]
    with pytest.raises(NotFound):
        scene.do(call_backs.reveal, wang, task["id"], scene.now)


def test_once_the_call_can_no_longer_be_taken_back_its_number_is_nowhere(scene, called):
    wang, _, task = called
    done(scene, wang, task)
    scene.now += UNDO - timedelta(seconds=1)
    keep_house(scene)
    assert rows(scene, tasks)[0]["undo_phone"]
    scene.later(seconds=1)
    keep_house(scene)
    (row,) = rows(scene, tasks)
    assert (row["phone"], row["undo_phone"], row["undo_until"]) == (None, None, None)
    assert (row["done_by"], row["done_at"]) == ("wang", scene.now - UNDO)


@pytest.mark.parametrize("words", LATER_WORDS)
def test_what_the_resident_says_after_the_call_counts_and_the_old_number_is_gone_at_once(scene, called, words):
    wang, conversation, task = called
    done(scene, wang, task)
    scene.says("r1", words)
    assert rows(scene, tasks)[0]["undo_phone"] is None
    listed, told = open_tasks(scene, wang), scene.told(conversation)
    with pytest.raises(IllegalMove, match=phoning.ASKED_ANEW):
        reopened(scene, wang, task)
    assert (open_tasks(scene, wang), scene.told(conversation)) == (listed, told)


@pytest.mark.parametrize("words", LATER_WORDS)
def test_a_number_that_the_resident_took_back_is_not_kept_for_anything(scene, called, words):
    scene.says("r1", words)
    first = rows(scene, tasks)[0]
    assert (first["done_by"], first["phone"], first["undo_phone"]) == ("resident", None, None)


@needs_postgresql
def test_who_is_told_that_nobody_calls_is_not_called_although_a_slip_is_taken_back_meanwhile(desks):  # noqa: F811
    one, two = desks
    wang, conversation = one.user("wang"), one.says("r1", f"给我回个电话，{PHONE}")
    two._serial = 100
    (task,) = open_tasks(one, wang)
    done(one, wang, task)
    meets(one, lambda tx: phoning.reopen(tx, wang, task["id"], one.now), lambda: two.says("r1", "不用回电话了"))
    assert "不打电话了" in one.told(conversation)[-1]
    assert open_tasks(one, wang) == []


# ── what goes with the task ──


def test_the_tries_go_when_a_resident_is_erased_or_the_chat_is_old(scene):
    wang = scene.user("wang")
    for sender in ("r1", "r2"):
        conversation = scene.says(sender, f"给我回个电话，{PHONE}")
        tried(scene, wang, open_tasks(scene, wang)[-1])
    done(scene, wang, open_tasks(scene, wang)[0])
    erased = scene.do(lambda tx: tx.erasure.erase(tx.conversations.get(conversation), scene.now))
    assert (erased["tasks"], erased["call_tries"], len(rows(scene, call_tries))) == (1, 1, 1)
    old = scene.do(lambda tx: tx.retention.delete(1, scene.now + timedelta(days=1)))
    assert (old["tasks"], old["call_tries"], rows(scene, call_tries)) == (1, 1, [])


def test_an_export_takes_the_tries_along_and_a_slip_can_still_be_taken_back(scene, called, database, tmp_path):
    wang, _, task = called
    tried(scene, wang, task)
    before = open_tasks(scene, wang)
    done(scene, wang, task)
    engine, other = make_engine(database), f"sqlite:///{tmp_path / 'other.sqlite3'}"
    export_all(engine, "only-for-tests-0000", str(tmp_path / "out"))
    engine.dispose()
    elsewhere = make_engine(other)
    migrate(elsewhere)
    import_all(elsewhere, "another-key-0000000", str(tmp_path / "out"))
    elsewhere.dispose()
    there = Scene(ledger := Ledger(other, Vault("another-key-0000000")))
    assert reopened(there, wang, task)
    assert open_tasks(there, wang) == before
    ledger.close()
