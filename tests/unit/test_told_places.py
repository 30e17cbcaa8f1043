"""A place said in pieces is put together again; what is no place stays out of it."""

import pytest

from actions import places


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("3栋", "3栋"),
        ("应该是6栋", "6栋"),
        ("是2单元502的", "2单元502"),
        ("三号楼。", "三号楼"),
        ("东门口", "东门口"),
        ("1", None),
        ("abc", None),
        ("三天了", None),
        ("两个", None),
        ("3栋的灯也坏了", None),
        ("桂花苑3栋", None),
    ],
)
def test_only_the_end_of_a_place_is_heard_as_one(text: str, end: str | None) -> None:
    found = places.only_the_end_of_one(text)
    assert (text[slice(*found)] if found else None) == end


def test_a_new_building_takes_the_place_of_the_old_one_and_the_estate_stays() -> None:
    told = places.at("桂花苑7栋", 0, 5, [{"seq": 1, "start": 0, "end": 5, "at": 0}])
    said = places.at("3栋", 0, 2, [{"seq": 2, "start": 0, "end": 2, "at": 0}])
    assert places.amended(told, said)["text"] == "桂花苑3栋"


@pytest.mark.parametrize(("said", "place"), [("阳光花园2号楼", "阳光花园2号楼"), ("阳光花园", "阳光花园3号楼")])
def test_another_estate_keeps_the_old_building_only_when_it_brings_none_of_its_own(said: str, place: str) -> None:
    told = places.at("幸福小区3号楼", 0, 7, [{"seq": 1, "start": 0, "end": 7, "at": 0}])
    new = places.at(said, 0, len(said), [{"seq": 2, "start": 0, "end": len(said), "at": 0}])
    assert places.amended(told, new, "幸福小区")["text"] == place
