"""A correction taken apart: what is denied, what is said instead, which field it is about."""

import pytest

from bot.corrections import drops_one, take_apart, which_one


@pytest.mark.parametrize(
    ("text", "denied", "asserted", "field"),
    [
        ("不是路灯,是井盖", "路灯", "井盖", None),
        ("不是3号楼,是5号楼", "3号楼", "5号楼", None),
        ("不是3号楼是5号楼，而且昨天晚上还冒火花了", "3号楼", "5号楼", None),
        ("是学院路不是学府路", "学府路", "学院路", None),
        ("唔系三座，系五座", "三座", "五座", None),
        ("搞错啦 系水管唔系电线", "电线", "水管", None),
        ("不在一期，在二期", "一期", "二期", None),
        ("楼上改成楼下", "楼上", "楼下", None),
        ("我说的是井盖啊", "", "井盖", None),
        ("地址错了，应该是5号楼", "", "5号楼", "place"),
        ("地点写错了", "", "", "place"),
        ("地点不对，是阳光花园2号楼", "", "阳光花园2号楼", "place"),
        ("时间不对", "", "", "time"),
        ("类别不对", "", "", "category"),
        ("不是投诉，是咨询", "投诉", "咨询", None),
    ],
)
def test_the_two_halves_and_the_field_are_found(text, denied, asserted, field):
    found = take_apart(text)
    assert (found.denied, found.asserted, found.field) == (denied, asserted, field)
    assert text[found.start : found.end] == asserted


@pytest.mark.parametrize("text", ["对", "路灯坏了三天了", "", "？", "3号楼", "已经三天了，晚上很黑"])
def test_what_corrects_nothing_is_no_correction(text):
    assert take_apart(text) is None


@pytest.mark.parametrize(
    ("text", "which", "drops"),
    [
        ("第二件不要了", 1, True),
        ("只报第一件", 0, True),
        ("第2个算了", 1, True),
        ("第二件是井盖", 1, False),
        ("不要了", None, False),
    ],
)
def test_one_of_several_matters_is_named_by_its_number(text, which, drops):
    assert (which_one(text), drops_one(text)) == (which, drops)
