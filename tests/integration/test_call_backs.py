"""「给我回个电话」: a task with a sealed number, a promise with a date, and nothing told twice."""

import pytest
from sqlalchemy import select

from handoff.domain.errors import NotFound
from handoff.service import call_backs, promises
from handoff.store.ledger import Ledger
from handoff.store.schema import tasks
from handoff.store.vault import Vault
from tests.support.scene import Scene

PHONE = "19900000000"


def open_tasks(scene, user):
    return scene.ledger.read_now(call_backs.listed, user)[0]


def older_tasks(scene, count: int) -> None:
    def add(tx):
        for number in range(count):
            tx.records.add_task(None, "backlog", f"第{number}项", scene.now)

    scene.do(add)
    scene.later(minutes=1)


def test_a_wish_with_a_number_is_a_task_with_the_number_sealed_and_masked(scene):
    wang = scene.user("wang")
    conversation = scene.says("r1", f"给我回个电话，{PHONE}")
    (task,) = open_tasks(scene, wang)
    assert (task["kind"], task["phone"], task["conversation"]) == ("call_back", "199****0000", conversation)
    at_rest = scene.ledger.read_now(lambda tx: tx.connection.execute(select(tasks)).first()._mapping)
    assert PHONE.encode() not in at_rest["phone"]
    assert PHONE not in at_rest["text"]
    assert "明天 17:30前" in scene.told(conversation)[-1]
    assert scene.bot.turns == []  # the desk understood it; the bot was not asked


def test_without_a_number_the_desk_asks_for_it_once_and_takes_the_bare_number(scene):
    wang = scene.user("wang")
    conversation = scene.says("r1", "能不能给我打个电话")
    assert open_tasks(scene, wang) == []
    assert "请直接回复号码" in scene.told(conversation)[-1]
    scene.says("r1", PHONE)
    assert [task["phone"] for task in open_tasks(scene, wang)] == ["199****0000"]


def test_a_matter_told_with_the_wish_still_reaches_the_bot(scene):
    wang = scene.user("wang")
    conversation = scene.says("r1", f"幸福小区3号楼的路灯坏了，给我回个电话 {PHONE}")
    assert len(open_tasks(scene, wang)) == 1
    assert any("我记的是" in text for text in scene.told(conversation))


def test_a_complaint_about_calls_is_no_wish_for_one(scene):
    wang = scene.user("wang")
    scene.says("r1", "物业说给我回电话，一直没回")
    assert open_tasks(scene, wang) == []


def test_waiting_in_the_queue_one_may_ask_for_a_call_and_keeps_the_place(scene):
    wang = scene.user("wang")
    conversation = scene.waits("r1")
    scene.says("r1", f"给我回个电话 {PHONE}")
    assert len(open_tasks(scene, wang)) == 1
    assert scene.conversation(conversation).owner == "queue"


def test_a_second_wish_changes_the_number_and_keeps_the_first_date(scene):
    wang = scene.user("wang")
    scene.says("r1", f"给我回个电话 {PHONE}")
    (first,) = open_tasks(scene, wang)
    scene.later(days=1)
    scene.says("r1", "给我回个电话 19900000001")
    (second,) = open_tasks(scene, wang)
    assert (second["phone"], second["due_at"]) == ("199****0001", first["due_at"])


def test_it_can_be_taken_back(scene):
    wang = scene.user("wang")
    conversation = scene.says("r1", f"给我回个电话 {PHONE}")
    scene.says("r1", "不用回电话了")
    assert open_tasks(scene, wang) == []
    (promise,) = scene.ledger.read_now(lambda tx: tx.promises.of(conversation))
    assert promise["dropped_at"] is not None


def test_the_number_is_for_whoever_may_see_the_matter_and_each_look_is_logged(scene):
    here, there = scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    conversation = scene.says("r1", f"给我回个电话 {PHONE}")
    (task,) = open_tasks(scene, here)
    assert open_tasks(scene, there) == []
    with pytest.raises(NotFound):
        scene.do(call_backs.reveal, there, task["id"], scene.now)
    assert scene.do(call_backs.reveal, here, task["id"], scene.now) == {"phone": PHONE}
    (logged,) = scene.audited(action="view_phone")
    assert (logged["actor"], logged["target"]) == ("here", str(conversation))


def test_a_sealed_conversations_call_is_sealed_too(scene):
    scene.waits("r1", "corruption")
    scene.says("r1", f"给我回个电话 {PHONE}")
    assert open_tasks(scene, scene.user("other")) == []
    assert len(open_tasks(scene, scene.user("boss", "supervisor"))) == 1


def test_after_the_call_the_promise_is_kept_and_the_number_gone(scene):
    wang = scene.user("wang")
    conversation = scene.says("r1", f"给我回个电话 {PHONE}")
    (task,) = open_tasks(scene, wang)
    assert scene.do(call_backs.finish, wang, task["id"], scene.now)
    assert not scene.do(call_backs.finish, wang, task["id"], scene.now)
    (promise,) = scene.ledger.read_now(lambda tx: tx.promises.of(conversation))
    assert (promise["text"], promises.is_broken(promise, scene.now)) == (promises.CALL_BACK, False)
    assert scene.ledger.read_now(lambda tx: tx.connection.execute(select(tasks.c.phone)).scalar()) is None


def test_a_call_back_is_never_pushed_out_by_older_tasks_of_other_kinds(scene):
    wang = scene.user("wang")
    older_tasks(scene, 120)
    scene.says("r1", f"给我回个电话，{PHONE}")
    (call,), _ = scene.ledger.read_now(call_backs.listed, wang, call_backs.KIND)
    assert call["phone"] == "199****0000"
    assert open_tasks(scene, wang)[0] == call


def test_of_more_tasks_than_are_listed_the_answer_says_how_many(scene):
    here, there = scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    older_tasks(scene, call_backs.LISTED + 20)
    scene.lives("r1", "幸福社区")
    scene.says("r1", f"给我回个电话，{PHONE}")
    more = lambda user, *kind: scene.ledger.read_now(call_backs.listed, user, *kind)[1]  # noqa: E731
    assert (len(open_tasks(scene, here)), more(here)) == (call_backs.LISTED, 21)
    assert (more(there), more(here, call_backs.KIND)) == (20, 0)


@pytest.fixture
def rekeyed(scene, database):
    """(wang, conversation, scene): the same ledger under another DESK_SECRET_KEY, with a call-back still open."""
    wang = scene.user("wang")
    conversation = scene.says("r1", f"给我回个电话 {PHONE}")
    ledger = Ledger(database, Vault("another-key-0000000"))
    later = Scene(ledger)
    later._serial = 100
    yield wang, conversation, later
    ledger.close()


def test_a_number_sealed_with_another_key_is_a_task_that_says_so_and_can_be_finished(rekeyed):
    wang, conversation, later = rekeyed
    (task,) = open_tasks(later, wang)
    assert task["phone"] is None
    assert "号码已无法读出" in task["text"]
    with pytest.raises(NotFound, match="号码已无法读出"):
        later.do(call_backs.reveal, wang, task["id"], later.now)
    assert later.audited(action="view_phone") == []
    assert later.do(call_backs.finish, wang, task["id"], later.now)
    (promise,) = later.ledger.read_now(lambda tx: tx.promises.of(conversation))
    assert not promises.is_broken(promise, later.now)


def test_a_number_that_cannot_be_read_keeps_no_word_of_the_resident_from_being_stored(rekeyed):
    wang, conversation, later = rekeyed
    later.says("r1", "给我打电话 19900000001")
    assert [task["phone"] for task in open_tasks(later, wang)] == ["199****0001"]


def test_a_call_whose_number_cannot_be_read_can_be_taken_back(rekeyed):
    wang, conversation, later = rekeyed
    later.says("r1", "不用回电话了")
    assert open_tasks(later, wang) == []
    assert "不打电话了" in later.told(conversation)[-1]
