"""What the bot says too late is kept, marked, and never sent; nothing that a person saw to is handled twice."""

from bot.channels.message import Inbound
from handoff.service import intake, ownership, sending, turns
from tests.support.scripted_bot import say

LATE = "机器人想好的一段话"


def begun(scene, sender, text, account="web", channel="web"):
    """A turn that the bot still thinks about."""
    opens = "unlimited" if channel == "web" else "message"
    inbound = Inbound(account, f"{sender}:{text}", sender, "text", text, scene.now, opens=opens)
    accepted = scene.do(intake.accept, scene.office, inbound, channel, None, None, scene.now)
    return scene.do(turns.begin, scene.office, accepted.conversation_id, f"token-{text}", scene.now)


def commit(scene, turn):
    return scene.do(turns.commit, scene.office, turn, turns.Proposal([say(LATE)]), scene.now)


def drafts(scene, conversation):
    return [m for m in scene.messages(conversation) if m.text == LATE]


def test_a_text_that_comes_after_the_claim_is_a_draft(scene):
    wang = scene.user("wang")
    turn = begun(scene, "r1", "路灯坏了")
    scene.claim(wang, turn.before.id)
    assert commit(scene, turn) is False
    (draft,) = drafts(scene, turn.before.id)
    assert (draft.kind, draft.state, draft.data["why"]) == ("draft", "draft", "owner_changed")


def test_a_text_that_waits_in_the_outbox_at_the_claim_becomes_a_draft(scene):
    wang = scene.user("wang")
    turn = begun(scene, "o-1", "路灯坏了", "oa", "wechat")
    commit(scene, turn)
    scene.claim(wang, turn.before.id)
    (draft,) = drafts(scene, turn.before.id)
    assert (draft.kind, draft.state) == ("draft", "draft")
    due = scene.do(sending.take, scene.now)
    assert [item.item.text for item in due if item.item.text == LATE] == []


def test_a_late_turn_does_not_make_the_bot_read_again_what_a_person_has_answered(scene):
    wang = scene.user("wang")
    turn = begun(scene, "r1", "路灯坏了")
    conversation = turn.before.id
    scene.claim(wang, conversation)
    scene.says("r1", "就是3号楼那盏")
    scene.says("r1", "谢谢")
    scene.do(ownership.hand_back, wang, conversation, scene.now)
    assert commit(scene, turn) is False
    after = scene.conversation(conversation)
    assert after.handled_seq == after.resident_seq
    assert scene.do(turns.begin, scene.office, conversation, "again", scene.now) is None
