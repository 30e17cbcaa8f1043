"""`python -m bot understand`: JSON lines in, one JSON line each out, in order."""

import argparse
import json
import sys
from typing import Any

from bot.cli.model import NotTrained, load_reader
from bot.nlu.reader import Reader

KEYS = (
    "type", "category", "subcategory", "confidence", "candidates", "trigger", "trigger_confidence", "priority", "disposition",
    "doubt", "urgent", "time", "matters", "knowledge", "truncated", "degraded",
)  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Answers every line, a bad one with {"error": …}. Returns the exit code."""
    try:
        reader = load_reader()
    except NotTrained as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    for line in sys.stdin.buffer:
        if line.strip():
            answer = json.dumps(_answer(reader, line, options.explain), ensure_ascii=True)
            print(answer, flush=True)  # noqa: T201
    return 0


def _answer(reader: Reader, line: bytes, explain: bool) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "不是有效的 JSON"}
    text = asked.get("text") if isinstance(asked, dict) else None
    if not isinstance(text, str):
        return {"error": "缺少字符串 text"}
    return described(reader.read(text), text, explain)


def described(understood: dict[str, Any], text: str, explain: bool = False) -> dict[str, Any]:
    """The public form of what the reader understood."""
    answer = {"intent": understood["act"]["name"]} | {key: understood[key] for key in KEYS}
    place = understood["place"]
    answer["location"] = place["text"] if place else None
    answer["location_span"] = [place["start"], place["end"]] if place else None
    answer["pii"] = [{**found, "text": text[slice(*found["span"])]} for found in understood["pii"]]
    if explain:
        answer["why"] = understood["why"]
    return answer
