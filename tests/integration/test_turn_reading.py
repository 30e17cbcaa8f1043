"""What the bot reads in a turn: nothing that is for it is passed over; what it is about stands in the resident's words."""

import pytest

from actions import texts
from bot.channels.message import Inbound
from handoff.domain import case_number
from handoff.domain.calendar import in_words
from handoff.domain.clock import FixedClock
from handoff.service import facts, intake, packet, turns
from handoff.store.messages import PAGE
from handoff.workers.turns import TurnRunner
from tests.support.scripted_bot import RIGHT, WRONG, say


def arrives(scene, key, text, kind="text", conversational=True):
    inbound = Inbound("web", key, "r1", kind, text, scene.now, conversational=conversational, opens="unlimited")
    return scene.do(intake.accept, scene.office, inbound, "web", None, None, scene.now).conversation_id


def begin(scene, conversation, token="t"):
    return scene.do(turns.begin, scene.office, conversation, token, scene.now)


def commit(scene, turn, **understanding):
    scene.do(turns.commit, scene.office, turn, turns.Proposal([say("好的")], understanding), scene.now)


def test_a_message_behind_a_page_of_silent_events_is_read(scene):
    for number in range(PAGE + 5):
        conversation = arrives(scene, f"event-{number}", "", "event", conversational=False)
    arrives(scene, "words", "路灯坏了")
    turn = begin(scene, conversation) or begin(scene, conversation, "again")
    assert turn.text == "路灯坏了"


async def test_what_cannot_even_be_put_to_the_bot_goes_to_a_person_with_all_its_words(scene, monkeypatch):
    def cannot(*args):
        raise ValueError("unreadable")

    monkeypatch.setattr(facts, "of_turn", cannot)
    for number, words in enumerate(("路灯坏了", "在幸福小区", "三天了")):
        conversation = arrives(scene, f"{number}", words)
    runner = TurnRunner(scene.ledger, None, scene.office, FixedClock(scene.now))
    await runner.wake(conversation)
    (filed,) = scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=conversation))
    assert filed.description == "路灯坏了\n在幸福小区\n三天了"
    after = scene.conversation(conversation)
    assert (after.owner, after.handled_seq) == ("queue", after.resident_seq)


def test_thanks_and_half_a_sentence_do_not_change_what_the_conversation_is_about(scene):
    conversation = arrives(scene, "1", "路灯坏了")
    commit(scene, begin(scene, conversation), subcategory="C0406")
    for key, understood in (("2", {"subcategory": "C9902"}), ("3", {"subcategory": "C0301", "doubt": "low"})):
        arrives(scene, key, "谢谢")
        commit(scene, begin(scene, conversation, key), **understood)
    assert scene.conversation(conversation).category == "C0406"


def test_the_packet_tells_of_the_matter_though_the_last_words_were_yes_or_a_wish_for_a_person(scene):
    conversation = arrives(scene, "1", "幸福小区3号楼路灯坏了")
    place = {"kind": "place", "text": "幸福小区3号楼", "start": 0, "end": 7}
    commit(
        scene, begin(scene, conversation), subcategory="C0406", type="求助", confidence=0.9, place=place, spans=[place]
    )
    for key, words, trigger in (("2", "对", None), ("3", "转人工", "explicit_human")):
        arrives(scene, key, words)
        commit(
            scene, begin(scene, conversation, key), subcategory="C9903", type="其他", confidence=0.6, trigger=trigger
        )
    shown = scene.do(packet.build, scene.user("wang"), conversation, scene.now)
    told = {field["name"]: field["value"] for field in shown["fields"]}
    assert (shown["category"]["code"], told["type"], told["place"]) == ("C0406", "求助", "幸福小区3号楼")


def test_what_was_heard_as_a_danger_is_shown_though_it_names_no_matter(scene):
    conversation = arrives(scene, "1", "路灯坏了")
    commit(scene, begin(scene, conversation), subcategory="C0406", why={"nearest": []})
    arrives(scene, "2", "我先走一步了")
    why = {"nearest": ["我先走一步"]}
    commit(scene, begin(scene, conversation, "2"), subcategory="C9902", trigger="self_harm", why=why)
    assert scene.do(packet.build, scene.user("wang"), conversation, scene.now)["why"] == why


def test_the_packet_shows_a_place_that_was_told_in_two_messages_in_the_residents_words(scene):
    conversation = arrives(scene, "1", "我们小区")
    arrives(scene, "2", "幸福小区3号楼路灯坏了")
    turn = begin(scene, conversation)
    start = turn.text.index("幸福")
    span = {"kind": "place", "text": "幸福小区3号楼", "start": start, "end": start + 7}
    commit(scene, turn, subcategory="C0406", place=span, spans=[span], pieces=turn.facts["pieces"])
    wang = scene.user("wang")
    shown = scene.do(packet.build, wang, conversation, scene.now)
    (place,) = [field for field in shown["fields"] if field["name"] == "place"]
    assert (place["value"], place["message_seq"]) == ("幸福小区3号楼", 2)


def test_a_mobile_number_that_could_be_one_is_no_case_number(scene):
    numbers = (f"1301010{n:04d}" for n in range(10_000))
    number = next(number for number in numbers if case_number.find(number))
    conversation = arrives(scene, "1", f"我电话{number}，路灯坏了")
    assert begin(scene, conversation).facts["case_number"] is None


def test_a_description_is_what_the_resident_wrote_without_the_buttons_that_were_pressed(scene):
    """The form names every message that it heard, the yes to its question among them."""

    def said(key, text, *items):
        conversation = arrives(scene, key, text)
        turn = begin(scene, conversation, key)
        scene.do(turns.commit, scene.office, turn, turns.Proposal([*items]), scene.now)
        return turn

    first = said("1", "小区路灯坏了", say("请问在什么地方？"))
    second = said("2", "3号楼门口，坏了三天了", say("我记的是路灯照明，对吗？", RIGHT, WRONG))
    for key, yes in (("3", "对，就这样"), ("4", "1")):
        seqs = [first.message.seq, second.message.seq, second.message.seq + 2]
        filing = {"command": "register_case", "category": "C0406", "type": "求助", "message_seqs": seqs}
        said(key, yes, filing, say("登记好了。请看看对吗？", RIGHT, WRONG))
    told = scene.ledger.read_now(lambda tx: tx.cases.search())
    assert [case.description for case in told] == ["小区路灯坏了\n3号楼门口，坏了三天了"] * 2


def test_a_location_sent_with_words_does_not_make_the_words_a_mere_place(scene):
    conversation = arrives(scene, "1", "我妈摔了一跤腿动不了")
    arrives(scene, "2", "翠湖苑", "location")
    assert begin(scene, conversation).facts["kind"] == "text"


def test_a_location_alone_is_known_as_one(scene):
    assert begin(scene, arrives(scene, "1", "翠湖苑", "location")).facts["kind"] == "location"


@pytest.mark.parametrize(("kinds", "sentences"), [(("求助", "投诉"), 1), (("求助", "建议"), 2)])
def test_of_several_cases_each_is_told_its_own_date_and_one_that_is_the_same_once(scene, kinds, sentences):
    arrives(scene, "1", "楼道灯坏了三天，另外建议门口加个长椅")
    turn = begin(scene, 1)
    filing = [{"command": "register_case", "category": "C0406", "type": kind} for kind in kinds]
    proposal = turns.Proposal([*filing, say(texts.registered("求助", True))])
    scene.do(turns.commit, scene.office, turn, proposal, scene.now)
    cases = scene.ledger.read_now(lambda tx: tx.cases.search())
    (told,) = scene.told(1)
    assert told.count("前答复您") == sentences
    assert all(in_words(case.due_at, scene.now) in told for case in cases)
    if sentences > 1:
        assert all(f"{case.number}：{in_words(case.due_at, scene.now)}前答复您。" in told for case in cases)


def test_a_photo_after_the_number_stands_in_the_history_of_the_case(scene):
    arrives(scene, "1", "路灯坏了")
    filing = {"command": "register_case", "category": "C0406", "type": "求助"}
    scene.do(turns.commit, scene.office, begin(scene, 1), turns.Proposal([filing]), scene.now)
    arrives(scene, "2", "", "image")
    turn = begin(scene, 1)
    added = {"command": "add_to_case", "message_seqs": [turn.message.seq]}
    scene.do(turns.commit, scene.office, turn, turns.Proposal([added, say(texts.PICTURE_ADDED)]), scene.now)
    (case,) = scene.ledger.read_now(lambda tx: tx.cases.search())
    events = scene.ledger.read_now(lambda tx: tx.cases.events(case.number))
    assert [event["text"] for event in events if event["kind"] == "added"] == ["（图片）"]
    assert case.number in scene.told(1)[-1]
