"""What a resident who waits is told: the position, an honest estimate, that words have arrived."""

from handoff.service import notices, ownership
from tests.support.scene import MONDAY


def test_the_position_counts_those_who_wait_for_the_same_people(scene):
    scene.user("trusted", "caseworker", None, "sealed")
    scene.waits("r1", "corruption")
    first = scene.waits("r2")
    second = scene.waits("r3")
    position = lambda one: scene.ledger.read_now(lambda tx: tx.conversations.position(one))  # noqa: E731
    assert (position(first), position(second)) == (1, 2)


def placed(scene, sender, area):
    scene.lives(sender, area)
    waiting = scene.waits(sender)
    scene.later(minutes=1)
    return waiting


def told_position(scene, conversation):
    return scene.ledger.read_now(lambda tx: tx.conversations.position(conversation))


def test_the_position_counts_all_whom_the_same_people_may_serve_before(scene):
    scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    scene.user("grid", "caseworker", "幸福社区/第三网格")
    whole = placed(scene, "r1", "幸福社区")
    placed(scene, "r2", "幸福社区/第二网格")
    placed(scene, "r3", "和平社区")
    third = placed(scene, "r4", "幸福社区/第三网格")
    alike = placed(scene, "r5", "幸福社区二期")  # no part of 幸福社区, and nobody's: open to all of them
    last = placed(scene, "r6", "幸福社区")
    assert [told_position(scene, one) for one in (whole, third, alike, last)] == [1, 3, 5, 5]


def test_the_position_leaves_out_those_whom_only_others_may_serve(scene):
    scene.user("second", "caseworker", "幸福社区/第二网格"), scene.user("third", "caseworker", "幸福社区/第三网格")
    placed(scene, "r1", "幸福社区/第二网格")
    assert told_position(scene, placed(scene, "r2", "幸福社区/第三网格")) == 1


def test_with_somebody_for_all_areas_the_position_counts_all_areas(scene):
    scene.user("here", "caseworker", "幸福社区"), scene.user("everywhere")
    placed(scene, "r1", "和平社区")
    assert told_position(scene, placed(scene, "r2", "幸福社区")) == 2


def test_who_has_waited_until_open_to_everybody_stands_before_the_residents_of_other_areas(scene):
    scene.user("here", "caseworker", "幸福社区"), scene.user("there", "caseworker", "和平社区")
    placed(scene, "r1", "和平社区")
    resident = placed(scene, "r2", "幸福社区")
    assert told_position(scene, resident) == 1
    scene.later(minutes=19)
    scene.widens()
    assert told_position(scene, resident) == 2


def estimate(scene):
    return scene.ledger.read_now(notices.estimate, scene.office.calendar, 1, scene.now)


def answered(scene, minutes, count, prefix):
    boss = scene.ledger.read_now(lambda tx: tx.people.get("boss")) or scene.user("boss", capacity=100)
    waiting = [scene.waits(f"{prefix}{n}") for n in range(count)]
    scene.later(minutes=minutes)
    for conversation in waiting:
        scene.claim(boss, conversation)
        scene.writes(boss, conversation)


def test_without_a_basis_there_is_no_estimate(scene):
    answered(scene, 12, 4, "r")
    assert estimate(scene) == "暂时无法估计要等多久"
    answered(scene, 12, 1, "s")
    assert estimate(scene) == "最近一般等 12 分钟左右"


def test_those_who_still_wait_are_not_left_out_of_the_estimate(scene):
    answered(scene, 3, 5, "r")
    for n in range(6):
        scene.waits(f"s{n}")
    assert estimate(scene) == "暂时无法估计要等多久"


def test_one_notice_per_closed_period_with_the_next_opening_in_words(scene):
    # 2025-09-30, the evening before National Day; 09-28 was a made-up Sunday
    scene.now = MONDAY.replace(year=2025, month=9, day=30, hour=20)
    conversation = scene.waits("r1")
    assert "10月9日（周四）8:30上班后回复您" in scene.told(conversation)[-1]
    for _ in range(3):
        scene.later(hours=20)
        scene.says("r1", "有人吗")
    assert len(scene.told(conversation)) == 1
    scene.now = MONDAY.replace(year=2025, month=10, day=9, hour=19)
    scene.says("r1", "还在吗")
    scene.says("r1", "喂")
    assert [("明天 8:30上班后回复您" in text) for text in scene.told(conversation)[1:]] == [True]


NOTED = "收到，都记下了，同事接手就能看到。您排在第 1 位。"


def test_who_goes_on_telling_while_waiting_hears_once_that_it_has_arrived(scene):
    conversation = scene.waits("r1")
    for words in ("我补充一点", "还有一点", "在吗"):
        scene.says("r1", words)
        scene.later(minutes=1)
    assert scene.told(conversation)[1:] == [NOTED]
    wang = scene.user("wang")
    scene.claim(wang, conversation)
    scene.do(ownership.release, wang, conversation, scene.now)
    scene.says("r1", "人呢")
    assert scene.told(conversation).count(NOTED) == 1
    scene.says("r1", "不用人工了")
    scene.waits("r1")
    scene.says("r1", "我补充一点")
    assert scene.told(conversation).count(NOTED) == 2


def test_what_was_just_answered_otherwise_is_not_answered_twice(scene):
    conversation = scene.waits("r1")
    for words in ("现在谁在处理", "不用回电话了"):
        scene.says("r1", words)
    assert NOTED not in scene.told(conversation)


def test_in_danger_nobody_is_told_that_words_have_arrived(scene):
    conversation = scene.says("r1", "我不想活了，药都准备好了")
    told = scene.told(conversation)
    scene.says("r1", "你们在吗")
    assert scene.told(conversation) == told


def test_who_was_told_after_hours_is_not_told_again_in_the_morning_nor_the_other_way_round(scene):
    scene.now = MONDAY.replace(hour=20)
    evening = scene.waits("r1")
    scene.now = MONDAY.replace(day=3)
    scene.says("r1", "我补充一点")
    assert len(scene.told(evening)) == 1
    day = scene.waits("r2")
    scene.says("r2", "我补充一点")
    scene.now = MONDAY.replace(day=3, hour=20)
    scene.says("r2", "还有人吗")
    assert [("排在第" in text, "上班后回复您" in text) for text in scene.told(day)[1:]] == [
        (True, False),
        (False, True),
    ]


def test_what_says_that_words_have_arrived_is_withdrawn_by_a_claim_and_needs_no_call(scene):
    wang = scene.user("wang")
    conversation = scene.says("o-1", "转人工", "oa", "wechat")
    scene.says("o-1", "我补充一点", "oa", "wechat")
    (noted,) = [m for m in scene.messages(conversation) if m.text == NOTED]
    assert (noted.state, noted.data[ownership.ROUTINE]) == ("queued", True)
    scene.claim(wang, conversation)
    (noted,) = [m for m in scene.messages(conversation) if m.text == NOTED]
    assert noted.state == "draft"


def test_a_resident_whose_caseworker_has_gone_home_is_told_once(scene):
    wang = scene.user("wang")
    conversation = scene.waits("r1")
    scene.claim(wang, conversation)
    scene.writes(wang, conversation)
    scene.now = MONDAY.replace(hour=21)
    before = len(scene.told(conversation))
    for _ in range(3):
        scene.says("r1", "还有一件事")
    assert len(scene.told(conversation)) == before + 1
    assert "明天 8:30" in scene.told(conversation)[-1]
