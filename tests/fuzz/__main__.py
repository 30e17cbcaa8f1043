"""`python -m tests.fuzz door|reading [libFuzzer options]`: whatever bytes arrive, what reads them never fails in an unforeseen
way: the door, or the whole understanding (which needs a trained model).

Guided by coverage; expat, json, OpenCC, jieba's dictionary, CRFsuite, ONNX Runtime and SciPy underneath are C. Runs until
stopped unless `-max_total_time=SECONDS` is given.
"""

import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["bot", "actions"]):
    from actions import places
    from bot import follow_up
    from bot.boundary.policy import DISPOSITIONS
    from bot.boundary.screen import screen
    from bot.channels import envelope
    from bot.channels.message import Refused
    from bot.cli.model import load_reader
    from bot.corrections import take_apart
    from bot.normalize import normalize
    from bot.privacy import pii
    from bot.privacy.tracker import for_dialogue


def one_message(data: bytes) -> None:
    """A body as it comes from outside, and the same bytes as a resident's words."""
    try:
        envelope.parse(data)
    except Refused:
        pass
    text = data.decode("utf-8", "replace")
    folded = normalize(text)
    assert len(folded.text) == len(folded.at)
    screen(folded)
    take_apart(text)
    follow_up.kind_of(text)
    places.only_the_end_of_one(text)
    assert len(for_dialogue(text)) == len(text)
    assert all(0 <= found.start < found.end <= len(text) for found in pii.find(text))


def reading() -> Callable[[bytes], None]:
    reader = load_reader()

    def one_reading(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        understood = reader.read(text)
        assert all(0 <= span["start"] < span["end"] <= len(text) for span in understood["spans"])
        assert understood["disposition"] in DISPOSITIONS

    return one_reading


def main() -> None:
    _, target, *options = sys.argv
    atheris.Setup([sys.argv[0], *options], one_message if target == "door" else reading())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
