"""A long number as a resident may type or say it: digits of any width or as words, with spaces, dashes or nothing between.

A leaf: standard library only.
"""

import re
from collections.abc import Iterator

_AS_DIGITS = str.maketrans("０１２３４５６７８９零〇一二三四五六七八九幺洞两", "0123456789" + "00123456789" + "102")
_BETWEEN = r"(?:[\s\-－—–_.,，、。·]|杠|横杠|减|空格)*"
_FOUND = re.compile(rf"(?<!\d)\d(?:{_BETWEEN}\d){{10,12}}(?!\d)")  # as many digits as a case number has


def digits_in(text: str) -> Iterator[str]:
    for found in _runs(text):
        yield re.sub(r"\D", "", found[0])


def without(text: str) -> str:
    """What else is said."""
    kept, at = "", 0
    for found in _runs(text):
        kept, at = kept + text[at : found.start()], found.end()
    return kept + text[at:]


def _runs(text: str) -> Iterator[re.Match]:
    return _FOUND.finditer(text.translate(_AS_DIGITS))  # one sign for one sign: what stands where is the same in both
