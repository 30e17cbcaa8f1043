"""Every way that `python -m bot compare` sets beside the project's own learns and answers."""

import pytest

from bot.cli.compare import _compared, _rivals
from bot.cli.rivals import Task

LIGHTS = ["路灯坏了", "路灯不亮", "灯又灭了", "巷口的灯闪个不停", "晚上黑得看不见路", "灯杆歪了"]
WATER = ["家里停水了", "水管爆了", "水龙头流黄水", "自来水有味道", "水压太小上不来", "水表走得飞快"]
TASK = Task("灯和水", [*LIGHTS, *WATER], ["灯"] * 6 + ["水"] * 6, ["路灯灭了", "停水了"], ["灯", "水"])


@pytest.mark.timeout(300)
def test_every_rival_learns_and_answers_and_has_a_row_in_the_table() -> None:
    names = [name for name, _ in _rivals(TASK, 1)]
    table = _compared(TASK, 1).splitlines()
    assert [row.split(" | ")[0].removeprefix("| ") for row in table[-len(names) :]] == names
    assert "12 句学，2 句考，2 类" in table[0]


def test_what_tells_two_matters_apart_is_learned_by_all_but_a_single_pass_of_diet() -> None:
    for name, rival in _rivals(TASK, None):
        rival.learn(TASK)
        assert [rival.label(text) for text in TASK.asked] == TASK.expected, name
