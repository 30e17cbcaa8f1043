"""What went wrong, as the log may say it: of what kind and where, never with the words of an error, which may be a
resident's."""

from __future__ import annotations

import traceback
from pathlib import Path

from ..domain.errors import Unavailable, Unfit


def is_away(error: Exception) -> bool:
    """Whether the ledger is away, so that nothing else can be stored either."""
    return isinstance(error, Unavailable) and not isinstance(error, Unfit)


def named(error: BaseException) -> str:
    error = error.__cause__ or error if isinstance(error, Unavailable) else error
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    where = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{where}"
