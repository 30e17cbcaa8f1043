"""Staff put right where a case is, in one step; what stood there stays in its history, and who waits goes with it."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from handoff.domain.errors import BadInput, NotFound
from handoff.service import cases, cases_list, queue, steps
from handoff.service.erasing import erase

from .test_sealing import listed, seen

NEW_PLACE, NEW_AREA = "和平里小区5号楼2单元301", "和平社区"


def waits_with_a_case(scene, area="幸福社区"):
    scene.lives("r1", area)
    conversation = scene.says("r1", "幸福小区3号楼的路灯坏了")
    scene.says("r1", "对，就这样")
    scene.says("r1", "转人工")
    (case,) = scene.ledger.read_now(lambda tx: tx.cases.search(conversation_id=conversation))
    return conversation, case.number


def corrects(scene, user, number, text="", **data):
    return scene.do(steps.take, scene.office, user, number, "correct_place", text, data, scene.now)


def last_event(scene, number, user):
    return scene.do(cases_list.one, user, number, scene.now)["events"][-1]


def test_place_and_area_are_corrected_in_one_step_with_the_old_and_the_new_in_the_history(scene):
    wang = scene.user("wang")
    _, number = waits_with_a_case(scene)
    before = scene.ledger.read_now(lambda tx: tx.cases.get(number))
    told = len(scene.told(1))
    after = corrects(scene, wang, number, "居民电话里说的", place=f" {NEW_PLACE} ", area=NEW_AREA)
    assert (after.place, after.area, after.status) == (NEW_PLACE, NEW_AREA, before.status)
    event = last_event(scene, number, wang)
    assert (event["kind"], event["actor"], event["text"]) == ("correct_place", "wang", "居民电话里说的")
    assert event["data"] == {
        "place": NEW_PLACE, "place_before": before.place, "area": NEW_AREA, "area_before": "幸福社区",
    }  # fmt: skip
    assert scene.audited(action="edit_case")[0]["detail"] == {"kind": "correct_place"}
    assert len(scene.told(1)) == told  # the resident knows where it is


def test_the_history_of_a_place_is_masked_for_whoever_sees_it_masked(scene):
    wang, root = scene.user("wang"), scene.user("root", "admin")
    _, number = waits_with_a_case(scene)
    corrects(scene, wang, number, place="找张三，电话19900000000", area=NEW_AREA)
    corrects(scene, wang, number, place=NEW_PLACE, area=NEW_AREA)
    shown = scene.do(cases_list.one, root, number, scene.now)
    assert "19900000000" not in str(shown)
    assert shown["area"] == NEW_AREA
    assert "19900000000" in str(scene.do(cases_list.one, wang, number, scene.now))


def test_what_is_not_named_stays_and_what_is_emptied_is_taken_out(scene):
    wang = scene.user("wang")
    _, number = waits_with_a_case(scene)
    after = corrects(scene, wang, number, place=NEW_PLACE)
    assert (after.place, after.area) == (NEW_PLACE, "幸福社区")
    assert set(last_event(scene, number, wang)["data"]) == {"place", "place_before"}
    after = corrects(scene, wang, number, place="", area=" ")
    assert (after.place, after.area) == (None, None)


@pytest.mark.parametrize(
    ("data", "field"),
    [({}, "place"), ({"place": "长" * 201}, "place"), ({"area": "长" * 65}, "area"), ({"area": "幸福社区"}, "place"),
     ({"place": 5}, "place"), ({"unit": "城管科"}, "place")],
)  # fmt: skip
def test_a_correction_that_changes_nothing_or_is_too_long_is_refused_and_leaves_no_trace(scene, data, field):
    wang = scene.user("wang")
    conversation, number = waits_with_a_case(scene)
    events = scene.ledger.read_now(lambda tx: len(tx.cases.events(number)))
    with pytest.raises(BadInput) as refused:
        corrects(scene, wang, number, **data)
    assert refused.value.data["field"] == field
    assert scene.ledger.read_now(lambda tx: len(tx.cases.events(number))) == events
    assert scene.conversation(conversation).area == "幸福社区"


def test_who_waits_goes_to_the_queue_of_the_area_the_case_is_in(scene):
    here, there = scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", NEW_AREA)
    conversation, number = waits_with_a_case(scene)
    assert (seen(scene, here), seen(scene, there)) == ([conversation], [])
    corrects(scene, here, number, place=NEW_PLACE, area=NEW_AREA)
    assert scene.conversation(conversation).area == NEW_AREA
    assert (seen(scene, here), seen(scene, there)) == ([], [conversation])
    assert (listed(scene, here), listed(scene, there)) == ([], [number])
    with pytest.raises(NotFound):
        scene.ledger.read_now(cases.visible, here, number)


def test_a_conversation_routed_elsewhere_held_by_somebody_or_about_something_ended_stays_where_it_is(scene):
    wang, boss = scene.user("wang"), scene.user("boss", "supervisor")
    conversation, number = waits_with_a_case(scene)
    area = lambda: scene.conversation(conversation).area  # noqa: E731
    corrects(scene, wang, number, place=NEW_PLACE)
    assert area() == "幸福社区"
    scene.do(lambda tx: tx.conversations.set(conversation, area="桂花社区"))
    corrects(scene, wang, number, area=NEW_AREA)
    assert area() == "桂花社区"
    scene.do(queue.route, boss, conversation, {"area": NEW_AREA}, scene.now)
    scene.claim(wang, conversation)
    corrects(scene, wang, number, area="幸福社区")
    assert area() == NEW_AREA


def test_a_wrong_area_is_put_right_after_the_end_too_and_opens_nothing(scene):
    wang = scene.user("wang")
    conversation, number = waits_with_a_case(scene)
    scene.do(steps.take, scene.office, wang, number, "close", "", {"outcome": "solved"}, scene.now)
    after = corrects(scene, wang, number, area=NEW_AREA)
    assert (after.area, after.status, after.outcome) == (NEW_AREA, "closed", "solved")
    assert scene.conversation(conversation).area == "幸福社区"  # it waits for something else


def test_what_may_not_be_seen_is_not_corrected(scene):
    scene.user("here", "caseworker", "幸福社区")
    _, number = waits_with_a_case(scene)
    with pytest.raises(NotFound):
        corrects(scene, scene.user("there", "caseworker", NEW_AREA), number, area=NEW_AREA)


def test_a_correction_and_a_change_of_the_conversations_area_do_not_block_each_other(scene):
    boss = scene.user("boss", "supervisor")
    conversation, number = waits_with_a_case(scene)
    for n in range(5):
        with ThreadPoolExecutor(2) as both:
            done = [
                both.submit(scene.do, queue.route, boss, conversation, {"area": f"甲{n}"}, scene.now),
                both.submit(corrects, scene, boss, number, area=f"乙{n}"),
            ]
            [one.result() for one in done]


def test_what_stood_there_is_erased_with_the_residents_data(scene):
    wang = scene.user("wang")
    conversation, number = waits_with_a_case(scene)
    corrects(scene, wang, number, place=NEW_PLACE, area=NEW_AREA)
    scene.do(steps.take, scene.office, wang, number, "close", "", {"outcome": "solved"}, scene.now)
    scene.says("r1", "不用人工了")
    scene.later(days=1)
    scene.do(erase, None, None, conversation, scene.now)
    assert NEW_PLACE not in str(scene.ledger.read_now(lambda tx: tx.cases.events(number)))


async def test_a_corrected_place_is_in_the_list_the_packet_and_the_export(desk, http):
    await desk.add_user("wang", "supervisor")
    async with desk.logged_in("wang") as wang:
        about = {
            "type": "求助",
            "category": "C0406",
            "description": "路灯坏了",
            "place": "写错的地方",
            "area": "幸福社区",
        }
        _, case = await wang.post("/api/cases", **about)
        path, data = f"/api/cases/{case['number']}", {"place": NEW_PLACE, "area": NEW_AREA}
        status, changed = await wang.post(f"{path}/events", kind="correct_place", data=data)
        assert (status, changed["place"], changed["area"]) == (200, NEW_PLACE, NEW_AREA)
        assert (await wang.post(f"{path}/events", kind="correct_place", data=data))[0] == 400
        assert (await wang.get("/api/cases", area=NEW_AREA))[1]["total"] == 1
        table = (await wang.text("/api/cases/export")).lstrip("\ufeff")
        row = next(csv.DictReader(io.StringIO(table)))
        assert (row["地点"], row["社区"]) == (NEW_PLACE, NEW_AREA)
        _, exported = await wang.get("/api/cases/export", format="json")
        assert exported["cases"][0]["place"] == NEW_PLACE
