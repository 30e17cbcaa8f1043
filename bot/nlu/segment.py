"""Clauses, cut at punctuation; words, cut by the project's own jieba with the community dictionary. Safe from several threads."""

import logging
import re
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import jieba

from bot.normalize import spoken

COMMUNITY_WORDS = Path(__file__).parents[2] / "nlu_data" / "jieba" / "community.txt"
# Residents put a blank where others put a comma.
_BETWEEN = re.compile(r"[，,。；;！!？?\s]+")
_lock = threading.Lock()
_cut_beforehand: dict[str, list[str]] = {}
AT_ONCE = 1000  # texts that a core is given
# jieba announces each load on stderr at DEBUG through its own handler.
jieba.setLogLevel(logging.WARNING)


@cache
def _tokenizer() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    # jieba unmarshals a cache from the shared temporary folder, where anyone could have put it: use a folder of our own.
    with tempfile.TemporaryDirectory(prefix="jieba-") as private:
        tokenizer.tmp_dir = private
        tokenizer.initialize()
    if COMMUNITY_WORDS.exists():
        tokenizer.load_userdict(str(COMMUNITY_WORDS))
    return tokenizer


def words(text: str) -> list[str]:
    """The words of normalised text, in order, blanks left out."""
    return _cut_beforehand.get(text) or _cut(text)


def cut_beforehand(texts: Sequence[str]) -> None:
    """For a training: cuts many texts, as they were written, on all cores, once. `words` has them then, also in processes
    forked later."""
    with ProcessPoolExecutor() as cores:
        _cut_beforehand.update(cores.map(_folded_and_cut, texts, chunksize=AT_ONCE))


def _folded_and_cut(text: str) -> tuple[str, list[str]]:
    plain = spoken(text).text
    return plain, _cut(plain)


def _cut(text: str) -> list[str]:
    with _lock:
        tokenizer = _tokenizer()
    return [word for word in tokenizer.lcut(text) if not word.isspace()]


def clauses(text: str) -> list[str]:
    """The clauses of normalised text, in order, without what stands between them."""
    return [clause for clause in _BETWEEN.split(text) if clause]
