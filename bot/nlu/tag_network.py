"""The upper half of the encoder once more, taught to tag characters: from what its lower half makes of each subword, and
the characters themselves, how likely each of them belongs to a place, a time, a name or an illness."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

# Numbers of characters: 0 fills up, 1 stands for one that is rare; the file's own follow.
RARE, FIRST = 1, 2
# Where a character stands in its subword.
ALONE, BEGINS, INSIDE, ENDS = range(4)
# What the file says of itself: its characters, and the encoder's file whose lower half it goes on from.
CHARACTERS, GOES_ON_FROM = "characters", "goes_on_from"
# What it is asked by and what it tells.
INPUTS, SCORES = ("middle", "owner", "part", "characters"), "scores"


def mark_of(encoder: Path) -> str:
    return hashlib.sha256(encoder.read_bytes()).hexdigest()


def parts(lengths: Sequence[int]) -> tuple[list[int], list[int]]:
    """For each character the number of its subword (0 begins the text, so from 1 on), and where it stands in it."""
    owner, part = [], []
    for number, length in enumerate(lengths, 1):
        owner += [number] * length
        part += [ALONE] if length == 1 else [BEGINS, *[INSIDE] * (length - 2), ENDS][:length]
    return owner, part


class TagNetwork:
    """The file, opened. Raises ValueError when it goes on from another encoder: `python -m bot.teaching --tags`."""

    def __init__(self, file: Path, encoder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # as in bot.nlu.encoder
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        about = self._session.get_modelmeta().custom_metadata_map
        if about[GOES_ON_FROM] != mark_of(encoder):
            raise ValueError("these tags were taught on another encoder")
        self._numbers = {char: number for number, char in enumerate(about[CHARACTERS], FIRST)}

    def run(self, piece: str, lengths: Sequence[int], middle: np.ndarray) -> np.ndarray:
        """The scores (characters × `bot.nlu.tags.TAGS`) of a piece whose subwords are so many characters long, of which
        the encoder's lower half made `middle` (subwords and one more × numbers)."""
        owner, part = parts(lengths)
        characters = [self._numbers.get(char, RARE) for char in piece]
        rows = (np.array([row], np.int64) for row in (owner, part, characters))
        return self._session.run([SCORES], dict(zip(INPUTS, (middle[None], *rows), strict=True)))[0][0]
