"""Teaches the encoder all questions at once. The tenth of the sentences that it never sees says how well it does."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch.nn import functional

from bot.nlu.encoder import unseen
from bot.nlu.subwords import FIRST, UNKNOWN, Subwords
from bot.teaching.course import SIZE, Course, prepare
from bot.teaching.lessons import HEADS, IGNORED, Batch, Lesson, Words, batches, read_corpus
from bot.teaching.network import Network, begin
from bot.teaching.pretrained import Pretrained
from bot.teaching.shipped import Shipped

RATE, HEAD_RATE = 1.5e-4, 6e-4
COUNTS = {"act": 0.5, "type": 0.7, "category": 1.0, "trigger": 1.0, "urgent": 0.4}
AGAIN = 0.5  # share of the rates for a network that was taught before
# Teaching on: how often new sentences are read in a pass, among how many old ones, after so many steps for the heads alone.
NEW_TIMES, OLD_AMONG, HEADS_FIRST = 3, 16_000, 400
SMOOTHED, BLANKED = 0.05, 0.04


@dataclass(frozen=True)
class Pupil:
    network: Network
    words: Words
    lessons: Sequence[tuple]
    untaught: Sequence[tuple]
    taught: Sequence[str]  # the sentences behind the lessons, and those of earlier teachings


def teach(epochs: float, start: Path | None, checkpoint: Path) -> Pupil:
    """Reads the corpus `epochs` times; writes the checkpoint now and then."""
    prepare()
    corpus, pretrained = read_corpus(), Pretrained()
    words = Words.of(corpus, Subwords(pretrained.vocabulary))
    network = begin(words, pretrained)
    pupil = _pupil(network if start is None else _resumed(network, start), words, corpus, _seen(corpus))
    if start is None:
        _centre(pupil)
    steps = int(epochs * math.ceil(len(pupil.lessons) / SIZE))
    _course(pupil, checkpoint).run(steps, 1.0 if start is None else AGAIN)
    return pupil


def teach_on(epochs: float, checkpoint: Path) -> Pupil:
    """Teaches the shipped encoder what came since: the new sentences often, among some of the old ones so that none is
    forgotten. The heads are not shipped; they are learned first, alone."""
    prepare()
    corpus, pretrained, shipped = read_corpus(), Pretrained(), Shipped()
    words, seen = Words.of(corpus, Subwords(pretrained.vocabulary)), _seen(corpus)
    new, old = [one for one in seen if not shipped.knows(one.text)], [one for one in seen if shipped.knows(one.text)]
    lessons = [*new * NEW_TIMES, *random.sample(old, min(len(old), OLD_AMONG))]
    pupil = _pupil(shipped.network(words, pretrained), words, corpus, lessons)
    steps = int(epochs * math.ceil(len(lessons) / SIZE))
    heads = [p for name, p in pupil.network.named_parameters() if name.startswith("heads")]
    pupil.network.requires_grad_(False)
    for parameter in heads:
        parameter.requires_grad_(True)
    _course(pupil, checkpoint).run(HEADS_FIRST)
    pupil.network.requires_grad_(True)
    _course(pupil, checkpoint).run(steps, AGAIN)
    return replace(pupil, taught=[one.text for one in seen])


def _seen(corpus: Sequence[Lesson]) -> list[Lesson]:
    return [one for one in corpus if not unseen(one.text)]


def _pupil(network: Network, words: Words, corpus: Sequence[Lesson], lessons: Sequence[Lesson]) -> Pupil:
    untaught = [words.numbers(one) for one in corpus if unseen(one.text)]
    return Pupil(network, words, [words.numbers(one) for one in lessons], untaught, [one.text for one in lessons])


def _course(pupil: Pupil, checkpoint: Path) -> Course:
    def one_pass() -> Iterator[Batch]:
        return batches(pupil.lessons, SIZE, shuffled=True)

    network = pupil.network
    loss, untaught = partial(_loss, network), partial(measured, pupil)
    return Course(network, _groups(network), one_pass, loss, untaught, checkpoint)


def _groups(network: Network) -> list[dict]:
    named = list(network.named_parameters())
    heads = [p for name, p in named if p.ndim > 1 and name.startswith("heads")]
    body = [p for name, p in named if p.ndim > 1 and not name.startswith("heads")]
    narrow = [p for _, p in named if p.ndim < 2]
    return [
        {"params": body, "lr": RATE},
        {"params": heads, "lr": HEAD_RATE},
        {"params": narrow, "lr": RATE, "weight_decay": 0.0},
    ]


def _blanked(ids: torch.Tensor) -> torch.Tensor:
    """A few subwords are hidden, so that no single one decides."""
    return ids.masked_fill((torch.rand(ids.shape) < BLANKED) & (ids >= FIRST), UNKNOWN)


def _loss(network: Network, ids: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        scores = network(_blanked(ids))
    total = torch.zeros(())
    for number, head in enumerate(HEADS):
        if (answers[:, number] != IGNORED).any():
            lost = functional.cross_entropy(scores[number].float(), answers[:, number], label_smoothing=SMOOTHED)
            total = total + COUNTS[head] * lost
    return total


@torch.no_grad()
def measured(pupil: Pupil) -> dict[str, float]:
    """The share of right answers to each question on untaught sentences."""
    network = pupil.network.eval()
    right, asked = dict.fromkeys(HEADS, 0), dict.fromkeys(HEADS, 0)
    for ids, answers in batches(pupil.untaught, 2 * SIZE, shuffled=False):
        with torch.autocast("cpu", torch.bfloat16):
            scores = network(ids)
        for number, head in enumerate(HEADS):
            told = answers[:, number] != IGNORED
            right[head] += int((scores[number].argmax(1) == answers[:, number])[told].sum())
            asked[head] += int(told.sum())
    return {name: round(right[name] / max(1, asked[name]), 4) for name in right}


@torch.no_grad()
def _centre(pupil: Pupil) -> None:
    network = pupil.network.eval()
    means = torch.cat([network.meaning(ids) for ids, _ in batches(pupil.untaught[:1500], SIZE, shuffled=False)])
    network.centre.copy_(means.mean(0))
    network.spread.copy_(means.std(0).mean())


def _resumed(network: Network, start: Path) -> Network:
    """The network of an earlier teaching."""
    network.load_state_dict(torch.load(start))
    return network
