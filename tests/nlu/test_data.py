"""The corpus holds what it promises: enough sentences for every label, hand-written, none twice."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize as unit_length

from bot.boundary.knowledge import entries
from bot.boundary.taxonomy import taxonomy
from bot.boundary.triggers import triggers
from bot.importer import CorpusImporter
from bot.nlu.training import Example
from bot.nlu.understanding import example_of

ROOT = Path(__file__).parents[2]
AT_ONCE = 200_000  # pairs of texts compared at a time


@pytest.fixture(scope="module")
def examples(corpus: list[Message]) -> list[Example]:
    return [example_of(message) for message in corpus]


@pytest.mark.parametrize("folder", ["dialogue", "triggers"])
def test_the_corpus_is_read_as_rasa_itself_reads_it(folder: str) -> None:
    where = str(ROOT / "nlu_data" / folder)
    ours = CorpusImporter(training_data_paths=[where]).get_nlu_data()
    theirs = RasaFileImporter(training_data_paths=[where]).get_nlu_data()
    assert [m.as_dict() for m in ours.training_examples] == [m.as_dict() for m in theirs.training_examples]


def test_every_subcategory_has_forty_sentences(examples: list[Example]) -> None:
    counts = Counter(example.category for example in examples)
    assert {code: counts[code] for code in taxonomy().second_level() if counts[code] < 40} == {}


def test_every_trigger_has_eighty_sentences_and_as_many_lookalikes(examples: list[Example]) -> None:
    counts = Counter(example.trigger for example in examples if example.trigger)
    lookalikes: Counter[str] = Counter()
    for file in (ROOT / "nlu_data").glob("*/*.yml"):
        for block in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            if likeness := (block.get("metadata") or {}).get("lookalike"):
                lookalikes[likeness] += len(block["examples"].strip().splitlines())
    short = {
        name: (counts[name], lookalikes[name])
        for name in triggers()
        if counts[name] < 80 or lookalikes[name] < counts[name]
    }
    assert short == {}


def test_only_known_labels_are_used(examples: list[Example]) -> None:
    assert {example.category for example in examples} <= set(taxonomy().second_level())
    assert {example.type for example in examples} <= set(taxonomy().types)
    assert {example.trigger for example in examples} - {None} <= set(triggers())
    assert all((example.act == "needs_person") == (example.trigger is not None) for example in examples)


def test_no_two_sentences_of_different_words_are_nearly_the_same(examples: list[Example]) -> None:
    """Character-pair cosine above 0.8; keeps templates out."""
    reported = [example.text for example in examples if example.act in ("report", "needs_person")]
    assert [(one, other) for one, other in alike(reported, reported) if one != other] == []


def test_no_two_answers_are_asked_for_in_nearly_the_same_words() -> None:
    """The nearest known question decides between them. Of dialogue acts, short phrases are alike by nature (谢谢啦, 谢谢了)."""
    asked = [(entry.id, question) for entry in entries().values() for question in entry.questions]
    questions = [question for _, question in asked]
    pairs = [(asked[one], asked[other]) for one, other in alike(questions, questions) if one < other]
    assert [pair for pair in pairs if pair[0][0] != pair[1][0]] == []


def test_nothing_that_measures_is_trained_on_and_the_final_set_is_apart_from_the_others(
    examples: list[Example],
) -> None:
    sets = {file.stem: _texts(file) for file in (ROOT / "tests" / "nlu" / "data").glob("*.jsonl")}
    final = {text for name, texts in sets.items() if name.startswith("final") for text in texts}
    others = [text for name, texts in sets.items() if not name.startswith("final") for text in texts]
    assert final.isdisjoint(others)
    reported = [example.text for example in examples if example.act in ("report", "needs_person")]
    assert list(alike(reported, [*final, *others])) == []


def _texts(file: Path) -> list[str]:
    return [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]


def alike(texts: list[str], others: list[str], limit: float = 0.8) -> Iterator[tuple[int, int]]:
    """Which of the texts (by number) are nearly the same as which of the others."""
    counts = CountVectorizer(analyzer=_pairs, dtype=np.float32).fit_transform([*texts, *others])
    rows = unit_length(counts)
    ours, theirs = rows[: len(texts)], rows[len(texts) :]
    near = (_rarest(ours, limit) @ theirs.T).tocoo()
    for start in range(0, near.nnz, AT_ONCE):
        one, other = near.row[start : start + AT_ONCE], near.col[start : start + AT_ONCE]
        close = np.asarray(ours[one].multiply(theirs[other]).sum(axis=1)).ravel() > limit
        yield from zip(one[close].tolist(), other[close].tolist(), strict=True)


def _rarest(rows: csr_matrix, limit: float) -> csr_matrix:
    """The rows with only their rarest pairs, as many as it takes: two rows of length one that share none of these share
    too little to be alike, since what is left of this one is shorter than the limit."""
    often = np.bincount(rows.indices, minlength=rows.shape[1])
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((often[rows.indices], row))
    squares = rows.data[order].astype(float) ** 2
    before = np.cumsum(squares) - squares
    left = 1 - (before - before[rows.indptr[:-1]].repeat(np.diff(rows.indptr)))  # of the length, from this pair on
    kept = order[left >= limit**2 - 1e-6]
    return csr_matrix((rows.data[kept], (row[kept], rows.indices[kept])), rows.shape)


def _pairs(text: str) -> list[str]:
    letters = "".join(char for char in text if char.isalnum()) or text
    return [letters[i : i + 2] for i in range(len(letters) - 1)] or [letters]
