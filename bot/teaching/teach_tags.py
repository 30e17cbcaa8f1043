"""Teaches the tag network on what the shipped encoder's lower half makes of the sentences. The untaught tenth says how well
it does."""

import copy
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from bot.nlu.subwords import FIRST, PADDING, UNKNOWN, Subwords
from bot.nlu.tag_network import FIRST as FIRST_CHARACTER
from bot.nlu.tag_network import RARE
from bot.nlu.tags import KINDS, TAGS, likeliest, spans_of
from bot.teaching.branch import SHARED, Branch, loss_of, middle_of
from bot.teaching.course import SIZE, Course, prepare
from bot.teaching.lessons import Words, read_corpus
from bot.teaching.network import Network
from bot.teaching.pretrained import Pretrained
from bot.teaching.shipped import Shipped
from bot.teaching.tag_lessons import TagLesson, TagWords, lessons_of, read_tagged, tag_batches

# Of the layers, and of what stands above them and begins from nothing. At half of the layers' rate, places have F1 .877 on
# seven development sets instead of .881, personal data .933/.944 instead of .937/.948.
RATE, ABOVE_RATE = 3e-4, 1e-3
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
    _course(pupil, checkpoint).run(int(epochs * math.ceil(len(pupil.lessons) / SIZE)))
    return pupil


def _course(pupil: TagPupil, checkpoint: Path) -> Course:
    def one_pass() -> Iterator[tuple[torch.Tensor, ...]]:
        return tag_batches(pupil.lessons, SIZE, shuffled=True)

    branch = pupil.branch
    above = [p for name, p in branch.named_parameters() if not name.startswith("layers")]
    groups = [{"params": branch.layers.parameters(), "lr": RATE}, {"params": above, "lr": ABOVE_RATE}]
    return Course(branch, groups, one_pass, partial(_loss, pupil), partial(measured, pupil), checkpoint)


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
    written = characters > 0
    shown = characters.masked_fill((torch.rand(characters.shape) < BLANKED_CHARACTERS) & written, RARE)
    with torch.autocast("cpu", torch.bfloat16):
        middle = middle_of(pupil.encoder, subwords.masked_fill(hidden, UNKNOWN))
        scores = pupil.branch(middle, owner, part, shown, subwords != PADDING)
    return loss_of(scores.float(), tags, written, pupil.branch.all_steps())


@torch.no_grad()
def measured(pupil: TagPupil) -> dict[str, float]:
    """F1 of the exact spans of each kind in untaught sentences."""
    branch, steps = pupil.branch.eval(), pupil.branch.all_steps().numpy()
    right, told, asked = Counter(), Counter(), Counter()
    for subwords, owner, part, characters, tags in tag_batches(pupil.untaught, SIZE, shuffled=False):
        with torch.autocast("cpu", torch.bfloat16):
            scores = branch(middle_of(pupil.encoder, subwords), owner, part, characters, subwords != PADDING)
        for row, known, length in zip(
            scores.float().numpy(), tags.tolist(), (characters > 0).sum(1).tolist(), strict=True
        ):
            gold = set(spans_of([TAGS[tag] for tag in known[:length]]))
            found = set(spans_of(likeliest(row[:length], steps)))
            for counts, spans in ((right, gold & found), (told, found), (asked, gold)):
                counts.update(span.kind for span in spans)
    return {kind: round(2 * right[kind] / max(1, told[kind] + asked[kind]), 4) for kind in KINDS}
