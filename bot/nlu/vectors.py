"""The meanings of the corpus' sentences, kept beside it so that a fresh clone need not read them all again."""

import hashlib
from collections.abc import Sequence

import numpy as np

from bot.nlu import encoder

SHIPPED = encoder.FILE.with_name("vectors.npz")


def of_all(texts: Sequence[str]) -> np.ndarray:
    """Vectors (n × 128, length one) of normalised texts: shipped with the corpus, or read now. Raises Unavailable."""
    if not texts:
        return np.zeros((0, encoder.DIMENSIONS), np.float32)
    keys = _keys(texts)
    known = _shipped()
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    known |= dict(zip(missing, encoder.ENCODER.read_many(list(missing.values())), strict=True))
    return np.stack([known[key] for key in keys])


def ship(texts: Sequence[str]) -> None:
    """Writes the file for these texts, at one byte a number. Raises Unavailable."""
    unique = list(dict.fromkeys(texts))
    vectors = of_all(unique)
    scales = np.abs(vectors).max(axis=1) / 127
    rounded = np.round(vectors / scales[:, None]).astype(np.int8)
    keys = np.frombuffer(b"".join(_keys(unique)), dtype="V16")
    order = np.argsort(keys.view("S16").ravel(), kind="stable")
    np.savez_compressed(SHIPPED, keys=keys[order], vectors=rounded[order], scales=scales[order].astype(np.float32))


def _shipped() -> dict[bytes, np.ndarray]:
    if not SHIPPED.exists():
        return {}
    with np.load(SHIPPED) as stored:
        vectors = stored["vectors"].astype(np.float32) * stored["scales"][:, None]
        return dict(zip((key.tobytes() for key in stored["keys"]), vectors, strict=True))


def _keys(texts: Sequence[str]) -> list[bytes]:
    """A vector belongs to a text and to the encoder that read it."""
    which = hashlib.sha256(encoder.FILE.read_bytes()).digest() if encoder.FILE.exists() else b""
    return [hashlib.blake2b(which + text.encode(), digest_size=16).digest() for text in texts]
