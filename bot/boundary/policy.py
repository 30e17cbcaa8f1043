"""The boundary as data: per category and request type, may the bot answer, only register, or must a person take it?"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

from bot import plain_yaml
from bot.boundary.taxonomy import taxonomy

POLICY_FILE = Path(__file__).with_name("policy.yml")
ANSWER, REGISTER, HAND_OFF = "answer", "register", "hand_off"
DISPOSITIONS = (ANSWER, REGISTER, HAND_OFF)


class PolicyError(ValueError):
    """The policy cannot be used; the message names the line of thought to correct, in Chinese."""


@dataclass(frozen=True)
class Decision:
    """`disposition` is answer, register or hand_off; `rule` says in Chinese why; `doubt` is None, "low" or "close"."""

    disposition: str
    rule: str
    doubt: str | None = None


@dataclass(frozen=True)
class Policy:
    """`closed_because` is the reason why everything goes to people, or None for a policy in force."""

    version: int | str | None
    categories: dict[str, dict[str, str]] = field(default_factory=dict)
    low: float = 1.0
    close: float = 0.0
    closed_because: str | None = None

    @classmethod
    def load(cls, path: str | Path = POLICY_FILE) -> "Policy":
        """Reads a policy file. Never raises for its content: what cannot be read or is not valid sends all to people."""
        try:
            return cls.parse(Path(path).read_text(encoding="utf-8"))
        except PolicyError as error:
            reason = str(error)
        except (OSError, UnicodeDecodeError):
            reason = "打不开或不是 UTF-8 文本"
        return cls(version=None, closed_because=f"边界文件 {Path(path).name} 不能用：{reason}")

    @classmethod
    @lru_cache(maxsize=4)  # the same text is read again for every table, proposal and desk of a process
    def parse(cls, text: str) -> "Policy":
        """The policy in this YAML. Raises PolicyError (Chinese) on anything unknown, missing or mistyped."""
        try:
            raw = plain_yaml.load(text)
        except yaml.YAMLError as error:
            raise PolicyError("不是有效的 YAML") from error
        if not isinstance(raw, dict) or not isinstance(raw.get("version"), int | str):
            raise PolicyError("缺少 version")
        doubt = raw.get("doubt")
        if not isinstance(doubt, dict):
            raise PolicyError("缺少 doubt")
        categories = raw.get("categories")
        _check_categories(categories)
        return cls(raw["version"], categories, _share(doubt, "low"), _share(doubt, "close"))

    def decide(
        self, category: str | None, type: str | None, trigger: str | None, confidence: float, margin: float = 1.0
    ) -> Decision:
        """What may happen to a matter. `confidence` of the category and its `margin` to the runner-up are in 0…1."""
        if trigger is not None:
            return Decision(HAND_OFF, f"触发 {trigger}")
        if self.closed_because:
            return Decision(HAND_OFF, self.closed_because)
        rules = self.categories.get(category or "")
        if rules is None:
            return Decision(HAND_OFF, "没有归到任何类目")
        named = type in rules
        rule = f"边界 {category} {type if named else 'default'}（第 {self.version} 版）"
        return Decision(rules[type if named else "default"], rule, self._doubt(confidence, margin))

    def _doubt(self, confidence: float, margin: float) -> str | None:
        if confidence < self.low:
            return "low"
        return "close" if margin < self.close else None


class PolicyFile:
    """A policy file that may be changed while the bot runs: the desk writes what was approved, and it is in force with the
    next message."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._read_at: tuple[int, int] | None = None
        self._policy: Policy | None = None

    def current(self) -> Policy:
        """The policy in force now; reads the file when it is another than before."""
        stamp = self._stamp()
        if self._policy is None or stamp != self._read_at:
            self._policy, self._read_at = Policy.load(self._path), stamp
        return self._policy

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


def _share(section: dict, name: str) -> float:
    value = section.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PolicyError(f"doubt.{name} 应是 0 到 1 之间的数")
    return float(value)


def _check_categories(categories: object) -> None:
    if not isinstance(categories, dict):
        raise PolicyError("缺少 categories")
    known = set(taxonomy().second_level())
    if unknown := set(map(str, categories)) - known:
        raise PolicyError(f"没有这个类目：{min(unknown)}")
    if missing := known - set(categories):
        raise PolicyError(f"漏了类目：{min(missing)}")
    for code, rules in categories.items():
        if not isinstance(rules, dict) or "default" not in rules:
            raise PolicyError(f"{code} 缺少 default")
        for kind, disposition in rules.items():
            if kind != "default" and kind not in taxonomy().types:
                raise PolicyError(f"{code} 写了不存在的诉求类型：{kind}")
            if disposition not in DISPOSITIONS:
                raise PolicyError(f"{code} 的 {kind} 应是 answer、register 或 hand_off")
