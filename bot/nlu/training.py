"""How the understanding learns from the annotated corpus: everything anew, or the few sentences that have come since."""

import hashlib
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.nlu.classifier import TextClassifier
from bot.nlu.questions import (
    ACT,
    CATEGORY,
    NEEDS_PERSON,
    NO,
    NONE,
    QUESTIONS,
    REPORT,
    SOCIAL,
    TRIGGER,
    TYPE,
    URGENT,
    YES,
)
from bot.nlu.segment import cut_beforehand
from bot.nlu.spans import KINDS, Span, SpanTagger
from bot.normalize import spoken

# One sentence in ten is learned without what it means, so that the wording can stand alone when the encoder cannot be had.
KEPT_BACK = 0.1
# Up to this share of the corpus may have changed since all was learned anew; beyond, it is learned anew.
FEW = 0.01
# So many old sentences are studied again for each new one, and at least so many.
AGAIN, AGAIN_AT_LEAST = 10, 2000
STUDIED = "studied.npz"


@dataclass(frozen=True)
class Example:
    """One annotated training sentence."""

    text: str
    act: str
    category: str
    type: str
    trigger: str | None = None
    urgent: bool = False
    by_the_way: bool = False
    spans: Sequence[Span] = field(default_factory=tuple)


def train(examples: Sequence[Example], folder: Path) -> None:
    """Learns everything from the examples and writes it into the folder."""
    cut_beforehand([example.text for example in examples])
    with ProcessPoolExecutor(1) as beside:  # the two learn nothing from each other
        tagger = beside.submit(_train_tagger, [e for e in examples if _is_matter(e)], folder)
        classifier = TextClassifier(QUESTIONS, KEPT_BACK).fit([e.text for e in examples], *_taught(examples))
        classifier.save(folder)
        tagger.result()
    _note_studied(folder, _keys(examples), 0)


def train_on(examples: Sequence[Example], folder: Path) -> int | None:
    """Learns what has come to the corpus since it was learned into the folder, and how many sentences that are. None when
    so much has changed that everything must be learned anew.

    Places, times, names and illnesses are marked as before: their tagger learns only everything at once.
    """
    with np.load(folder / STUDIED) as noted:
        studied, changed = set(noted["keys"].tolist()), int(noted["changed"])
    keys = _keys(examples)
    added = [example for example, key in zip(examples, keys, strict=True) if key not in studied]
    changed += len(added) + len(studied.difference(keys))
    if changed > FEW * len(examples):
        return None
    classifier = TextClassifier.load(folder, QUESTIONS, KEPT_BACK)
    classifier.show_only({example.text for example in examples})
    if added:
        again = min(len(examples), max(AGAIN_AT_LEAST, AGAIN * len(added)))
        studied_now = [*added, *random.Random(0).sample(list(examples), again)]
        classifier.learn_on([e.text for e in studied_now], *_taught(studied_now), len(added))
    classifier.save(folder)
    _note_studied(folder, keys, changed)
    return len(added)


def _taught(examples: Sequence[Example]) -> tuple[dict[str, list[str | None]], list[bool]]:
    """The labels of each head, and which sentences may be shown as examples. What only moves a dialogue on (问候, 确认,
    补充一句 …) says nothing about types, urgency or fields of matters."""
    labels = {
        ACT: [e.act for e in examples],
        TYPE: [e.type if _is_matter(e) else None for e in examples],
        CATEGORY: [e.category if _is_matter(e) or e.act in SOCIAL else None for e in examples],
        TRIGGER: [e.trigger or NONE for e in examples],
        URGENT: [(YES if e.urgent else NO) if _is_matter(e) else None for e in examples],
    }
    return labels, [bool(e.trigger) for e in examples]


def _is_matter(example: Example) -> bool:
    return example.act in (REPORT, NEEDS_PERSON)


def _keys(examples: Sequence[Example]) -> list[int]:
    """A number for each sentence with all its labels."""
    return [int.from_bytes(hashlib.blake2b(repr(e).encode(), digest_size=8).digest(), "big") for e in examples]


def _note_studied(folder: Path, keys: Sequence[int], changed: int) -> None:
    np.savez_compressed(folder / STUDIED, keys=np.array(keys, np.uint64), changed=changed)


def _train_tagger(examples: Sequence[Example], folder: Path) -> None:
    SpanTagger.fit([on_normalized(example) for example in examples], folder)


def on_normalized(example: Example) -> tuple[str, list[Span]]:
    folded = spoken(example.text)
    spans = []
    for span in example.spans:
        inside = [i for i, at in enumerate(folded.at) if span.start <= at < span.end]
        if inside and span.kind in KINDS:
            spans.append(Span(span.kind, inside[0], inside[-1] + 1))
    return folded.text, spans
