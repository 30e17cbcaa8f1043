"""The annotated corpus as lessons for the encoder: numbers of characters, the answer to each question, a tag a character."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import yaml

from bot.nlu.encoder import BEGIN, FIRST, UNKNOWN
from bot.nlu.places import settle
from bot.nlu.spans import KINDS, PLACE, Span, tags_of
from bot.normalize import normalize
from bot.sources import ROOT

LONGEST = 96  # characters that the network takes at once
PADDING, IGNORED = 0, -100
TAGS = ["O"] + [f"{part}-{kind}" for kind in KINDS for part in "BI"]
HEADS = ("act", "type", "category", "trigger", "urgent")
MATTERS = ("report", "needs_person")
SOCIAL = ("chitchat", "greet", "goodbye", "thanks", "bot_challenge")
_ANNOTATED = re.compile(r"\[([^\]]*)\]\(([a-z]+)\)")


@dataclass(frozen=True)
class Lesson:
    """Normalised `text`, the label of each head (None: the sentence says nothing on it), and what its characters are
    (None: it is not known)."""

    text: str
    labels: dict[str, str | None]
    spans: Sequence[Span] | None


def read_corpus() -> list[Lesson]:
    """All sentences of nlu_data, each folded as the reader folds a message."""
    lessons = []
    for part in ("topics", "triggers", "dialogue"):
        for file in sorted((ROOT / "nlu_data" / part).glob("*.yml")):
            for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
                lines = block["examples"].strip("\n").split("\n")
                lessons += [_lesson(block, line.removeprefix("- ")) for line in lines]
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
    text, spans = _spans(line)
    return Lesson(text, labels, spans if matter else None)


def _spans(line: str) -> tuple[str, list[Span]]:
    """The normalised sentence and its annotations, places with their settled edges."""
    plain, marked, at = "", [], 0
    for mark in _ANNOTATED.finditer(line):
        plain += line[at : mark.start()]
        marked.append((mark[2], len(plain), len(plain) + len(mark[1])))
        plain, at = plain + mark[1], mark.end()
    folded = normalize(plain + line[at:], fillers=True)
    spans = []
    for kind, start, end in marked:
        inside = [i for i, place in enumerate(folded.at) if start <= place < end]
        if inside and kind in KINDS:
            edges = inside[0], inside[-1] + 1
            spans.append(Span(kind, *(settle(folded.text, *edges) if kind == PLACE else edges)))
    return folded.text, spans


@dataclass(frozen=True)
class Words:
    """How lessons become numbers: the alphabet and each head's labels."""

    alphabet: dict[str, int]
    labels: dict[str, list[str]]

    @classmethod
    def of(cls, lessons: Sequence[Lesson], more: Sequence[str]) -> "Words":
        """All characters of the lessons, and `more` that residents may use."""
        chars = sorted({char for lesson in lessons for char in lesson.text} | set(more))
        labels = {head: sorted({one.labels[head] for one in lessons} - {None}) for head in HEADS}
        return cls({char: number for number, char in enumerate(chars, FIRST)}, labels)

    def numbers(self, lesson: Lesson) -> tuple[list[int], list[int], list[int]]:
        """(character numbers, label numbers, tag numbers), cut at `LONGEST`."""
        ids = [BEGIN, *(self.alphabet.get(char, UNKNOWN) for char in lesson.text[:LONGEST])]
        answers = [
            self.labels[head].index(label) if (label := lesson.labels[head]) is not None else IGNORED for head in HEADS
        ]
        if lesson.spans is None:
            return ids, answers, [IGNORED] * len(ids)
        tags = tags_of(len(lesson.text), lesson.spans)[:LONGEST]
        return ids, answers, [IGNORED, *(TAGS.index(tag) for tag in tags)]


Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def batches(numbered: Sequence[tuple], size: int, shuffled: bool) -> Iterator[Batch]:
    """Batches of sentences of like length, so that little is filled up."""
    order = list(range(len(numbered)))
    if shuffled:
        random.shuffle(order)
    reach = 50 * size if shuffled else len(order)
    near = [sorted(order[i : i + reach], key=lambda j: len(numbered[j][0])) for i in range(0, len(order), reach)]
    cut = [part[i : i + size] for part in near for i in range(0, len(part), size)]
    if shuffled:
        random.shuffle(cut)
    for chosen in cut:
        yield _batch([numbered[j] for j in chosen])


def _batch(chosen: Sequence[tuple]) -> Batch:
    longest = max(len(ids) for ids, _, _ in chosen)
    ids = [one + [PADDING] * (longest - len(one)) for one, _, _ in chosen]
    tags = [one + [IGNORED] * (longest - len(one)) for _, _, one in chosen]
    return torch.tensor(ids), torch.tensor([answers for _, answers, _ in chosen]), torch.tensor(tags)
