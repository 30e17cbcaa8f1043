"""Random secrets of this installation, each in a file of its own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from bot.plain_errors import PlainError, in_words


def stored_secret(var_dir: Path, name: str) -> str:
    """A random secret of this installation, made once and kept readable by its owner only. Raises `PlainError`."""
    path = var_dir / name
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _kept(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret := secrets.token_urlsafe(48))
    return secret


def _kept(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        secret = ""
    except OSError as error:
        raise PlainError(f"密钥文件读不了：{in_words(error)}") from error
    if not secret:
        raise PlainError(f"密钥文件 {path} 是空的或坏了，请从备份里恢复它。")
    return secret
