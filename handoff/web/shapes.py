"""The short way in which `described/` says what data looks like, as JSON Schema. How it is written: things.yml."""

from __future__ import annotations

from typing import Any

Shape = str | list | dict
SIMPLE: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "integer"},
    "share": {"type": "number"},
    "flag": {"type": "boolean"},
    "day": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
    "any": {},
}
NULL, NONE = " or null", " or none"


def schema(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, list):
        return {"type": "array", "items": schema(shape[0])}
    if isinstance(shape, dict):
        return _object(shape)
    shape = shape.removesuffix(NONE)
    if shape.endswith(NULL):
        return {"anyOf": [schema(shape.removesuffix(NULL)), {"type": "null"}]}
    if shape in SIMPLE:
        return dict(SIMPLE[shape])
    if shape[0].isupper():
        return {"$ref": f"#/components/schemas/{shape}"}
    return one_of(shape.split("|"))


def one_of(values) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def required(shape: Shape) -> bool:
    return not (isinstance(shape, str) and shape.endswith(NONE))


def _object(shape: dict[str, Shape]) -> dict[str, Any]:
    if "*" in shape:
        return {"type": "object", "additionalProperties": schema(shape["*"])}
    return {
        "type": "object",
        "required": [name for name, one in shape.items() if required(one)],
        "properties": {name: schema(one) for name, one in shape.items()},
    }
