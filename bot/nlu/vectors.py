"""What the sentences of the corpus and the approved answers mean, kept beside them so that a fresh clone need not read them
all again."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.nlu import encoder, general
from bot.sources import ROOT


@dataclass(frozen=True)
class Shelf:
    """Vectors in a file, one byte a number. `which` names what read them; `read` reads what is not there yet."""

    file: Path
    dimensions: int
    which: Callable[[], bytes]
    read: Callable[[Sequence[str]], Iterable[np.ndarray]]

    def of_all(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors (n × dimensions, length one) of normalised texts: shipped, or read now. Raises Unavailable."""
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        keys, known = self.keys(texts), self.shipped()
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        known |= dict(zip(missing, self.read(list(missing.values())), strict=True))
        return np.stack([known[key] for key in keys])

    def ship(self, texts: Sequence[str]) -> None:
        """Writes the file for these texts. Raises Unavailable."""
        unique = list(dict.fromkeys(texts))
        vectors = self.of_all(unique)
        scales = np.abs(vectors).max(axis=1) / 127
        rounded = np.round(vectors / scales[:, None]).astype(np.int8)
        keys = np.frombuffer(b"".join(self.keys(unique)), dtype="V16")
        order = np.argsort(keys.view("S16").ravel(), kind="stable")
        np.savez_compressed(
            self.file, keys=keys[order], vectors=rounded[order], scales=scales[order].astype(np.float32)
        )

    def shipped(self) -> dict[bytes, np.ndarray]:
        """The vectors in the file, by key."""
        if not self.file.exists():
            return {}
        with np.load(self.file) as stored:
            vectors = stored["vectors"].astype(np.float32) * stored["scales"][:, None]
            return dict(zip((key.tobytes() for key in stored["keys"]), vectors, strict=True))

    def keys(self, texts: Sequence[str]) -> list[bytes]:
        """A vector belongs to a text and to what read it."""
        which = self.which()
        return [hashlib.blake2b(which + text.encode(), digest_size=16).digest() for text in texts]


def _encoder() -> bytes:
    return hashlib.sha256(encoder.FILE.read_bytes()).digest() if encoder.FILE.exists() else b""


def _shelf_of(kind: str, read: Callable[[str], np.ndarray]) -> Shelf:
    return Shelf(
        ROOT / "nlu_data" / "knowledge" / f"{kind}.npz",
        general.DIMENSIONS,
        lambda: kind.encode() + general.which(),
        lambda texts: general.read_many(read, texts),
    )


SENTENCES = Shelf(
    encoder.FILE.with_name("vectors.npz"), encoder.DIMENSIONS, _encoder, lambda texts: encoder.ENCODER.read_many(texts)
)
QUESTIONS = _shelf_of("questions", general.question)
ANSWERS = _shelf_of("answers", general.passage)
