"""Every way that `python -m bot compare` sets beside the project's own learns and answers."""

import pytest

from bot.cli.compare import _asked, _rivals, _row, _trained
from bot.cli.rivals import Task

LIGHTS = ["路灯坏了", "路灯不亮", "灯又灭了", "巷口的灯闪个不停", "晚上黑得看不见路", "灯杆歪了"]
WATER = ["家里停水了", "水管爆了", "水龙头流黄水", "自来水有味道", "水压太小上不来", "水表走得飞快"]
TASK = Task("灯和水", [*LIGHTS, *WATER], ["灯"] * 6 + ["水"] * 6, ["路灯灭了", "停水了"], ["灯", "水"])
ENOUGH = 10  # epochs of DIET


@pytest.mark.timeout(300)
def test_every_rival_learns_what_tells_two_matters_apart_and_has_a_row_in_the_table() -> None:
    trained = [_trained(name, rival, TASK) for name, rival in _rivals(TASK, ENOUGH)]
    labels, milliseconds = _asked(trained, TASK)
    assert labels == {each.name: TASK.expected for each in trained}
    for each in trained:
        assert _row(each, TASK, labels[each.name], milliseconds[each.name]).startswith(
            f"| {each.name} | 1.000 | 1.000 |"
        )
