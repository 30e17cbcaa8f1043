"""What the packet is headed with: the matter that a person was called for, not the one that was registered before it."""

import pytest

from bot.boundary.screen import screen
from bot.channels.message import Inbound
from handoff.service import intake, ownership, packet, turns
from tests.support.scripted_bot import hand_off, say

from .test_overhearing import overhears

WASTE, PETS, LAMP, NOISE, SAFETY = "C0301", "C0703", "C0406", "C0303", "C1303"
BINS = {"subcategory": WASTE, "confidence": 0.78, "candidates": [[WASTE, 0.78], ["C0101", 0.13]], "type": "求助"}
CAT = {"subcategory": PETS, "confidence": 0.54, "candidates": [[PETS, 0.54], [SAFETY, 0.2]], "type": "咨询"}
HALF = {
    "subcategory": "C9902",
    "confidence": 0.9,
    "candidates": [["C9902", 0.9], [PETS, 0.05]],
    "act": {"name": "report"},
}
THANKS = {"subcategory": "C9902", "confidence": 0.9, "act": {"name": "thanks"}}
CALL = {
    "subcategory": "C9903",
    "trigger": "explicit_human",
    "act": {"name": "needs_person", "otherwise": "report"},
}


@pytest.fixture
def says(scene):
    """A message of the resident's, what was understood of it and what the bot proposes; returns the conversation."""

    def work(text, reading, *items):
        scene._serial += 1
        inbound = Inbound("web", f"m{scene._serial}", "r1", "text", text, scene.now, opens="unlimited")
        told = scene.do(intake.accept, scene.office, inbound, "web", None, None, scene.now).conversation_id
        turn = scene.do(turns.begin, scene.office, told, "t", scene.now)
        scene.do(turns.commit, scene.office, turn, turns.Proposal([*items] or [say("好的")], reading), scene.now)
        scene.later(minutes=1)
        return told

    return work


@pytest.fixture
def shown(scene):
    wang = scene.user("wang", "supervisor")
    return lambda conversation: scene.do(packet.build, wang, conversation, scene.now)


def filing(category, kind="求助", **more):
    return {"command": "register_case", "category": category, "type": kind, **more}


@pytest.fixture
def bins(says):
    """A resident whose first matter is registered."""
    says("清风小区3号楼垃圾没人收", BINS, say("对吗？"))
    return says("对", {"subcategory": "C9903", "act": {"name": "affirm"}}, filing(WASTE), say("登记好了"))


def head(packet):
    return packet["category"]["code"], packet["category"]["confidence"]


def test_a_second_matter_for_a_person_heads_the_packet_and_the_first_stays_among_the_cases(says, bins, shown):
    says("请问猫跑丢了该找谁", CAT, hand_off("boundary", PETS, "咨询"))
    told = shown(bins)
    assert head(told) == (PETS, 0.54)
    assert [one["code"] for one in told["category"]["runners_up"]] == [SAFETY]
    assert {case["category"] for case in told["cases"]} == {PETS, WASTE}


@pytest.mark.parametrize("trigger", ["explicit_human", "bot_failed"])
def test_a_second_matter_that_was_not_understood_heads_it_as_not_classified(says, bins, shown, trigger):
    says("我想问下我家猫丢了", HALF, say("出了什么事？"))
    says("转人工", CALL, hand_off(trigger))
    told = shown(bins)
    assert head(told) == (None, None)
    assert PETS in [one["code"] for one in told["category"]["runners_up"]]
    assert told["unknown"] == ["地点"]


def test_who_asks_for_a_person_right_after_a_registration_is_asked_about_that(says, bins, shown):
    says("谢谢", THANKS)
    says("我上次报的怎么样了", {"subcategory": "C1604", "act": {"name": "ask_progress"}})
    says("转人工", CALL, hand_off("explicit_human"))
    assert head(shown(bins)) == (WASTE, 0.78)


def test_words_that_were_added_to_the_registered_case_are_of_that_matter(says, bins, shown):
    says("还有一股臭味", {**HALF, "act": {"name": "inform"}}, {"command": "add_to_case"}, say("补记了"))
    says("转人工", CALL, hand_off("explicit_human"))
    assert head(shown(bins)) == (WASTE, 0.78)


def test_a_registered_case_set_right_in_words_is_the_matter_as_it_is_now(says, bins, shown):
    noise = {"subcategory": NOISE, "confidence": 0.6, "act": {"name": "correct"}}
    says("不是垃圾，是噪音", noise, {"command": "correct_case", "category": NOISE}, say("改好了"))
    says("转人工", CALL, hand_off("explicit_human"))
    told = shown(bins)
    assert head(told) == (NOISE, 0.6)
    assert [case["category"] for case in told["cases"]] == [NOISE]


def test_of_two_matters_in_one_message_the_one_for_a_person_heads_it(says, shown):
    parts = [{"subcategory": LAMP, "confidence": 0.8}, {"subcategory": SAFETY, "confidence": 0.7}]
    both = {"subcategory": LAMP, "confidence": 0.5, "candidates": [[LAMP, 0.5]], "matters": parts}
    one = says("路灯坏了，另外有人打架", both, filing(LAMP), hand_off("boundary", SAFETY, "其他"))
    told = shown(one)
    assert head(told) == (SAFETY, 0.7)
    assert {case["category"] for case in told["cases"]} == {LAMP, SAFETY}


def test_danger_in_the_middle_of_another_matter_is_not_headed_with_it(says, shown):
    says("路灯坏了", {**BINS, "subcategory": LAMP})
    danger = {"subcategory": "C9903", "confidence": 0.6, "trigger": "violence"}
    one = says("他又动手了", danger, hand_off("violence", "C9903", "求助"))
    assert head(shown(one)) == (None, None)


def test_danger_that_a_rule_finds_after_a_registration_heads_the_packet(scene, bins, shown):
    inbound = Inbound("web", "danger", "r1", "text", "着火了，快来人", scene.now, opens="unlimited")
    scene.do(intake.accept, scene.office, inbound, "web", None, screen(inbound.text), scene.now)
    assert head(shown(bins)) == ("C1306", None)


def danger_in_the_middle(scene, says, **later):
    at = {"kind": "place", "text": "翠湖苑3号楼2单元", "start": 0, "end": 9}
    lift = {**BINS, "subcategory": "C0404", "seq": 1, "spans": [at], "place": at}
    told = says("翠湖苑3号楼2单元电梯停了", lift, say("地点是翠湖苑3号楼2单元，对吗？"))
    scene.later(**later)
    inbound = Inbound("web", "danger", "r1", "text", "救命，里面有人被困", scene.now, opens="unlimited")
    scene.do(intake.accept, scene.office, inbound, "web", None, screen(inbound.text), scene.now)
    return told


def test_danger_that_a_rule_finds_in_the_middle_of_a_matter_keeps_the_place_and_the_words_told(scene, says, shown):
    told = shown(danger_in_the_middle(scene, says, minutes=1))
    (case,) = told["cases"]
    assert case["place"] == "翠湖苑3号楼2单元"
    assert case["description"] == "翠湖苑3号楼2单元电梯停了\n救命，里面有人被困"
    assert told["unknown"] == []


def test_what_a_button_says_is_no_word_of_who_cries_out(scene, says, shown):
    at = {"kind": "place", "text": "幸福路", "start": 0, "end": 3}
    buttons = [{"title": "路灯照明", "payload": "/choose_category"}]
    says("幸福路那个又坏了", {**HALF, "seq": 1}, {**say("是哪一件？"), "buttons": buttons})
    told = says("路灯照明", {**BINS, "subcategory": LAMP, "seq": 2, "spans": [at], "place": at})
    inbound = Inbound("web", "danger", "r1", "text", "着火了，快来人", scene.now, opens="unlimited")
    scene.do(intake.accept, scene.office, inbound, "web", None, screen(inbound.text), scene.now)
    (case,) = shown(told)["cases"]
    assert case["description"] == "幸福路那个又坏了\n着火了，快来人"


def test_danger_long_after_another_talk_is_not_put_where_that_was(scene, says, shown):
    (case,) = shown(danger_in_the_middle(scene, says, hours=5))["cases"]
    assert (case["place"], case["description"]) == (None, "救命，里面有人被困")


def test_what_comes_while_the_bot_is_away_is_not_headed_with_what_was_registered_before(scene, bins, shown):
    scene.unanswered("r1", "我家猫丢了")
    assert head(shown(bins)) == (None, None)


def test_a_matter_told_while_waiting_heads_it_when_nobody_was_called_for_the_registered_one(scene, says, bins, shown):
    says("转人工", CALL, hand_off("explicit_human"))
    scene.says("r1", "我们那的路灯坏了")
    overhears(scene, bins)
    assert shown(bins)["category"]["code"] == LAMP
    scene.says("r1", "还有电梯也坏了")
    overhears(scene, bins)
    assert shown(bins)["category"]["code"] == LAMP


def test_the_caseworker_relabels_and_closes_the_matter_in_hand_alone(scene, says, bins, shown):
    says("请问猫跑丢了该找谁", CAT, hand_off("boundary", PETS, "咨询"))
    li = scene.user("li")
    scene.claim(li, bins)
    scene.do(ownership.resolve, li, bins, "explained", SAFETY, scene.now)
    states = {case["category"]: case["status"] for case in shown(bins)["cases"]}
    assert states == {WASTE: "registered", SAFETY: "closed"}


def test_what_was_told_and_never_filed_closes_nothing_that_was_registered_before(scene, says, bins, shown):
    says("我想问下我家猫丢了", HALF, say("出了什么事？"))
    says("转人工", CALL, hand_off("explicit_human"))
    li = scene.user("li")
    scene.claim(li, bins)
    scene.do(ownership.resolve, li, bins, "explained", PETS, scene.now)
    (case,) = shown(bins)["cases"]
    assert (case["category"], case["status"]) == (WASTE, "registered")


def test_of_several_registered_together_the_one_it_is_headed_with_is_the_one_that_is_relabelled(scene, says, shown):
    says("垃圾没人收，路灯坏了，还吵", BINS)
    one = says("对", {}, filing(LAMP), filing(WASTE), filing(NOISE, "投诉"), say("登记好了"))
    says("转人工", CALL, hand_off("explicit_human"))
    assert head(shown(one)) == (WASTE, 0.78)
    li = scene.user("li")
    scene.claim(li, one)
    scene.do(ownership.resolve, li, one, "solved", "C0302", scene.now)
    found = {case["category"]: case["status"] for case in shown(one)["cases"]}
    assert found == {LAMP: "registered", NOISE: "registered", "C0302": "closed"}
