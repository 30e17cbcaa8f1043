"""The annotated corpus as lessons for the tag network: subwords, characters and the tag of each."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from bot.nlu.encoder import unseen
from bot.nlu.spans import settled
from bot.nlu.subwords import BEGIN, Subwords
from bot.nlu.tag_network import FIRST, RARE, parts
from bot.nlu.tags import TAGS, Span, tags_of
from bot.nlu.training import Example, on_normalized
from bot.teaching.lessons import LONGEST, MATTERS, blocks, near_in_length

# Of the sentences in which nothing is annotated, one in so many is read: enough to know them.
ONE_IN = 4
OFTEN = 3  # times that a character must be written to be known
_ANNOTATED = re.compile(r"\[([^\]]*)\]\(([a-z]+)\)")


@dataclass(frozen=True)
class TagLesson:
    """`subwords`: numbers, the first begins the text; for each character its subword, its place in it, its number, its tag."""

    subwords: list[int]
    owner: list[int]
    part: list[int]
    characters: list[int]
    tags: list[int]


def read_tagged() -> list[tuple[str, list[Span]]]:
    """Normalised texts of all matters in nlu_data, with their spans; places with settled edges."""
    read = []
    for block, lines in blocks():
        if block["intent"] in MATTERS:
            for text, spans in map(_marked, lines):
                folded, found = on_normalized(Example(text, block["intent"], "", "", spans=spans))
                read.append((folded, [settled(folded, span) for span in found]))
    return [(text, spans) for text, spans in read if text]


def _marked(line: str) -> tuple[str, tuple[Span, ...]]:
    text, spans, at = "", [], 0
    for found in _ANNOTATED.finditer(line):
        text += line[at : found.start()]
        spans.append(Span(found[2], len(text), len(text) + len(found[1])))
        text, at = text + found[1], found.end()
    return text + line[at:], tuple(spans)


@dataclass(frozen=True)
class TagWords:
    """How texts become numbers: the encoder's subwords, and the characters that are written often."""

    subwords: Subwords
    characters: dict[str, int]

    @classmethod
    def of(cls, texts: Sequence[str], subwords: Subwords) -> "TagWords":
        counts = Counter(char for text in texts for char in text)
        often = sorted(char for char, count in counts.items() if count >= OFTEN)
        return cls(subwords, {char: number for number, char in enumerate(often, FIRST)})

    def lesson(self, text: str, spans: Sequence[Span]) -> TagLesson:
        """Of the first `LONGEST` characters."""
        text = text[:LONGEST]
        cut = self.subwords.cut(text)
        owner, part = parts([length for _, length in cut])
        whole = [span for span in spans if span.end <= len(text)]
        tags = [TAGS.index(tag) for tag in tags_of(len(text), whole)]
        characters = [self.characters.get(char, RARE) for char in text]
        return TagLesson([BEGIN, *(number for number, _ in cut)], owner, part, characters, tags)


def lessons_of(read: Sequence[tuple[str, list[Span]]], words: TagWords) -> tuple[list[TagLesson], list[TagLesson]]:
    """(to teach, untaught): the tenth that the encoder never sees is not taught here either."""
    taught = [one for number, one in enumerate(read) if not unseen(one[0]) and (one[1] or number % ONE_IN == 0)]
    untaught = [one for one in read if unseen(one[0])]
    return [words.lesson(*one) for one in taught], [words.lesson(*one) for one in untaught]


def tag_batches(lessons: Sequence[TagLesson], size: int, shuffled: bool) -> Iterator[tuple[torch.Tensor, ...]]:
    """(subwords, owner, part, characters, tags), each sentences × their longest, filled up with 0."""
    for chosen in near_in_length([len(one.subwords) for one in lessons], size, shuffled):
        some = [lessons[number] for number in chosen]
        columns = zip(*((one.subwords, one.owner, one.part, one.characters, one.tags) for one in some), strict=True)
        yield tuple(filled_up(rows) for rows in columns)


def filled_up(rows: Sequence[list[int]]) -> torch.Tensor:
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])
