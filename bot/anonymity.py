"""A question whether a name gets out (「能匿名吗」, 「他会知道是我吗」), and what is told beside it. No model of its own.

Somebody who is beaten asks the same as somebody whose neighbour is loud. To the detector it may sound like violence: then
the talk has to be of an ordinary matter, and no word of it of anybody to fear, for the question to be no more than that.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bot.boundary import context
from bot.boundary.policy import ANSWER, REGISTER
from bot.boundary.triggers import priority_of

Understood = dict[str, Any]
Parse = Callable[[str], Awaitable[dict[str, Any]]]
VIOLENCE = "violence"
# Own cases in which somebody may be feared: the family, children, public order.
FEARED = ("C0702", "C0904", "C1303")
_FOUND_OUT = re.compile("知道|晓得|发现|查得?到|看得?到")
NO_MATTER = ("C9902", "C9903")


def may_be_found_out(text: str, earlier: Sequence[str]) -> bool:
    """Whether somebody who was threatened asks if the other will know."""
    return bool(_FOUND_OUT.search(text)) and any(map(context.speaks_of_threat, [*earlier, text]))


async def is_all_there_is(
    understood: Understood, text: str, told: Sequence[str], cases: Sequence[dict[str, Any]], parse: Parse
) -> bool:
    """Whether a message with the question in it sounds like violence for that alone: `told` is what was said before and
    beside it. Never where a readable rule has found the danger."""
    if understood.get("trigger") != VIOLENCE or understood.get("trigger_rule"):
        return False
    if any(case.get("category") in FEARED for case in cases) or any(map(context.speaks_of_fear, [*told, text])):
        return False
    read = [(await parse(words)).get("understanding") or {} for words in told]
    in_danger = any(priority_of(one.get("trigger")) == "P0" for one in read)
    return not in_danger and any(map(_is_ordinary, read))


def _is_ordinary(understood: Understood) -> bool:
    """A matter that nobody need be called for."""
    code = understood.get("subcategory") or ""
    clear = bool(code) and not code.startswith(NO_MATTER) and understood.get("doubt") != "low"
    return clear and understood.get("trigger") is None and understood.get("disposition") in (ANSWER, REGISTER)
