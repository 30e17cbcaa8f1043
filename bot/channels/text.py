"""Fitting words into what a platform carries, without cutting a character or, where possible, a sentence."""

from __future__ import annotations

import unicodedata

from bot.channels.message import Button

# Where a reader pauses, best first.
_STOPS = ("\n", "。！？!?…；;", "，,、：:", " \t\u3000")
_JOINER = "\u200d"


def byte_length(text: str) -> int:
    """Length in UTF-8 bytes; that is what the platforms count."""
    return len(_bytes(text))


def _bytes(text: str) -> bytes:
    # A lone surrogate, which a browser can send, has no bytes; it is dropped on the way out.
    return text.encode(errors="replace")


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` UTF-8 bytes (at least 4) that together say `text`; blank ends are dropped."""
    pieces, rest = [], text.strip()
    while rest:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return pieces


def _cut(text: str, limit: int) -> int:
    end = _fitting(text, limit)
    if end == len(text):
        return end
    for stops in _STOPS:
        # A pause in the first half would leave a stub; then rather the next weaker one.
        cut = max(text.rfind(stop, end // 2, end) for stop in stops) + 1
        if cut:
            return cut
    return _whole_character(text, end)


def _fitting(text: str, limit: int) -> int:
    """The longest prefix of at most `limit` bytes, in characters."""
    return len(_bytes(text)[:limit].decode(errors="ignore"))


def _whole_character(text: str, end: int) -> int:
    """Move `end` back so that it does not fall inside an emoji sequence or before a combining mark."""
    cut = end
    while cut > 1 and (_continues(text[cut]) or text[cut - 1] == _JOINER):
        cut -= 1
    return cut if cut > 1 else end


def _continues(character: str) -> bool:
    # Variation selectors and tags are marks too; skin tones are symbols of category Sk.
    return character == _JOINER or unicodedata.category(character) in ("Mn", "Mc", "Me", "Sk", "Cf")


def numbered(text: str, buttons: tuple[Button, ...]) -> str:
    """The same choice for a client that shows no buttons: the resident answers with a number or with the words."""
    lines = [f"{number}. {button.title}" for number, button in enumerate(buttons, 1)]
    return "\n".join([text, *lines, "请回复数字或文字。"]) if lines else text
