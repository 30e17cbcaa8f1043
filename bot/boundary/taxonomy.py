"""The two-level taxonomy (18 + 90 codes) and the seven request types."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Cases for people who cannot do it online or would rather not: somebody does it for them, or comes to them.
SERVICE_TYPES = ("代办", "上门")
TAXONOMY_FILE = Path(__file__).with_name("taxonomy.json")


@dataclass(frozen=True)
class Category:
    """`code` is C06 (first level) or C0602 (second level); `parent` is None on the first level."""

    code: str
    name: str
    parent: str | None


@dataclass(frozen=True)
class Taxonomy:
    categories: dict[str, Category]
    types: tuple[str, ...]

    @property
    def case_types(self) -> tuple[str, ...]:
        """What a case may be: one of the request types, or a service at home."""
        return (*self.types, *SERVICE_TYPES)

    def name(self, code: str) -> str:
        """Chinese name of a code; an unknown code names itself, so that an old record can still be shown."""
        return self.categories[code].name if code in self.categories else code

    def parent(self, code: str) -> str | None:
        """First-level code; a first-level code is its own parent; None when unknown."""
        category = self.categories.get(code)
        return None if category is None else category.parent or category.code

    def first_level(self) -> list[str]:
        return [category.code for category in self.categories.values() if category.parent is None]

    def second_level(self) -> list[str]:
        return [category.code for category in self.categories.values() if category.parent is not None]


@cache
def taxonomy() -> Taxonomy:
    """The project's taxonomy, read once."""
    raw = json.loads(TAXONOMY_FILE.read_text(encoding="utf-8"))
    categories = {c["code"]: Category(c["code"], c["name"], c["parent"]) for c in raw["categories"]}
    return Taxonomy(categories, tuple(kind["name"] for kind in raw["types"]))
