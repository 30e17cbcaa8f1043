"""The cases of a conversation: sealed with it, and of its area; those of no area are everybody's. docs/queue.md."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from handoff.domain.errors import NotFound
from handoff.service import access, cases, cases_list, promises, queue


def seen(scene, user):
    return [one.id for one in scene.ledger.read_now(queue.waiting, user)]


def test_a_report_filed_as_a_case_seals_the_conversation_it_was_told_in(scene):
    other = scene.user("other")
    conversation = scene.waits("r1")

    def file(tx):
        told = tx.conversations.get(conversation)
        details = {"request_type": "举报", "category": "C1403", "description": "举报一家店"}
        cases.register(tx, scene.office, told, scene.now, created_by="bot", **details)

    scene.do(file)
    assert seen(scene, other) == []
    with pytest.raises(NotFound):
        scene.ledger.read_now(access.visible, other, conversation)


def listed(scene, user):
    return [case["number"] for case in scene.do(cases_list.page, user, {}, 100, 0, scene.now)["cases"]]


def with_a_case(scene, sender="r1"):
    conversation = scene.says(sender, "幸福小区3号楼的路灯坏了")
    scene.says(sender, "对，就这样")
    return conversation, *(case.number for case in filed_in(scene, conversation))


def filed_in(scene, conversation):
    return scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=conversation))


def by_hand(scene, conversation):
    scene.do(queue.route, scene.user("boss", "supervisor"), conversation, {"sealed": True}, scene.now)


def by_its_reason(scene, conversation):
    assert scene.waits("r1", "corruption", "居委会主任收了钱") == conversation


def by_a_report(scene, conversation):
    details = {"request_type": "举报", "category": "C1403", "description": "举报一家店"}
    told = scene.conversation(conversation)
    scene.do(cases.register, scene.office, told, scene.now, created_by="bot", **details)


@pytest.mark.parametrize("sealed", [by_hand, by_its_reason, by_a_report])
def test_the_cases_of_a_conversation_are_sealed_with_it(scene, sealed):
    other = scene.user("other")
    conversation, number = with_a_case(scene)
    assert listed(scene, other) == [number]
    sealed(scene, conversation)
    assert listed(scene, other) == []
    with pytest.raises(NotFound):
        scene.ledger.read_now(cases.visible, other, number)
    assert all(case.sealed for case in filed_in(scene, conversation))


def test_unsealing_opens_the_cases_that_the_sealing_had_closed_and_no_report(scene):
    boss, other = scene.user("boss", "supervisor"), scene.user("other")
    conversation, number = with_a_case(scene)
    by_a_report(scene, conversation)
    scene.do(queue.route, boss, conversation, {"sealed": False}, scene.now)
    assert listed(scene, other) == [number]
    assert len(listed(scene, boss)) == 2


def test_a_case_filed_in_the_moment_of_sealing_is_sealed(scene):
    boss = scene.user("boss", "supervisor")
    for n in range(5):
        conversation = scene.says(f"r{n}", "幸福小区3号楼的路灯坏了")
        with ThreadPoolExecutor(2) as both:
            sealing = both.submit(scene.do, queue.route, boss, conversation, {"sealed": True}, scene.now)
            both.submit(scene.says, f"r{n}", "对，就这样").result()
            sealing.result()
        assert [case.sealed for case in filed_in(scene, conversation)] == [True]


def at_the_counter(scene, area, **more):
    details = {"request_type": "求助", "category": "C0406", "description": "路灯坏了", **more}
    return scene.do(cases.register, scene.office, None, scene.now, created_by="boss", area=area, **details).number


def test_a_case_that_says_no_area_is_in_everybodys_list_and_figures_stay_of_one_area(scene):
    here = scene.user("here", "caseworker", "幸福社区")
    nowhere, own, grid, other = (
        at_the_counter(scene, area) for area in (None, "幸福社区", "幸福社区/第三网格", "和平社区")
    )
    assert sorted(listed(scene, here)) == sorted([nowhere, own, grid])
    exported = scene.do(cases_list.everything, here, {}, "csv", scene.now)
    assert sorted(case["number"] for case in exported) == sorted([nowhere, own, grid])
    asked = scene.do(cases_list.page, here, {"area": "幸福社区"}, 100, 0, scene.now)
    assert (sorted(case["number"] for case in asked["cases"]), asked["total"]) == (sorted([own, grid]), 2)
    assert scene.do(cases_list.page, here, {"area": "和平社区"}, 100, 0, scene.now)["cases"] == []


def test_what_is_owed_for_a_case_that_says_no_area_is_everybodys(scene):
    here = scene.user("here", "caseworker", "幸福社区")
    at_the_counter(scene, None)
    at_the_counter(scene, "和平社区")
    scene.later(days=60)
    assert len(scene.ledger.read_now(promises.broken, here, scene.now)) == 1


def test_open_cases_move_with_their_conversation_to_another_area_and_ended_ones_stay(scene):
    boss = scene.user("boss", "supervisor")
    here, there = scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    scene.lives("r1", "幸福社区")
    conversation, ended = with_a_case(scene)
    scene.do(cases.record_event, ended, "boss", "close", "", {"outcome": "solved"}, scene.now)
    scene.says("r1", "幸福小区4号楼的路灯也坏了")
    scene.says("r1", "对，就这样")
    (still_open,) = (case.number for case in filed_in(scene, conversation) if case.number != ended)
    scene.do(queue.route, boss, conversation, {"area": "和平社区"}, scene.now)
    assert (listed(scene, here), listed(scene, there)) == ([ended], [still_open])
    last = scene.ledger.read_now(lambda tx: tx.cases.events(still_open))[-1]
    assert (last["actor"], last["kind"], last["data"]) == ("boss", "area", {"from": "幸福社区", "to": "和平社区"})
