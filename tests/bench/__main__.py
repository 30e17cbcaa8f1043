"""Runs everything and writes docs/performance.md: `python -m tests.bench [--quick]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import sys
from datetime import date
from pathlib import Path

from tests.support.databases import fresh_database, give_back
from tests.support.processes import ROOT

from . import codec, consoles, door, turns
from .report import Run, page

OUT = ROOT / "docs" / "performance.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="测一遍，写进 docs/performance.md")
    parser.add_argument("--quick", action="store_true", help="少测一些，数字更粗")
    parser.add_argument("--skip", nargs="*", default=[], choices=["door", "consoles", "codec", "turns"])
    options = parser.parse_args()
    folder = Path(os.environ.get("VAR_DIR") or ROOT / "var") / "bench"  # on the disk that the desk would use
    shutil.rmtree(folder, ignore_errors=True)
    run = Run(date.today().isoformat(), _machine(), os.getloadavg()[0])  # noqa: DTZ011 - the operator's own day
    try:
        _measure(run, folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    OUT.write_text(page(run), encoding="utf-8")
    _say(f"已写入 {OUT.relative_to(ROOT)}")
    return 0


def _measure(run: Run, folder: Path, options: argparse.Namespace) -> None:
    seconds, count = (2.0, 60) if options.quick else (5.0, 200)
    engines = ["sqlite", *(["postgresql"] if os.environ.get("TEST_DATABASE_URL") else [])]
    if "codec" not in options.skip:
        _say("解密与解析……")
        run.codec = codec.measure(_fresh(folder / "codec"), 5000)
    for engine in engines if "door" not in options.skip else []:
        _say(f"大门（{engine}）……")
        run.doors[engine] = _with_database(engine, folder / f"door-{engine}", door.measure, seconds)
    for engine in engines if "consoles" not in options.skip else []:
        _say(f"工作台（{engine}）……")
        run.consoles[engine] = _with_database(engine, folder / f"consoles-{engine}", consoles.measure)
    if "turns" not in options.skip:
        _say("整轮（本项目）……")
        run.ours = _with_database("sqlite", folder / "turns", turns.ours, count)
        _say("整轮（普通 Rasa 项目，要先训练）……")
        run.stock = asyncio.run(turns.stock(_fresh(folder / "stock"), count))
    run.load_after = os.getloadavg()[0]


def _with_database(engine: str, folder: Path, measure, *more):
    url = fresh_database(engine, _fresh(folder))
    try:
        return asyncio.run(measure(folder, url, *more))
    finally:
        give_back(url)


def _fresh(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    return f"{os.cpu_count()} 核 {model or platform.machine()}，{platform.system()}，Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
