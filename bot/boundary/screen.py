"""Life-safety screening: a small readable rule file, run by the desk before Rasa (even when it is down) and inside it."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.boundary.triggers import priority_of, triggers
from bot.normalize import Normalized, normalize

RULES_FILE = Path(__file__).with_name("life_safety.yml")
# Stands where a saying was wiped out, so that the words on both sides do not grow together.
_WIPED = "□"
_NOT_SPOKEN = re.compile(r"[^\w□，。！？；：\n]|_")
_ENDS_CLAUSE = re.compile(r"[，。！？；：\n]")
# With four characters or more on both sides it parts two sentences; with less it may split a word (自。杀).
_SPLITS_WORD = re.compile(r"(?<![^\Wa-z\d_]{4})[，。！？；：\n]+|[，。！？；：\n]+(?![^\Wa-z\d_]{4})")


class RulesError(ValueError):
    """The rule file cannot be used; the message says what is wrong, in Chinese."""


@dataclass(frozen=True)
class Screened:
    """A trigger found by rule; `phrase` is the normalised wording that carried it, `always` that
    no model may overrule the rule."""

    trigger: str
    priority: str
    rule_id: str
    phrase: str
    always: bool = False


@dataclass(frozen=True)
class Rule:
    """`any` are the words of danger; they mean none with `unless` in their own clause, or with `over` anywhere: thanks or
    another matter beside a cry must not silence it."""

    id: str
    trigger: str
    any: re.Pattern[str]
    unless: re.Pattern[str] | None
    over: re.Pattern[str] | None
    always: bool

    def found(self, plain: str, bare: str) -> re.Match[str] | None:
        """The words of danger in a text, or where its punctuation splits them, in what is left without it (`bare`)."""
        if self.over and (self.over.search(plain) or self.over.search(bare)):
            return None
        told = [*self.any.finditer(plain)]
        if told:
            return next((one for one in told if not self._excused(_clause_of(plain, one))), None)
        split = self.any.search(bare)
        return split if split and not self._excused(bare) else None

    def _excused(self, clause: str) -> bool:
        return bool(self.unless and self.unless.search(clause))


def _clause_of(text: str, found: re.Match[str]) -> str:
    """The whole clause that the words found end in."""
    start = max((mark.end() for mark in _ENDS_CLAUSE.finditer(text, 0, found.end())), default=0)
    end = _ENDS_CLAUSE.search(text, found.end())
    return text[start : end.start() if end else len(text)]


@dataclass(frozen=True)
class Rules:
    sayings: re.Pattern[str]
    rules: tuple[Rule, ...]

    def screen(self, text: str | Normalized) -> Screened | None:
        """The first rule that a resident's text falls under, or None. Of too long a text both ends are read."""
        plain = (normalize(text) if isinstance(text, str) else text).text
        plain = self.sayings.sub(_WIPED, plain)
        bare = self.sayings.sub(_WIPED, _SPLITS_WORD.sub("", _NOT_SPOKEN.sub("", plain)))
        for rule in self.rules:
            if found := rule.found(plain, bare):
                return Screened(rule.trigger, priority_of(rule.trigger), rule.id, found.group(), rule.always)
        return None


def parse(text: str) -> Rules:
    """The rules in this YAML. Raises RulesError on an unknown trigger, a missing key or a bad pattern."""
    try:
        raw = yaml.safe_load(text)
        return Rules(_pattern(raw["sayings"]), tuple(_rule(entry) for entry in raw["rules"]))
    except (yaml.YAMLError, KeyError, TypeError, re.error) as error:
        raise RulesError(f"生命安全规则读不懂：{error}") from error


def _rule(entry: dict) -> Rule:
    if entry["trigger"] not in triggers():
        raise RulesError(f"没有这个触发器：{entry['trigger']}")
    unless, over = (_pattern(entry[name]) if entry.get(name) else None for name in ("unless", "over"))
    return Rule(entry["id"], entry["trigger"], _pattern(entry["any"]), unless, over, entry.get("always", False))


def _pattern(alternatives: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives))


@cache
def rules() -> Rules:
    """The project's rules, read once."""
    return parse(RULES_FILE.read_text(encoding="utf-8"))


def screen(text: str | Normalized) -> Screened | None:
    """What the project's life-safety rules say about a text."""
    return rules().screen(text)
