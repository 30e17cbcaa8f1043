"""What went wrong, as the log may say it: of what kind and where, never with the words of an error, which may be a
resident's."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..domain.errors import Unavailable, Unfit

logger = logging.getLogger(__name__)


def is_away(error: Exception) -> bool:
    """Whether the ledger is away, so that nothing else can be stored either."""
    return isinstance(error, Unavailable)


def named(error: BaseException) -> str:
    error = error.__cause__ or error if isinstance(error, (Unavailable, Unfit)) else error
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    where = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{where}"


async def first_that_can(account: str, *ways: Callable[[], Awaitable]) -> None:
    """Goes the first way that does not fail. Raises `Unavailable` when the ledger is away: then none can be gone."""
    for way in ways:
        try:
            await way()
            return
        except Exception as error:  # whatever it is: it would meet the same again, for ever
            if is_away(error):
                raise
            logger.error("what came for %s cannot be taken in: %s", account, named(error))
