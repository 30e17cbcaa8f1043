"""The boundary as a table: a changed cell changes that cell, its line of the file, and nothing else."""

import difflib

import pytest

from bot.boundary import table
from bot.boundary.policy import POLICY_FILE, Policy, PolicyError
from bot.boundary.taxonomy import taxonomy

TEXT = POLICY_FILE.read_text(encoding="utf-8")


def test_every_category_has_a_cell_for_every_type_and_for_what_is_unclear():
    policy = Policy.parse(TEXT)
    for code in taxonomy().second_level():
        assert set(table.cells(policy.categories[code])) == {"default", *taxonomy().types}


def test_a_cell_says_what_the_policy_decides():
    policy = Policy.parse(TEXT)
    for code, rules in policy.categories.items():
        for kind, disposition in table.cells(rules).items():
            asked = None if kind == table.DEFAULT else kind
            assert policy.decide(code, asked, None, 1.0).disposition == disposition


def test_a_changed_cell_touches_its_line_and_the_version_and_leaves_every_comment():
    edited = table.changed(TEXT, {("C0101", "投诉"): "hand_off"})
    moved = [line for line in difflib.ndiff(TEXT.splitlines(), edited.splitlines()) if line[0] in "+-"]
    assert len(moved) == 4
    assert table.notes(edited) == table.notes(TEXT)
    assert Policy.parse(edited).version == Policy.parse(TEXT).version + 1


@pytest.mark.parametrize("cell", [("C0101", "投诉"), ("C0901", "default"), ("C1601", "咨询"), ("C9903", "表扬")])
@pytest.mark.parametrize("to", ["answer", "register", "hand_off"])
def test_exactly_the_chosen_cell_says_something_else(cell, to):
    before = Policy.parse(TEXT)
    moved = table.changes(before, Policy.parse(table.changed(TEXT, {cell: to})))
    same = table.cells(before.categories[cell[0]])[cell[1]] == to
    assert [(one.code, one.kind, one.after) for one in moved] == ([] if same else [(*cell, to)])


def test_several_cells_of_one_category_change_together():
    wanted = {("C0103", "default"): "hand_off", ("C0103", "咨询"): "register", ("C0701", "投诉"): "register"}
    moved = table.changes(Policy.parse(TEXT), Policy.parse(table.changed(TEXT, wanted)))
    assert {(one.code, one.kind): one.after for one in moved} == wanted


@pytest.mark.parametrize("cell", [("C99", "投诉"), ("C0101", "闲聊"), ("C0101", "")])
def test_a_cell_that_is_not_there_is_refused(cell):
    with pytest.raises(PolicyError):
        table.changed(TEXT, {cell: "answer"})
    with pytest.raises(PolicyError):
        table.changed(TEXT, {("C0101", "投诉"): "promise"})


def test_a_line_in_another_form_is_refused_and_not_spoiled():
    lines = TEXT.replace(
        "  C0406: {default: register, 咨询: answer}", "  C0406:\n    default: register\n    咨询: answer"
    )
    with pytest.raises(PolicyError, match="改全文"):
        table.changed(lines, {("C0406", "投诉"): "hand_off"})
    assert table.changed(lines, {("C0101", "投诉"): "hand_off"})


def test_the_reason_beside_a_category_is_read():
    assert table.notes(TEXT)["C0702"].startswith("情感与隐私敏感")
