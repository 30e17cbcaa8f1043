"""What was told whole and never confirmed: the resident is asked once more, never twice, never at night, and nothing of a
person's sends is spent on it."""

from datetime import timedelta

import pytest

from handoff.service import unfinished
from tests.support.scene import MONDAY

ASKED = "我记的是"


def housekeeping(scene):
    """What the clockwork does about it; the conversations that were asked again."""
    waiting = scene.ledger.read_now(unfinished.waiting, scene.now)
    return [one for one in waiting if scene.do(unfinished.remind, one, scene.now)]


@pytest.fixture
def told(scene):
    conversation = scene.says("r1", "路灯坏了")
    assert ASKED in scene.told(conversation)[-1]
    return conversation


def test_who_put_the_phone_away_before_the_yes_is_asked_once_more_in_the_same_words(scene, told):
    question = scene.messages(told)[-1]
    scene.later(minutes=31)
    assert housekeeping(scene) == [told]
    again = scene.messages(told)[-1]
    assert again.text == f"{unfinished.STILL_OPEN}\n{question.text}"
    assert again.data["buttons"] == question.data["buttons"]


def test_nobody_is_asked_a_third_time(scene, told):
    for _ in range(3):
        scene.later(minutes=31)
        housekeeping(scene)
    assert sum(unfinished.STILL_OPEN in text for text in scene.told(told)) == 1


def test_nobody_is_asked_again_at_once(scene, told):
    scene.later(minutes=29)
    assert housekeeping(scene) == []


def test_who_answered_is_not_asked(scene, told):
    scene.says("r1", "对")
    scene.later(minutes=31)
    assert housekeeping(scene) == []


def test_what_was_asked_late_waits_for_the_morning(scene):
    scene.now = MONDAY.replace(hour=22)
    told = scene.says("r1", "路灯坏了")
    scene.later(minutes=40)
    assert housekeeping(scene) == []
    scene.now = MONDAY.replace(hour=7, minute=31) + timedelta(days=1)
    assert housekeeping(scene) == [told]


def test_a_question_whose_dialogue_is_about_to_be_forgotten_is_let_go(scene, told):
    scene.later(hours=10, minutes=1)
    assert housekeeping(scene) == []


def test_the_yes_to_what_was_asked_again_registers_the_matter(scene, told):
    scene.later(minutes=31)
    housekeeping(scene)
    scene.says("r1", "对，就这样")
    (case,) = scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=told))
    assert "路灯坏了" in case.description


def test_who_has_a_person_is_not_asked(scene, told):
    scene.waits("r1")
    scene.later(minutes=31)
    assert housekeeping(scene) == []


def test_the_sends_that_are_kept_for_a_person_are_not_spent_on_it(scene):
    told = scene.says("r1", "路灯坏了", "wechat", "wechat")
    scene.do(lambda tx: tx.conversations.spend(told, 1))
    scene.later(minutes=31)
    assert housekeeping(scene) == []
