"""One resident in several channels: joined by the resident's own word, undone by one word, nothing moved."""

import re

from handoff.service import links, packet
from tests.support.scene import MONDAY

WRONG = "这个关联码不对"


def code_in(scene, conversation):
    return re.search(r"关联码：(\d{8})", scene.told(conversation)[-1])[1]


def registers(scene, sender, account="web", channel="web"):
    conversation = scene.says(sender, "幸福小区3号楼的路灯坏了", account, channel)
    scene.says(sender, "对，就这样", account, channel)
    return conversation


def cases_of(scene, conversation):
    def read(tx):
        return [case.conversation_id for case in tx.cases.of_resident(tx.conversations.get(conversation).resident_id)]

    return sorted(scene.ledger.read_now(read))


def linked(scene):
    """(conversation at the 公众号, conversation at the page) of one resident, each with a case."""
    first, second = registers(scene, "o-1", "oa", "wechat"), registers(scene, "w-1")
    scene.says("o-1", "关联账号", "oa", "wechat")
    scene.says("w-1", f"关联{code_in(scene, first)}")
    return first, second


def test_after_the_code_both_channels_show_both_cases(scene):
    first, second = linked(scene)
    assert cases_of(scene, first) == cases_of(scene, second) == sorted([first, second])
    assert "取消关联" in scene.told(first)[-1]  # the side that did not confirm is told as well
    assert scene.audited(action="link")[0]["actor"] == "resident"


def test_one_word_undoes_it_and_each_keeps_the_own_cases(scene):
    first, second = linked(scene)
    scene.says("o-1", "取消关联", "oa", "wechat")
    assert (cases_of(scene, first), cases_of(scene, second)) == ([first], [second])
    assert scene.audited(action="unlink")[0]["target"] == str(first)


def test_a_code_works_once_and_not_in_the_channel_it_was_given(scene):
    first = registers(scene, "o-1", "oa", "wechat")
    scene.says("o-1", "关联账号", "oa", "wechat")
    code = code_in(scene, first)
    scene.says("o-1", f"关联{code}", "oa", "wechat")
    assert WRONG in scene.told(first)[-1]
    other = scene.says("w-1", f"关联{code}")
    assert WRONG in scene.told(other)[-1]
    assert cases_of(scene, other) == []


def test_a_code_runs_out(scene):
    first = registers(scene, "o-1", "oa", "wechat")
    scene.says("o-1", "关联账号", "oa", "wechat")
    code = code_in(scene, first)
    scene.now = MONDAY.replace(hour=10)
    other = scene.says("w-1", f"关联 {code}")
    assert WRONG in scene.told(other)[-1]


def test_staff_may_ask_but_only_the_resident_confirms_and_staff_cannot_read_the_code(scene):
    wang = scene.user("wang")
    first, second = registers(scene, "o-1", "oa", "wechat"), registers(scene, "w-1")
    scene.claim(wang, first)
    scene.do(links.offer_by_staff, wang, first, scene.now)
    code = code_in(scene, first)
    shown = scene.do(packet.build, wang, first, scene.now)
    assert code not in str(shown)
    assert cases_of(scene, first) == [first]
    scene.says("w-1", f"关联{code}")
    assert cases_of(scene, first) == sorted([first, second])
    shown = scene.do(packet.build, wang, first, scene.now)
    assert shown["linked"] == [{"conversation": second, "channel": "web"}]
    assert scene.do(links.undo_by_staff, wang, first, scene.now) == 1


def test_a_sealed_case_of_the_other_channel_stays_sealed(scene):
    wang = scene.user("wang")
    first, second = linked(scene)
    scene.do(lambda tx: [tx.cases.set(c.number, sealed=True) for c in tx.cases.search(conversation_id=second)])
    scene.claim(wang, first)
    shown = scene.do(packet.build, wang, first, scene.now)
    assert [case["conversation"] for case in shown["cases"]] == [first]
