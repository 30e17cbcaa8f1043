"""Areas, skills and the time that counts as waiting."""

from datetime import datetime, timedelta

import pytest

from handoff.domain import skills
from handoff.domain.areas import Areas
from handoff.domain.calendar import CHINA, Calendar
from handoff.domain.models import User
from handoff.domain.sight import contains, in_area, narrowed

FILE = "- {name: 幸福社区, words: [幸福, 花园路]}\n- {name: 幸福社区/第三网格, words: [幸福小区]}\n- {name: 和平社区}\n"


def user(area):
    return User("wang", "caseworker", area, True, "")


@pytest.fixture
def areas(tmp_path):
    path = tmp_path / "areas.yml"
    path.write_text(FILE, encoding="utf-8")
    return Areas.load(str(path))


def test_the_longest_place_word_decides(areas):
    assert areas.named("幸福小区3号楼的路灯坏了") == "幸福社区/第三网格"
    assert areas.named("花园路口") == "幸福社区"
    assert areas.named("和平社区门口") == "和平社区"


def test_two_places_that_disagree_decide_nothing(areas):
    assert areas.named("从和平社区到幸福社区") is None
    assert areas.named("楼下") is None


@pytest.mark.parametrize("text", ["一句话", "- {words: [x]}", "- {name: a, words: [x]}\n- {name: b, words: [x]}"])
def test_a_wrong_file_is_refused_by_name(tmp_path, text):
    path = tmp_path / "areas.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"areas\.yml"):
        Areas.load(str(path))


def test_an_area_contains_what_is_below_it_and_not_its_namesake():
    assert contains("幸福社区", "幸福社区/第三网格")
    assert not contains("幸福社区", "幸福社区二期")
    assert not contains("幸福社区/第三网格", "幸福社区")


def test_who_has_no_area_serves_all_and_what_has_none_is_for_all():
    assert in_area(user(None), "幸福社区")
    assert in_area(user("幸福社区"), None)
    assert not in_area(user("幸福社区"), "和平社区")


def test_a_list_never_goes_beyond_the_own_area():
    assert narrowed(user("幸福社区"), "和平社区") == "幸福社区"
    assert narrowed(user("幸福社区"), "幸福社区/第三网格") == "幸福社区/第三网格"
    assert narrowed(user(None), "和平社区") == "和平社区"
    assert narrowed(user(None), "") is None


def test_skills_have_chinese_names_and_the_operators_own():
    assert skills.known(["法律", "law", "粤语,方言", " "]) == ["law", "粤语", "dialect"]
    with pytest.raises(ValueError, match="长"):
        skills.known(["长" * 33])


@pytest.mark.parametrize("text", ["唔該搵個真人", "呢度嘅灯壞咗", "啥子时候来修哦"])
def test_dialect_is_told_from_mandarin(text):
    assert skills.wanted(None, text) == ["dialect"]


def test_mandarin_asks_for_no_skill():
    assert skills.wanted("explicit_human", "我要找人说说路灯的事") == []


def test_only_office_hours_count_as_waiting():
    calendar = Calendar()
    friday = datetime(2026, 3, 6, 17, 0, tzinfo=CHINA)
    assert calendar.open_between(friday, friday + timedelta(minutes=20)) == timedelta(minutes=20)
    assert calendar.open_between(friday, friday + timedelta(days=2)) == timedelta(minutes=30)
    assert calendar.open_between(friday, datetime(2026, 3, 9, 9, 0, tzinfo=CHINA)) == timedelta(hours=1)
    assert calendar.open_between(friday, friday - timedelta(days=1)) == timedelta()
