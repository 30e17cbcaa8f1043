"""What comes to the corpus later is learned without beginning anew; too much of it is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.nlu import training
from bot.nlu.classifier import TextClassifier
from bot.nlu.questions import CATEGORY, TRIGGER
from bot.nlu.training import Example, train, train_on

LIGHTS = ["路灯坏了", "路灯不亮", "灯又灭了", "巷口的灯闪个不停", "晚上黑得看不见路", "灯杆歪了"]
WATER = ["家里停水了", "水管爆了", "水龙头流黄水", "自来水有味道", "水压太小上不来", "水表走得飞快"]
CALLS = ["我不想活了", "活着没意思", "想一走了之"]
CORPUS = [
    *(Example(text, "report", "C0406", "求助") for text in LIGHTS),
    *(Example(text, "report", "C0501", "投诉") for text in WATER),
    *(Example(text, "needs_person", "C9903", "求助", "self_harm") for text in CALLS),
    Example("楼下着火了快来人", "needs_person", "C0303", "求助", "emergency", urgent=True),
    Example("你好", "greet", "C9902", "其他"),
]
NEW = Example("电线杆上那盏霓虹招牌滋滋响", "report", "C0406", "求助")


@pytest.fixture
def learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(training, "FEW", 0.1)
    train(CORPUS, tmp_path)
    return tmp_path


def category(folder: Path, text: str) -> str:
    return TextClassifier.load(folder).read(text).best(CATEGORY)[0]


def test_a_sentence_that_comes_later_is_learned_and_nothing_is_forgotten(learned: Path) -> None:
    opposite = replace(NEW, text="水电站路的霓虹招牌滋滋响", category="C0406")
    before = {text: category(learned, text) for text in (*LIGHTS, *WATER)}
    assert train_on([*CORPUS, opposite], learned) == 1
    assert category(learned, opposite.text) == "C0406"
    assert {text: category(learned, text) for text in (*LIGHTS, *WATER)} == before


def test_a_trigger_that_comes_later_is_shown_as_its_own_example_and_one_that_goes_is_not(learned: Path) -> None:
    call = Example("天台风好大，活着没意思了", "needs_person", "C9903", "求助", "self_harm")
    assert train_on([*CORPUS, call], learned) == 1
    classifier = TextClassifier.load(learned)
    verdict = classifier.read(call.text)
    assert verdict.best(TRIGGER)[0] == "self_harm"
    assert call.text in classifier.nearest(verdict.wording, TRIGGER, "self_harm")
    train(CORPUS, learned)
    gone = [example for example in CORPUS if example.text != CALLS[0]]
    assert train_on(gone, learned) == 0
    assert CALLS[0] not in TextClassifier.load(learned).texts


def test_what_has_changed_bit_by_bit_counts_together_and_then_all_is_learned_anew(learned: Path) -> None:
    assert train_on([*CORPUS, NEW], learned) == 1
    assert train_on([*CORPUS, NEW, replace(NEW, text="楼梯间漆黑一片")], learned) is None


def test_a_sentence_with_another_label_counts_as_gone_and_come(learned: Path) -> None:
    assert train_on([replace(CORPUS[0], type="投诉"), *CORPUS[1:]], learned) is None
