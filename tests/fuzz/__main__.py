"""`python -m tests.fuzz [libFuzzer options]`: whatever bytes arrive, what reads them first never fails in an unforeseen way.

Guided by coverage; expat, json and OpenCC underneath are C. Runs until stopped unless `-max_total_time=SECONDS` is given.
"""

import sys

import atheris

with atheris.instrument_imports(include=["bot"]):
    from bot.boundary.screen import screen
    from bot.channels import envelope
    from bot.channels.message import Refused
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
    assert len(for_dialogue(text)) == len(text)
    assert all(0 <= found.start < found.end <= len(text) for found in pii.find(text))


def main() -> None:
    atheris.Setup(sys.argv, one_message)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
