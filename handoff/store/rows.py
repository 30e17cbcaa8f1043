"""From rows to the domain's own objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TypeVar

from sqlalchemy.engine import Row

Kind = TypeVar("Kind")


def reader(kind: type[Kind]) -> Callable[[Row], Kind]:
    """Makes the function that reads a row with the fields of this dataclass as columns."""
    names = tuple(field.name for field in fields(kind))

    def read(row: Row) -> Kind:
        values = row._mapping
        return kind(*(values[name] for name in names))

    return read
