"""The annotated corpus as lessons for the encoder: numbers of subwords, the answer to each question."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import yaml

from bot.nlu.subwords import PADDING, Subwords
from bot.normalize import spoken
from bot.sources import ROOT

LONGEST = 128  # characters that the network takes at once
IGNORED = -100
HEADS = ("act", "type", "category", "trigger", "urgent")
MATTERS = ("report", "needs_person")
SOCIAL = ("chitchat", "greet", "goodbye", "thanks", "bot_challenge")
_ANNOTATED = re.compile(r"\[([^\]]*)\]\([a-z]+\)")


@dataclass(frozen=True)
class Lesson:
    """Normalised `text` and the label of each head (None: the sentence says nothing on it)."""

    text: str
    labels: dict[str, str | None]


def blocks() -> Iterator[tuple[dict, list[str]]]:
    """The blocks of nlu_data as they are written, each with its annotated lines."""
    for part in ("topics", "triggers", "dialogue"):
        for file in sorted((ROOT / "nlu_data" / part).glob("*.yml")):
            for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
                yield block, [line.removeprefix("- ") for line in block["examples"].strip("\n").split("\n")]


def read_corpus() -> list[Lesson]:
    """All sentences of nlu_data, each folded as the reader folds a message."""
    lessons = [_lesson(block, line) for block, lines in blocks() for line in lines]
    return [lesson for lesson in lessons if lesson.text]


def _lesson(block: dict, line: str) -> Lesson:
    act, told = block["intent"], block.get("metadata") or {}
    matter = act in MATTERS
    labels = {
        "act": act,
        "type": told.get("type", "其他") if matter else None,
        "category": told.get("category", "C9902") if matter or act in SOCIAL else None,
        "trigger": told.get("trigger", "none"),
        "urgent": ("yes" if told.get("urgent") else "no") if matter else None,
    }
    return Lesson(spoken(_ANNOTATED.sub(r"\1", line)).text, labels)


@dataclass(frozen=True)
class Words:
    """How lessons become numbers: the subwords and each head's labels."""

    subwords: Subwords
    labels: dict[str, list[str]]

    @classmethod
    def of(cls, lessons: Sequence[Lesson], subwords: Subwords) -> "Words":
        """With all labels of the lessons."""
        return cls(subwords, {head: sorted({one.labels[head] for one in lessons} - {None}) for head in HEADS})

    def numbers(self, lesson: Lesson) -> tuple[list[int], list[int]]:
        """(subword numbers, label numbers), cut at `LONGEST` characters."""
        answers = [
            self.labels[head].index(label) if (label := lesson.labels[head]) is not None else IGNORED for head in HEADS
        ]
        return self.subwords.numbers(lesson.text[:LONGEST]), answers


Batch = tuple[torch.Tensor, torch.Tensor]


def batches(numbered: Sequence[tuple], size: int, shuffled: bool) -> Iterator[Batch]:
    """Batches of sentences of like length."""
    for chosen in near_in_length([len(ids) for ids, _ in numbered], size, shuffled):
        yield _batch([numbered[j] for j in chosen])


def near_in_length(lengths: Sequence[int], size: int, shuffled: bool) -> Iterator[list[int]]:
    """Which go together, so that little is filled up."""
    order = list(range(len(lengths)))
    if shuffled:
        random.shuffle(order)
    reach = 50 * size if shuffled else max(1, len(order))
    near = [sorted(order[i : i + reach], key=lambda j: lengths[j]) for i in range(0, len(order), reach)]
    cut = [part[i : i + size] for part in near for i in range(0, len(part), size)]
    if shuffled:
        random.shuffle(cut)
    yield from cut


def _batch(chosen: Sequence[tuple]) -> Batch:
    longest = max(len(ids) for ids, _ in chosen)
    ids = [one + [PADDING] * (longest - len(one)) for one, _ in chosen]
    return torch.tensor(ids), torch.tensor([answers for _, answers in chosen])
