"""What a message means beside the ones before it: a child writing, rising anger, who decides. Readable rules, no model."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.normalize import PARTING_BLANK, Normalized, normalize

RULES_FILE = Path(__file__).with_name("context.yml")
_CLAUSE = re.compile(r"[^，。！？；\s]+")
# What stands around a question and asks nothing itself.
_BEFORE = re.compile(
    r"(?:对了|那么?|请问|另外|还有|就是|我?想问(?:一?下|问)?|问一?下|我(?:就|只)?是?怕|不知道?|话说|你们?好|您好)+"
)
_AFTER = re.compile(r"(?:吗|么|嘛|呢|啊|呀|吧|哈|哦|不|谢谢)+")
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


def parse(text: str) -> Context:
    """The rules in this YAML. Raises KeyError, TypeError or re.error for a malformed file; a test reads it."""
    raw = yaml.safe_load(text)
    return Context(
        *(_signs(raw[name]) for name in ("child", "anger", "machine_decision", "cry", "asks_person", "anonymity"))
    )


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


def without_anonymity(text: str) -> str | None:
    """What stands before the question whether a name gets out, "" when nothing else is asked; None when it is not asked, or
    something is said behind it."""
    plain = normalize(PARTING_BLANK.sub(lambda blank: "，" * len(blank.group()), text.strip()))
    if _asks_for_anonymity("".join(_CLAUSE.findall(plain.text))):  # 是谁反映的，对方知道吗
        return ""
    asked = [(found.start(), _asks_for_anonymity(found.group())) for found in _CLAUSE.finditer(plain.text)]
    while asked and asked[-1][1] is None:  # 「能匿名吗，谢谢」
        asked.pop()
    first = len(asked)
    while first and asked[first - 1][1] is not False:
        first -= 1
    if not any(one for _, one in asked[first:]):
        return None
    return _before(plain, asked[first][0])


def _asks_for_anonymity(clause: str) -> bool | None:
    """None of what says nothing either way (谢谢)."""
    begun = _BEFORE.match(clause)
    bare = clause[begun.end() :] if begun else clause
    ended = next((found for found in _AFTER.finditer(bare) if found.end() == len(bare)), None)
    bare = bare[: ended.start()] if ended else bare
    return any(sign.fullmatch(bare) for sign in context().anonymity.any) if bare else None


def _before(plain: Normalized, start: int) -> str:
    return plain.original[: plain.span(start, len(plain.text))[0]].rstrip(" ，,。.;；、\n")
