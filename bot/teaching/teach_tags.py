"""Teaches the tag network on what the shipped encoder's lower half makes of the sentences. The untaught tenth says how well
it does."""

import copy
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from bot.nlu.subwords import FIRST, PADDING, UNKNOWN, Subwords
from bot.nlu.tag_network import FIRST as FIRST_CHARACTER
from bot.nlu.tag_network import RARE
from bot.nlu.tags import KINDS, TAGS, likeliest, spans_of
from bot.teaching.branch import SHARED, Branch, loss_of, middle_of
from bot.teaching.lessons import Words, read_corpus
from bot.teaching.network import Network
from bot.teaching.pretrained import Pretrained
from bot.teaching.shipped import Shipped
from bot.teaching.tag_lessons import TagLesson, TagWords, lessons_of, read_tagged, tag_batches
from bot.teaching.teach import MEASURED_EVERY, RATE, SIZE, pace, prepare

ABOVE_RATE = 1e-3  # of what stands above the layers and begins from nothing
BLANKED, BLANKED_CHARACTERS = 0.05, 0.08


@dataclass(frozen=True)
class TagPupil:
    encoder: Network
    branch: Branch
    words: TagWords
    lessons: Sequence[TagLesson]
    untaught: Sequence[TagLesson]


def teach_tags(epochs: float, checkpoint: Path) -> TagPupil:
    """Reads the annotated sentences `epochs` times; writes the checkpoint now and then."""
    prepare()
    pretrained, read = Pretrained(), read_tagged()
    subwords = Subwords(pretrained.vocabulary)
    encoder = Shipped().network(Words.of(read_corpus(), subwords), pretrained).eval()
    words = TagWords.of([text for text, _ in read], subwords)
    branch = Branch(copy.deepcopy(encoder.layers[SHARED:]), len(words.characters) + FIRST_CHARACTER)
    pupil = TagPupil(encoder, branch, words, *lessons_of(read, words))
    _run(pupil, int(epochs * math.ceil(len(pupil.lessons) / SIZE)), checkpoint)
    return pupil


def _run(pupil: TagPupil, steps: int, checkpoint: Path) -> None:
    branch, step, began = pupil.branch.train(), 0, time.monotonic()
    above = [p for name, p in branch.named_parameters() if not name.startswith("layers")]
    groups = [{"params": branch.layers.parameters(), "lr": RATE}, {"params": above, "lr": ABOVE_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: pace(done / steps))
    while step < steps:
        for batch in tag_batches(pupil.lessons, SIZE, shuffled=True):
            loss = _loss(pupil, *batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(branch.parameters(), 1.0)
            optimizer.step()
            rates.step()
            step += 1
            if step % MEASURED_EVERY == 0 or step == steps:
                checkpoint.parent.mkdir(parents=True, exist_ok=True)
                torch.save(branch.state_dict(), checkpoint)
                print(step, steps, f"{time.monotonic() - began:.0f} s", measured(pupil), file=sys.stderr)  # noqa: T201
            if step == steps:
                break


def _loss(
    pupil: TagPupil,
    subwords: torch.Tensor,
    owner: torch.Tensor,
    part: torch.Tensor,
    characters: torch.Tensor,
    tags: torch.Tensor,
) -> torch.Tensor:
    """With a few subwords and characters hidden, so that no single one decides."""
    hidden = (torch.rand(subwords.shape) < BLANKED) & (subwords >= FIRST)
    middle = middle_of(pupil.encoder, subwords.masked_fill(hidden, UNKNOWN))
    written = characters > 0
    shown = characters.masked_fill((torch.rand(characters.shape) < BLANKED_CHARACTERS) & written, RARE)
    scores = pupil.branch(middle, owner, part, shown, subwords != PADDING)
    return loss_of(scores, tags, written, pupil.branch.all_steps())


@torch.no_grad()
def measured(pupil: TagPupil) -> dict[str, float]:
    """F1 of the exact spans of each kind in untaught sentences."""
    branch, steps = pupil.branch.eval(), pupil.branch.all_steps().numpy()
    right, told, asked = Counter(), Counter(), Counter()
    for subwords, owner, part, characters, tags in tag_batches(pupil.untaught, SIZE, shuffled=False):
        scores = branch(middle_of(pupil.encoder, subwords), owner, part, characters, subwords != PADDING)
        for row, known, length in zip(scores.numpy(), tags.tolist(), (characters > 0).sum(1).tolist(), strict=True):
            gold = set(spans_of([TAGS[tag] for tag in known[:length]]))
            found = set(spans_of(likeliest(row[:length], steps)))
            for counts, spans in ((right, gold & found), (told, found), (asked, gold)):
                counts.update(span.kind for span in spans)
    branch.train()
    return {kind: round(2 * right[kind] / max(1, told[kind] + asked[kind]), 4) for kind in KINDS}
