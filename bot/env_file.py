"""The `.env` beside the Makefile: what it says counts where the environment itself says nothing."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot.plain_errors import PlainError

ENV_FILE = Path(".env")


class EnvFileError(PlainError):
    """Says what is wrong with the file."""


def apply_env_file(path: Path = ENV_FILE) -> None:
    """Raises `EnvFileError`."""
    for name, value in read_env_file(path).items():
        os.environ.setdefault(name, value)


def read_env_file(path: Path) -> dict[str, str]:
    """Every line must be NAME=value; no file is an empty one. Raises `EnvFileError`."""
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvFileError(f".env 读不了：{type(error).__name__}") from error
    if "\0" in text:
        raise EnvFileError(".env 里有不能用的字符（NUL）。")
    for line in parse_stream(StringIO(text)):
        if line.error or (line.key is not None and line.value is None):
            raise EnvFileError(f".env 第 {line.original.line} 行应写成 名称=值，引号要成对。")
    return dotenv_values(stream=StringIO(text))
