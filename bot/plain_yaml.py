"""YAML as people write it: whatever cannot be read in it is one kind of error, with its line."""

from typing import Any

import yaml
from yaml.constructor import ConstructorError

LARGEST = 2**63  # Python itself does not write out a number of 4,300 digits


class _Loader(yaml.SafeLoader):
    """PyYAML's own constructors fail in many ways on a value that is not what it says it is: `2026-13-45`, `!!int x`."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            made = super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, ArithmeticError, TypeError) as error:
            raise ConstructorError(None, None, "not what it says it is", node.start_mark) from error
        if isinstance(made, int) and abs(made) >= LARGEST:
            raise ConstructorError(None, None, "too large a number", node.start_mark)
        return made


def load(text: str) -> Any:
    """As `yaml.safe_load`. Raises `yaml.YAMLError` for everything that it cannot read."""
    try:
        return yaml.load(text, _Loader)
    except RecursionError as error:
        raise yaml.YAMLError("nested too deeply") from error
