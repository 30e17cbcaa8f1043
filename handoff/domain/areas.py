"""Which community (社区, 网格) a conversation belongs to: by the account it came through, the code it scanned, its words.

AREAS_FILE lists them: `- {name: 幸福社区, words: [幸福小区, 和平里], scenes: [xf-gate], accounts: [street-oa]}`. A part
of an area is written below it, as `幸福社区/第三网格`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

LONGEST = 64


@dataclass(frozen=True)
class Areas:
    words: dict[str, str]
    scenes: dict[str, str]
    accounts: dict[str, str]

    @classmethod
    def load(cls, path: str | None) -> Areas:
        """Raises OSError, or ValueError naming the entry that is wrong."""
        found = cls({}, {}, {})
        if not path:
            return found
        with open(path, encoding="utf-8") as file:
            entries = yaml.safe_load(file) or []
        if not isinstance(entries, list):
            raise ValueError(f"社区文件 {path} 应是一个列表")
        for number, entry in enumerate(entries, 1):
            found._add(entry, f"社区文件 {path} 第 {number} 项")
        return found

    def _add(self, entry: Any, where: str) -> None:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST:
            raise ValueError(f"{where}缺少 name，或超过 {LONGEST} 个字")
        for kind, known in (("words", self.words), ("scenes", self.scenes), ("accounts", self.accounts)):
            values = entry.get(kind) or []
            if not isinstance(values, list):
                raise ValueError(f"{where}的 {kind} 应是一个列表")
            for value in values:
                if known.setdefault(str(value), name.strip()) != name.strip():
                    raise ValueError(f"{where}的 {kind} 与别的社区重复：{value}")
        self.words.setdefault(name.strip().rsplit("/", 1)[-1], name.strip())

    @property
    def names(self) -> list[str]:
        """Every area of the file, once, in its order."""
        return [*dict.fromkeys([*self.words.values(), *self.scenes.values(), *self.accounts.values()])]

    def named(self, text: str) -> str | None:
        """The area of the longest place word in the text; None when there is none, or two of one length disagree."""
        said = [word for word in self.words if word in text]
        longest = max(map(len, said), default=0)
        areas = {self.words[word] for word in said if len(word) == longest}
        return areas.pop() if len(areas) == 1 else None

    def arrived(self, account: str, scene: str) -> str | None:
        return self.scenes.get(scene) or self.accounts.get(account)
