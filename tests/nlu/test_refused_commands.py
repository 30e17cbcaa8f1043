"""A command of the bot that cannot do what it was given says why in one Chinese line that names the thing, and fails."""

import json
import shutil

import pytest

from bot.__main__ import main
from bot.cli import model, train
from bot.cli.model import ROOT
from tests.support.refusing import refusal

GOOD = {"dev_intake": {"text": "灯坏了", "category": "C04", "subcategory": "C0406", "type": "求助", "urgent": False,
                       "location": None, "pii": []}, "dev_handoff": {"text": "转人工", "trigger": "explicit_human"}}  # fmt: skip


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("一行字\n", encoding="utf-8")
    (tmp_path / "photo").write_bytes(b"\xff\xd8\xff\xe0\x00" * 100)
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "good.tsv").write_text("label\ttext\n灯\t灯坏了\n水\t停水了\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def refused(place, capsys):
    """The one line that a refused command says."""

    def refused(*arguments: str) -> str:
        return refusal(main, arguments, capsys)

    return refused


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "命令"),
        (("learn",), "learn"),
        (("train", "--fast"), "--fast"),
        (("benchmark-classifier", "good.tsv"), "TEST"),
        (("compare", "--diet", "0"), "--diet"),
        (("compare", "--most", "-1"), "--most"),
        (("compare", "--train", "good.tsv"), "--test"),
        (("evaluate", "--data"), "--data"),
    ],
)
def test_a_wrong_argument_is_named(refused, arguments, named):
    assert named in refused(*arguments)


@pytest.mark.parametrize("file", ["nowhere", "folder", "photo", "file", "empty"])
def test_a_table_that_is_none_is_named(refused, file):
    assert file in refused("benchmark-classifier", file, "good.tsv")
    assert file in refused("benchmark-classifier", "good.tsv", file)
    assert file in refused("compare", "--train", file, "--test", "good.tsv")


@pytest.mark.parametrize("command", ["evaluate", "compare"])
@pytest.mark.parametrize("data", ["nowhere", "folder", "file"])
def test_sentences_that_are_not_there_are_named(refused, command, data):
    assert data in refused(command, "--data", data)


@pytest.mark.parametrize("command", ["evaluate", "compare"])
@pytest.mark.parametrize(
    "content",
    [b"", b"{\n", b"[]\n", b'{"text": 5}\n', b'{"text": "a"}\n', b"\xff\n", b"[" * 100_000],
    ids=["none", "no JSON", "no object", "no text", "no labels", "not UTF-8", "deep"],
)
def test_a_broken_sentence_is_named_with_its_file(refused, place, command, content):
    for name, row in GOOD.items():
        (place / "folder" / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    (place / "folder" / "dev_handoff.jsonl").write_bytes(content)
    assert "dev_handoff.jsonl" in refused(command, "--data", "folder")


@pytest.mark.parametrize("command", [("understand",), ("evaluate", "--data", str(ROOT / "tests/nlu/data"))])
def test_a_model_that_is_missing_or_broken_is_named(refused, place, monkeypatch, command):
    """Missing, no archive, half an archive: each says what to do."""
    defaults = list(model.load_reader.__defaults__)
    for content in (None, b"", b"no archive", _half_an_archive(place)):
        own = place / "models.tar.gz"
        own.unlink(missing_ok=True)
        if content is not None:
            own.write_bytes(content)
        monkeypatch.setattr(model.load_reader, "__defaults__", (own, *defaults[1:]))
        assert "train" in refused(*command)


def _half_an_archive(place) -> bytes:
    made = shutil.make_archive(str(place / "made"), "gztar", ROOT / "bot" / "boundary")
    whole = open(made, "rb").read()
    return whole[: len(whole) // 2]


@pytest.mark.parametrize("command", [("understand",), ("train", "--force")])
def test_a_folder_for_data_that_is_none_is_named(refused, monkeypatch, command):
    monkeypatch.setenv("VAR_DIR", "file")
    monkeypatch.setattr(train, "_train", lambda *_: pytest.fail("it trained"))
    assert "file" in refused(*command)


@pytest.mark.parametrize("content", [None, b"\xff\n", b"PORT\n"], ids=["a folder", "no text", "no value"])
def test_a_broken_env_file_is_named(refused, place, content):
    env = place / ".env"
    env.mkdir() if content is None else env.write_bytes(content)
    assert ".env" in refused("understand")
