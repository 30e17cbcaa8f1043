"""The boundary as a table (category × type → may answer, only register, to a person): reading, comparing, changing cells.

A changed cell rewrites its one line of the file and leaves every comment where it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.boundary.policy import DISPOSITIONS, Policy, PolicyError
from bot.boundary.taxonomy import taxonomy

DEFAULT = "default"  # holds for every type that a category does not name
_LINE = re.compile(r"^(?P<head>[ \t]+(?P<code>C\d{4}):[ \t]*)\{[^}#\n]*\}(?P<tail>.*)$", re.MULTILINE)
_VERSION = re.compile(r"^version:[ \t]*(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Change:
    """What a cell says before and after; `kind` is a request type or `default`."""

    code: str
    kind: str
    before: str
    after: str


def kinds() -> tuple[str, ...]:
    return (DEFAULT, *taxonomy().types)


def cells(rules: Mapping[str, str]) -> dict[str, str]:
    """What holds for every kind, named or not."""
    return {kind: rules.get(kind, rules[DEFAULT]) for kind in kinds()}


def changes(before: Policy, after: Policy) -> list[Change]:
    """Every cell that would say something else, in the order of the table."""
    found = []
    for code in taxonomy().second_level():
        old, new = cells(before.categories[code]), cells(after.categories[code])
        found += [Change(code, kind, old[kind], new[kind]) for kind in kinds() if old[kind] != new[kind]]
    return found


def changed(text: str, wanted: Mapping[tuple[str, str], str]) -> str:
    """The file's text with these cells `{(code, kind): disposition}` set, all others as they were, as the next version.

    Raises PolicyError where a cell does not exist or its line is not written in the short form `{default: …}`.
    """
    policy = Policy.parse(text)
    if not _VERSION.search(text):
        raise PolicyError("version 不是整数，请改全文")
    rules = {code: cells(policy.categories[code]) for code in {code for code, _ in wanted} & policy.categories.keys()}
    for (code, kind), disposition in wanted.items():
        if code not in rules or kind not in kinds() or disposition not in DISPOSITIONS:
            raise PolicyError(f"没有这一格：{code[:8]} {kind[:8]}")
        rules[code][kind] = disposition
    short = {code: _short(one) for code, one in rules.items()}
    edited = _VERSION.sub(_next_version, _LINE.sub(lambda line: _line(line, short), text), count=1)
    for code, one in short.items():
        if Policy.parse(edited).categories[code] != one:
            raise PolicyError(f"{code} 不是写在一行里，请改全文")
    return edited


def notes(text: str) -> dict[str, str]:
    """What the file says beside each category, as far as it says something: the reason for its rule."""
    found = {line["code"]: line["tail"].partition("#")[2].strip() for line in _LINE.finditer(text)}
    return {code: said.partition("：")[2] or said for code, said in found.items() if said}


def _short(rules: dict[str, str]) -> dict[str, str]:
    """Without what the general rule says anyway."""
    return {kind: one for kind, one in rules.items() if kind == DEFAULT or one != rules[DEFAULT]}


def _line(line: re.Match, rules: Mapping[str, dict[str, str]]) -> str:
    if line["code"] not in rules:
        return line[0]
    inside = ", ".join(f"{kind}: {one}" for kind, one in rules[line["code"]].items())
    return f"{line['head']}{{{inside}}}{line['tail']}"


def _next_version(line: re.Match) -> str:
    return f"version: {int(line[1]) + 1}"
