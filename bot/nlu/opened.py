"""What is opened on first use and then serves all threads: the encoder, the general embedding. Any failure is final for the
process: messages are read without it, and /readyz says so."""

import logging
import threading
from typing import Generic, NoReturn, TypeVar

logger = logging.getLogger(__name__)
Library = TypeVar("Library")


class Unavailable(RuntimeError):
    """It cannot be opened or failed; the message says how."""


class Opened(Generic[Library]):
    """`failure`: the kind of error that made it unavailable."""

    name: str

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library: Library | None = None
        self.failure: str | None = None

    def _open(self) -> Library:
        raise NotImplementedError

    def _opened(self) -> Library:
        if self.failure:
            raise Unavailable(self.failure)
        with self._lock:
            if self._library is None:
                try:
                    self._library = self._open()
                except Exception as error:  # a missing file, a broken one, a library that does not fit
                    self._fail(error)
            return self._library

    def _fail(self, error: Exception) -> NoReturn:
        self.failure = type(error).__name__
        logger.error("%s.failed reason=%s", self.name, self.failure)
        raise Unavailable(self.failure) from error
