"""Sentences are scored as the labelling rules say."""

import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from bot.boundary.triggers import triggers
from bot.cli import baselines, measures
from bot.cli.measures import Figure, calibration_error, category_score, measure, trigger_right
from bot.cli.reliability import bins, diagram
from bot.cli.report import write_report
from bot.cli.targets import documented, reached, table


def got(trigger: str | None = None, disposition: str | None = None, **more) -> dict:
    told = baselines._told(trigger)
    return {**told, "disposition": disposition or told["disposition"], **more}


def understood(**more) -> dict:
    plain = {"category": "C04", "subcategory": "C0406", "type": "求助", "urgent": False, "confidence": 0.9}
    return {**got(), **plain, "place": None, "pii": [], **more}


def row(text: str = "路灯坏了", **more) -> dict:
    labels = {"category": "C04", "subcategory": "C0406", "type": "求助", "urgent": False, "also": []}
    return {"text": text, **labels, "location": None, "pii": [], "trigger": None, **more}


INTAKE = [
    (
        row(
            "幸福路灯坏了打13800001234", location="幸福路", pii=[{"kind": "phone", "text": "13800001234"}], urgent=True
        ),
        understood(place={"text": "幸福路"}, pii=[{"kind": "phone", "span": [7, 18]}], urgent=True),
    ),
    (
        row(subcategory="C0101", category="C01", also=["C0406"], urgent=True),
        understood(pii=[{"kind": "name", "span": [0, 2]}]),
    ),
]
HANDOFF = [
    ({"text": "不想活了", "trigger": "self_harm", "also": [], "lookalike": None}, got("emergency")),
    ({"text": "要上电视", "trigger": "media", "also": ["anger_petition"], "lookalike": None}, got("anger_petition")),
    ({"text": "气死我了", "trigger": None, "also": [], "lookalike": "anger_petition"}, got(None, "hand_off")),
    ({"text": "笑死", "trigger": None, "also": [], "lookalike": "self_harm"}, got()),
]


@pytest.mark.parametrize(
    ("trigger", "also", "told", "right"),
    [
        ("self_harm", [], "emergency", True),  # any P0 reaches the people on call
        ("self_harm", ["bereavement_illness"], "bereavement_illness", False),
        ("media", ["anger_petition"], "anger_petition", True),
        ("media", [], "anger_petition", False),
        ("media", [], None, False),
    ],
)
def test_danger_needs_any_p0_and_the_rest_one_of_its_labels(trigger, also, told, right):
    assert trigger_right({"trigger": trigger, "also": also}, got(told)) is right


def test_who_needs_a_person_is_served_by_any_way_into_the_queue():
    figures = measures.triggers(HANDOFF)
    assert {name: figure.value for name, figure in figures.items()} == {
        "P0 召回": 1.0,
        "触发召回": 1.0,
        "误转人工": 0.5,
        "触发说对": 1.0,
    }
    wide = [({"text": "", "trigger": "media", "also": []}, got(None, "hand_off"))]
    assert measures.triggers(wide)["触发召回"].value == 1.0
    assert measures.triggers(wide)["触发说对"].value == 0.0


def test_another_matter_of_the_message_is_half_right():
    assert [category_score(*pair) for pair in INTAKE] == [1.0, 0.5]
    assert measure(HANDOFF, INTAKE)["二级类目"].value == 0.75


def test_several_matters_count_when_they_are_told_apart_and_when_each_is_right():
    light, lift, waste = ({"subcategory": code} for code in ("C0406", "C0103", "C0301"))
    pairs = [
        ({"text": "", "matters": ["C0406", "C0103"]}, got(matters=[lift, light])),
        ({"text": "", "matters": ["C0406", "C0103"]}, got(matters=[light, waste])),
        ({"text": "", "matters": ["C0406", "C0103"]}, got(matters=[])),
        ({"text": "", "matters": ["C0406"]}, got(matters=[])),
        ({"text": "", "matters": ["C0301"]}, got(matters=[waste, lift])),
    ]
    told = {name: round(figure.value, 2) for name, figure in measures.several(pairs).items()}
    assert told == {"几件事分得开": 0.67, "件件说对": 0.33, "一件事拆成几件": 0.5}
    assert measures.several([]) == {}


def test_personal_data_counts_by_kind_and_exact_words():
    figures = measure(HANDOFF, INTAKE)
    assert (figures["个人信息召回"].value, figures["个人信息召回"].count) == (1.0, 1)
    assert (figures["个人信息精确"].value, figures["个人信息精确"].count) == (0.5, 2)
    assert figures["地点 F1"].value == 1.0
    assert figures["紧急 F1"].value == pytest.approx(2 / 3)


def test_the_interval_of_a_share_narrows_with_its_sentences():
    few, many = (Figure(0.95, count).interval() for count in (20, 2000))
    assert few[0] < many[0] < 0.95 < many[1] < few[1]
    assert Figure(0.95, 20, counted=False).interval() is None
    assert all(0 <= bound <= 1 for bound in Figure(1.0, 3).interval())


def test_confidence_that_comes_true_has_no_error():
    pairs = [(row(), understood(confidence=0.75)) for _ in range(3)]
    pairs.append((row(subcategory="C0101"), understood(confidence=0.75)))
    assert calibration_error(pairs) == pytest.approx(0.0)
    assert calibration_error([(row(), understood(confidence=0.0))]) == pytest.approx(1.0)


def test_the_diagram_is_a_picture_of_the_tenths_in_use():
    pairs = [(row(), understood(confidence=c)) for c in (0.05, 0.55, 0.58, 1.0)]
    assert [b.count for b in bins(pairs)] == [1, 2, 1]
    drawn = ElementTree.fromstring(diagram(pairs))
    assert len(drawn.findall("{http://www.w3.org/2000/svg}circle")) == 3


def test_every_figure_stands_in_the_tables_beside_what_is_aimed_at(tmp_path):
    columns = {
        "本项目": measure(HANDOFF, INTAKE),
        "关键词表": measures.triggers(baselines.judged(HANDOFF, baselines.keywords())),
    }
    sets = {"dev": columns, "final": columns}
    for written in (table(sets), documented(sets, (INTAKE, HANDOFF))):
        assert all(name in written for name in columns["本项目"])
    assert "**未达到**" in documented(sets, (INTAKE, HANDOFF))
    write_report(tmp_path / "report.html", sets, {"final": (INTAKE, HANDOFF)})
    assert "关键词表" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_more_is_better_except_for_what_goes_wrong():
    assert reached("P0 召回", Figure(0.99, 1)) and not reached("P0 召回", Figure(0.97, 1))
    assert reached("误转人工", Figure(0.05, 1)) and not reached("误转人工", Figure(0.2, 1))
    assert reached("触发说对", Figure(0.1, 1)) is None


def test_the_keyword_list_knows_every_trigger_and_only_those():
    find = baselines.keywords()
    assert find("着火了") == "emergency"
    assert find("路灯") is None
    listed = yaml.safe_load(baselines.KEYWORDS.read_text(encoding="utf-8"))
    assert set(listed) == set(triggers())
