"""`python -m bot understand`: JSON lines in, one JSON line each out, in order; read as the running bot reads them."""

import argparse
import json
import sys
from dataclasses import replace
from typing import Any

from bot.cli.model import load_reader
from bot.nlu.reader import Reader
from bot.nlu.spans import PLACE
from bot.privacy import pii
from bot.privacy.pii import Pii
from bot.privacy.tracker import as_read

KEYS = (
    "type", "category", "subcategory", "confidence", "candidates", "trigger", "trigger_confidence", "priority", "disposition",
    "doubt", "urgent", "time", "matters", "knowledge", "truncated", "degraded",
)  # fmt: skip
NO_WORDS = "？"  # what the bot reads in their place


def run(options: argparse.Namespace) -> int:
    """Answers every line, a bad or an empty one with {"error": …}. Raises `NotTrained`."""
    reader = load_reader()
    for line in sys.stdin.buffer:
        answer = json.dumps(_answer(reader, line, options.explain), ensure_ascii=True)
        print(answer, flush=True)  # noqa: T201
    return 0


def _answer(reader: Reader, line: bytes, explain: bool) -> dict[str, Any]:
    if not line.strip():
        return {"error": "这一行是空的"}
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "不是有效的 JSON"}
    text = asked.get("text") if isinstance(asked, dict) else None
    if not isinstance(text, str):
        return {"error": "缺少字符串 text"}
    return described(read_as_the_bot(reader, text), text, explain)


def read_as_the_bot(reader: Reader, text: str) -> dict[str, Any]:
    """What the running bot understands: it is given the words masked. What is told of places, times and personal data
    speaks of the original text."""
    words, at = as_read(text)
    understood = reader.read(words or NO_WORDS)
    marked = {name: understood[name] and _moved(understood[name], text, at) for name in ("place", "time")}
    learned = [Pii(one["kind"], *(at + place for place in one["span"])) for one in understood["pii"]]
    return {**understood, **marked, "pii": _personal(text, learned, marked["place"])}


def _moved(span: dict[str, Any], text: str, at: int) -> dict[str, Any]:
    start, end = at + span["start"], at + span["end"]
    end = pii.before_anybody(text, start, end) if span["kind"] == PLACE else end
    return {**span, "text": text[start:end], "start": start, "end": end}


def _personal(text: str, learned: list[Pii], place: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What rules have masked, and what the reader has found in the rest. Where an address begins, the reader sees better,
    masked or not; behind it may be the door, which it was not shown."""
    begin = place["start"] if place else 0
    by_rule, addresses = [], [one for one in learned if one.kind == "address"]
    for one in pii.find(text):
        if one.kind == "address":
            one = replace(one, start=begin) if one.start < begin < one.end else one
            met = [other for other in addresses if one.start < other.end and other.start < one.end]
            one = replace(one, start=met[0].start, end=max(one.end, met[-1].end)) if met else one
        by_rule.append(one)
    found = pii.without_overlaps([*by_rule, *learned])
    return [{"kind": one.kind, "span": [one.start, one.end]} for one in found]


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
