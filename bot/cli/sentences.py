"""Annotated sentences, one JSON object a line."""

import json
from pathlib import Path
from typing import Any

from bot.plain_errors import PlainError


def sentences(file: Path, *labels: str) -> list[dict[str, Any]]:
    """The rows of a file, each with a text and these labels. Raises `PlainError`, which names the line, or `OSError`."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise PlainError(f"{file} 不是 UTF-8 的文件。") from error
    rows = [_row(line, labels, f"{file} 第 {number} 行") for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise PlainError(f"{file} 里没有句子。")
    return rows


def _row(line: str, labels: tuple[str, ...], where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PlainError(f"{where}不是有效的 JSON。") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise PlainError(f"{where}缺少文字 text。")
    if missing := [label for label in labels if label not in row]:
        raise PlainError(f"{where}缺少 {'、'.join(missing)}。")
    return row
