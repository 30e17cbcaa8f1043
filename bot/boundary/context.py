"""What a message means beside the ones before it: a child writing, rising anger, who decides. Readable rules, no model."""

import re
from dataclasses import dataclass, fields
from functools import cache
from itertools import groupby
from pathlib import Path

import yaml

from bot.normalize import PARTING_BLANK, normalize

RULES_FILE = Path(__file__).with_name("context.yml")
_CLAUSE = re.compile(r"[^，。！？；\s]+")
# What stands around a question and asks nothing itself.
_BEFORE = re.compile(
    r"(?:对了|那么?|请问|另外|还有|就是|我?想问(?:一?下|问)?|问一?下|我(?:就|只)?是?怕|不知道?|话说|你们?好|您好)+"
)
_AFTER = re.compile(r"(?:吗|么|嘛|呢|啊|呀|吧|哈|哦|不|谢谢)+")
# What only goes on with it: 「会不会泄露我名字，比如给物业」, 「能匿名吗，我怕得罪人」.
_GOES_ON = re.compile(
    r"(?:比如|例如|譬如|像|尤其|特别是|包括)|"
    r"(?:我|就|只|是)*(?:怕|担心|不想)(?:被|让)?(?:得罪|惹|人家|别人|他们?|她|邻居|物业|楼上|领导|对方|熟人|知道|传出去|影响)"
)
# Anger counts when it comes back within so many of the resident's messages.
NEAR = 3


@dataclass(frozen=True)
class Signs:
    """`any` are the signs, `unless` what makes them mean nothing."""

    any: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def in_text(self, text: str) -> bool:
        return self.phrase(text) is not None

    def phrase(self, text: str) -> str | None:
        """The words that are such a sign, as normalised, or None."""
        plain = normalize(text).text
        found = next((match.group() for sign in self.any if (match := sign.search(plain))), None)
        return None if any(sign.search(plain) for sign in self.unless) else found


@dataclass(frozen=True)
class Context:
    child: Signs
    anger: Signs
    machine_decision: Signs
    cry: Signs
    asks_person: Signs
    anonymity: Signs
    threat: Signs
    fear: Signs


def parse(text: str) -> Context:
    """The rules in this YAML. Raises KeyError, TypeError or re.error for a malformed file; a test reads it."""
    raw = yaml.safe_load(text)
    return Context(*(_signs(raw[field.name]) for field in fields(Context)))


def _signs(raw: dict) -> Signs:
    return Signs(*(tuple(map(re.compile, raw.get(name) or ())) for name in ("any", "unless")))


@cache
def context() -> Context:
    """The project's rules, read once."""
    return parse(RULES_FILE.read_text(encoding="utf-8"))


def is_child(text: str) -> bool:
    """Whether somebody says of themselves that they are a child."""
    return context().child.in_text(text)


def anger_rises(text: str, earlier: list[str]) -> bool:
    """Whether this message is angry and one of the last before it was, too. One angry sentence alone is nothing."""
    angry = context().anger
    return angry.in_text(text) and any(map(angry.in_text, earlier[-(NEAR - 1) :]))


def about_machine_decision(text: str) -> bool:
    """「是人定的还是电脑定的」"""
    return context().machine_decision.in_text(text)


def may_be_a_cry(text: str) -> bool:
    """Whether few words may be a call for help, so that nobody is asked what they mean."""
    return context().cry.in_text(text)


def asks_for_person(text: str) -> str | None:
    """The words in which a person is asked for, wherever they stand in the message, or None."""
    return context().asks_person.phrase(text)


def speaks_of_threat(text: str) -> bool:
    """「他说再投诉就找人收拾我」"""
    return context().threat.in_text(text)


def speaks_of_fear(text: str) -> bool:
    """Whether there may be somebody to fear; a mere shadow of it counts."""
    return speaks_of_threat(text) or context().fear.in_text(text)


def without_anonymity(text: str) -> list[tuple[int, int]] | None:
    """Where something else is said than the question whether a name gets out, before it or behind it; None when that is not
    asked at all."""
    plain = normalize(PARTING_BLANK.sub(lambda blank: "，" * len(blank.group()), text))
    if _asks_for_anonymity("".join(_CLAUSE.findall(plain.text))):  # 是谁反映的，对方知道吗
        return []
    clauses = [(*found.span(), _asks_for_anonymity(found.group())) for found in _CLAUSE.finditer(plain.text)]
    runs = [[*run] for _, run in groupby(clauses, lambda clause: clause[2] is not False)]
    # What says nothing either way belongs to the question beside it: 「能匿名吗，谢谢」.
    asking = {start for run in runs if any(asks for _, _, asks in run) for start, _, _ in run}
    if not asking:
        return None
    others = [[*run] for asks, run in groupby(clauses, lambda clause: clause[0] in asking) if not asks]
    return [plain.span(run[0][0], run[-1][1]) for run in others]


def _asks_for_anonymity(clause: str) -> bool | None:
    """None of what says nothing either way (谢谢)."""
    if _GOES_ON.match(clause):
        return None
    begun = _BEFORE.match(clause)
    bare = clause[begun.end() :] if begun else clause
    ended = next((found for found in _AFTER.finditer(bare) if found.end() == len(bare)), None)
    bare = bare[: ended.start()] if ended else bare
    return any(sign.fullmatch(bare) for sign in context().anonymity.any) if bare else None
