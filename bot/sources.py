"""A hash over files that something was made from: whether it is still of today."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
READ = (".py", ".yml", ".txt", ".lock", ".onnx", ".json")


def fingerprint(names: Iterable[str]) -> str:
    """Over names and contents of these files and of all that lie in these folders, named from the project's root."""
    digest = hashlib.sha256()
    for file in _files(names):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in files if file.is_file() and file.suffix in READ)
