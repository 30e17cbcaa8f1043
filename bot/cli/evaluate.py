"""`python -m bot evaluate`: measures the understanding on the held-out sentences and holds it against the floors."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from bot.boundary.triggers import priority_of
from bot.cli.model import NotTrained, load_reader, var_dir
from bot.cli.report import write_report

SETS = ("dev", "final")
FLOORS = Path("tests/nlu/floors.yml")
Pairs = list[tuple[dict[str, Any], dict[str, Any]]]


def run(options: argparse.Namespace) -> int:
    """Prints the table, writes var/eval/report.html; 1 when a figure of the final set is below its floor."""
    try:
        reader = load_reader()
    except NotTrained as missing:
        print(missing, file=sys.stderr)  # noqa: T201
        return 2
    figures: dict[str, dict[str, tuple[float, int]]] = {}
    read = {}
    for name in SETS:
        handoff, intake = (_read(reader, options.data / f"{name}_{kind}.jsonl") for kind in ("handoff", "intake"))
        figures[name] = measure(handoff, intake)
        read[name] = (intake, handoff)
    write_report(var_dir() / "eval" / "report.html", figures, read)
    print(table(figures))  # noqa: T201
    return check(figures["final"])


def _read(reader: Any, path: Path) -> Pairs:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(row, reader.read(row["text"])) for row in rows]


def measure(handoff: Pairs, intake: Pairs) -> dict[str, tuple[float, int]]:
    """Every figure with the number of sentences behind it."""
    positive = [(row, got) for row, got in handoff if row["trigger"]]
    negative = [(row, got) for row, got in handoff if not row["trigger"]]
    life = [(row, got) for row, got in positive if priority_of(row["trigger"]) == "P0"]
    places = [(row["location"], (got["place"] or {}).get("text")) for row, got in intake]
    found, missed, extra = personal_data(intake)
    return {
        "P0 召回": (_share(got["priority"] == "P0" for _, got in life), len(life)),
        "触发召回": (_share(got["trigger"] is not None for _, got in positive), len(positive)),
        "误转人工": (_share(got["disposition"] == "hand_off" for _, got in negative), len(negative)),
        "一级类目 F1": (macro_f1([(row["category"], got["category"]) for row, got in intake]), len(intake)),
        "二级类目": (_share(got["subcategory"] == row["subcategory"] for row, got in intake), len(intake)),
        "诉求类型": (_share(got["type"] == row["type"] for row, got in intake), len(intake)),
        "地点 F1": (span_f1(places), len(intake)),
        "个人信息召回": (found / max(1, found + missed), found + missed),
        "个人信息精确": (found / max(1, found + extra), found + extra),
        "校准误差": (calibration_error(intake), len(intake)),
    }


def personal_data(intake: Pairs) -> tuple[int, int, int]:
    """(found, missed, found wrongly) pieces of personal data, by kind and exact words."""
    found = missed = extra = 0
    for row, got in intake:
        gold = Counter((p["kind"], p["text"]) for p in row["pii"])
        read = Counter((p["kind"], row["text"][p["span"][0] : p["span"][1]]) for p in got["pii"])
        found += (both := sum((gold & read).values()))
        missed += sum(gold.values()) - both
        extra += sum(read.values()) - both
    return found, missed, extra


def span_f1(pairs: list[tuple[str | None, str | None]]) -> float:
    hit = sum(a is not None and a == b for a, b in pairs)
    return 2 * hit / max(1, sum(a is not None for a, _ in pairs) + sum(b is not None for _, b in pairs))


def macro_f1(pairs: list[tuple[str, str]]) -> float:
    labels = sorted({gold for gold, _ in pairs})
    return sum(_f1(label, pairs) for label in labels) / max(1, len(labels))


def _f1(label: str, pairs: list[tuple[str, str]]) -> float:
    hit = sum(a == b == label for a, b in pairs)
    return 2 * hit / max(1, sum(a == label for a, _ in pairs) + sum(b == label for _, b in pairs))


def calibration_error(intake: Pairs, bins: int = 10) -> float:
    """Expected calibration error of the category's confidence."""
    total = 0.0
    for start in range(bins):
        inside = [(r, g) for r, g in intake if start / bins <= min(g["confidence"], 0.9999) < (start + 1) / bins]
        if inside:
            right = _share(g["subcategory"] == r["subcategory"] for r, g in inside)
            total += len(inside) * abs(right - sum(g["confidence"] for _, g in inside) / len(inside))
    return total / max(1, len(intake))


def table(figures: dict[str, dict[str, tuple[float, int]]]) -> str:
    lines = [f"{'':<14}" + "".join(f"{name:>18}" for name in figures)]
    for figure in figures["final"]:
        lines.append(f"{figure:<12}" + "".join("{:>12.3f} ({:>4})".format(*figures[name][figure]) for name in figures))
    return "\n".join(lines)


def check(final: dict[str, tuple[float, int]]) -> int:
    """Floors only ever rise; for a figure where less is better the file gives a ceiling."""
    limits = yaml.safe_load(FLOORS.read_text(encoding="utf-8"))
    broken = [name for name, floor in limits["floors"].items() if final[name][0] < floor]
    broken += [name for name, ceiling in limits["ceilings"].items() if final[name][0] > ceiling]
    if broken:
        print(f"低于底线：{'、'.join(broken)}", file=sys.stderr)  # noqa: T201
    return 1 if broken else 0


def _share(tests: Any) -> float:
    listed = list(tests)
    return sum(listed) / max(1, len(listed))
