"""Tables that commands write into the documents, between `<!-- name:begin -->` and `<!-- name:end -->`."""

from pathlib import Path

from bot.cli.model import ROOT
from bot.plain_errors import PlainError

UNDERSTANDING = ROOT / "docs" / "understanding.md"


def write_between(name: str, text: str, file: Path = UNDERSTANDING) -> None:
    """Replaces what stands between the markers. Raises `PlainError` when the document has no such place."""
    document = file.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise PlainError(f"{file.name} 里没有 {begin} … {end}")
    file.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")
