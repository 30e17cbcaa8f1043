"""Callback bodies as plain dicts: XML and JSON, parsed with bounds, rendered so that any text survives."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal
from xml.parsers import expat

from bot.channels.message import Refused

Form = Literal["xml", "json"]
Fields = dict[str, Any]

# Far above anything the platforms send (a text is at most a few KB, the deepest known event has 5 levels).
MAX_BODY = 256 * 1024
MAX_DEPTH = 12
MAX_NODES = 2000

# Everything outside https://www.w3.org/TR/xml/#charsets; it also removes NUL, which PostgreSQL refuses, and lone
# surrogates, which no encoder takes.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")


def clean(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids."""
    return _FORBIDDEN.sub("", text)


def is_blank(text: str) -> bool:
    """Whether there is nothing in it to see: blanks, controls, characters of no width."""
    return all(char.isspace() or unicodedata.category(char) in _UNSEEN for char in text)


def clean_all(value: Any) -> Any:
    """`clean` for every string of a decoded JSON value."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(key): clean_all(one) for key, one in value.items()}
    return [clean_all(one) for one in value] if isinstance(value, list) else value


def parse(body: bytes) -> tuple[Fields, Form]:
    """Decode a callback body (a JSON object, or XML). Raises `Refused`: 413 too large, 400 malformed."""
    if len(body) > MAX_BODY:
        raise Refused("too_large", 413, "请求过大")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("bad_encoding", 400, "请求不是 UTF-8") from None
    if text.lstrip().startswith("{"):
        return _parse_json(text), "json"
    return _parse_xml(text), "xml"


def scalar(fields: Mapping[str, Any], name: str) -> str:
    """The field as a string, "" when absent or empty. Raises `Refused` when it is not a single value."""
    value = loose(fields, name)
    if not value and fields.get(name) not in (None, ""):
        raise Refused("bad_field", 400, f"字段 {name} 不是单个值", name)
    return value


def loose(fields: Mapping[str, Any], name: str) -> str:
    """Like `scalar`, but "" for what is not a single value: one odd item must not hold up a page of messages."""
    value = fields.get(name)
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def group(fields: Mapping[str, Any], name: str) -> Fields:
    """The nested object under `name`, empty when absent or not an object."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def render(fields: Mapping[str, Any], form: Form) -> str:
    """The body for `fields` (strings, integers, nested dicts, lists for repeated elements)."""
    if form == "json":
        return json.dumps(clean_all(fields), ensure_ascii=False)
    return f"<xml>{_render_children(fields)}</xml>"


def _render_children(fields: Mapping[str, Any]) -> str:
    pairs = ((name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value]))
    return "".join(f"<{name}>{_render_value(one)}</{name}>" for name, one in pairs)


def _render_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _render_children(value)
    if isinstance(value, int):
        return str(value)
    # A CDATA section cannot hold its own terminator: close it in the middle and open another.
    return "<![CDATA[" + clean(value or "").replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _parse_json(text: str) -> Fields:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _malformed() from None
    _bound(value)
    return clean_all(value)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _bound(value: Any) -> None:
    level, nodes = [value], 0
    for _ in range(MAX_DEPTH):
        nodes += len(level)
        level = [
            child
            for one in level
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not level and nodes <= MAX_NODES:
            return
    raise _malformed()


def _parse_xml(text: str) -> Fields:
    # expat directly: ElementTree's hooks for what must be refused exist only in its slow form.
    target, parser = _DictBuilder(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = target.start, target.end
    parser.CharacterDataHandler = target.data
    # No document type, no entity, nothing from elsewhere: none of the platforms sends one.
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError):
        raise _malformed() from None
    return target.close()


def _refuse(*declared: Any) -> None:
    raise _malformed()


def _malformed() -> Refused:
    return Refused("malformed", 400, "请求内容无法解析")


class _DictBuilder:
    """Parser target: elements become dict entries, repeated ones a list, empty ones None. Attributes mean nothing."""

    def __init__(self) -> None:
        self._open: list[tuple[str, Fields, list[str]]] = []
        self._nodes = 0
        self._root: Any = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._nodes += 1
        # A namespace would let one document mean two things to two readers.
        foreign = ":" in tag or any(name.startswith("xmlns") for name in attributes)
        if len(self._open) >= MAX_DEPTH or self._nodes > MAX_NODES or foreign:
            raise _malformed()
        self._open.append((tag, {}, []))

    def data(self, text: str) -> None:
        self._open[-1][2].append(text)

    def end(self, tag: str) -> None:
        _, children, texts = self._open.pop()
        value = children or clean("".join(texts)).strip() or None
        if not self._open:
            self._root = (tag, value)
            return
        siblings = self._open[-1][1]
        if tag not in siblings:
            siblings[tag] = value
        elif isinstance(siblings[tag], list):
            siblings[tag].append(value)
        else:
            siblings[tag] = [siblings[tag], value]

    def close(self) -> Fields:
        tag, value = self._root or ("", None)
        if tag != "xml" or not isinstance(value, dict):
            raise _malformed()
        return value
