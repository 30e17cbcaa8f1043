"""One folding of residents' text for everything that matches: full width, 繁体, emoji, invisible characters, repeats.

The result keeps, for every character, where it stood in the resident's own words, so that spans always refer to those.
A leaf: standard library and OpenCC only.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

import opencc

# A WeChat text holds at most 2,048 bytes; only the web page and pasted articles go beyond.
MAX_CHARS = 2000
# Of a longer text this share is read from its beginning and the rest from its end, where it says what is wanted.
_BEGINNING = 0.75
# One compatibility character may unfold into 18 others.
MAX_UNFOLDED = 4
_TO_SIMPLIFIED = opencc.OpenCC("t2s")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Sk"}
# Compatibility folding makes Chinese punctuation narrow; here the narrow one is made Chinese.
_PUNCTUATION = str.maketrans(",!?;()", "，！？；（）")
_SPACE = re.compile(r"\s+")
# In the resident's own words a blank stands for a comma, unless a number goes on behind it: 幸福小区 3号楼. The folded text
# has none between Chinese characters, so that 自 杀 is read.
PARTING_BLANK = re.compile(r"\s+(?![a-zA-Z0-9#*一二三四五六七八九十百〇零两])")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff，。！？、；：“”‘’（）《》…—]")
_PAUSES = "。，、；"
_FILLER = re.compile(r"嗯+|呃+|[哎唉](?=[，,、那这我你])|(?:那个|就是)(?=[，,、]*(?:那个|就是|嗯|呃))|就是说")


@dataclass(frozen=True)
class Normalized:
    """`text` to match on; `at[i]` is the index of its i-th character in `original`."""

    text: str
    original: str
    at: tuple[int, ...]
    truncated: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of `original` that gave `text[start:end]`; an empty span stays empty."""
        if start >= end:
            here = self.at[start] if start < len(self.at) else len(self.original)
            return here, here
        last, stop = self.at[end - 1], self.at[end] if end < len(self.at) else len(self.original)
        # What was dropped behind it as a repeat of its last character belongs to it (a masked door number: ＊＊＊).
        while last + 1 < stop and self.original[last + 1] == self.original[last]:
            last += 1
        return self.at[start], last + 1

    def keep(self, wanted: list[int]) -> "Normalized":
        """The same reading with only the characters at these positions."""
        text = "".join(self.text[i] for i in wanted)
        return Normalized(text, self.original, tuple(self.at[i] for i in wanted), self.truncated)


def normalize(text: str, fillers: bool = False, limit: int | None = MAX_CHARS) -> Normalized:
    """Folds a text, of a longer one `limit` characters of its beginning and its end, in linear time. `fillers=True` keeps
    嗯, 呃, 那个那个 as they were spoken."""
    chars, at = _unfold(text) if limit is None or len(text) <= limit else _ends(text, limit)
    plain = "".join(chars)
    simple = _TO_SIMPLIFIED.convert(plain)
    if len(simple) != len(plain):  # a phrase rule changed the length: fold one by one to keep the offsets
        simple = "".join((_TO_SIMPLIFIED.convert(char) or char)[:1] for char in plain)
    folded = Normalized(simple, text, tuple(at), limit is not None and len(text) > limit)
    folded = folded.keep(_without_repeats(folded.text))
    folded = folded.keep(_without_gaps(folded.text))
    if not fillers:
        folded = folded.keep(_without_fillers(folded.text))
    return folded


def spoken(text: str) -> Normalized:
    """As what has learned to read takes a text: fillers are kept; full stops are commas, and none ends it. Whoever types
    leaves them out, and a voice transcript puts them anywhere: they say nothing of the matter."""
    folded = normalize(text, fillers=True)
    ends = len(folded.text.rstrip(_PAUSES)) or len(folded.text)  # who sends nothing else means something by it
    folded = folded.keep(list(range(ends)))
    return replace(folded, text=folded.text.replace("。", "，"))


def _unfold(text: str) -> tuple[list[str], list[int]]:
    pieces = [_unfolded(char) for char in text]
    return list("".join(pieces)), [index for index, piece in enumerate(pieces) for _ in piece]


def _ends(text: str, limit: int) -> tuple[list[str], list[int]]:
    """The beginning and the end, a full stop between them where something is left out."""
    begins = int(limit * _BEGINNING)
    skipped = len(text) - (limit - begins)
    (first, at), (last, after) = _unfold(text[:begins]), _unfold(text[skipped:])
    return [*first, "。", *last], [*at, begins, *(skipped + index for index in after)]


@lru_cache(maxsize=1 << 14)
def _unfolded(char: str) -> str:
    """What one character stands for, without what cannot be seen."""
    if char.isspace():
        return " "
    if unicodedata.category(char) in _UNSEEN:
        return ""
    pieces = unicodedata.normalize("NFKC", char).lower()[:MAX_UNFOLDED].translate(_PUNCTUATION)
    return "".join(piece for piece in pieces if piece == " " or unicodedata.category(piece) not in _UNSEEN)


def _without_repeats(text: str) -> list[int]:
    """At most two of the same character in a row; numerals are left alone, since 0000 and 零零零零 mean something."""
    return [i for i, char in enumerate(text) if char.isnumeric() or not (i > 1 and char == text[i - 1] == text[i - 2])]


def _without_gaps(text: str) -> list[int]:
    """Drops blanks beside Chinese characters and at the ends, keeps one between other words."""
    gone: set[int] = set()
    for gap in _SPACE.finditer(text):
        before, after = text[gap.start() - 1 : gap.start()], text[gap.end() : gap.end() + 1]
        needless = not before or not after or _CJK.match(before) or _CJK.match(after)
        gone.update(range(gap.start() + (0 if needless else 1), gap.end()))
    return [i for i in range(len(text)) if i not in gone]


def _without_fillers(text: str) -> list[int]:
    gone = {i for filler in _FILLER.finditer(text) for i in range(*filler.span())}
    return [i for i in range(len(text)) if i not in gone]
