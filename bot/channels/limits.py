"""What a channel can carry, and how a longer message is cut to it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels import text as words
from bot.channels.message import Button, Outgoing


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes are UTF-8 bytes; `buttons` 0 means that choices go out as numbered text.

    `read_from_ledger`: the resident's page reads the desk's own ledger, so that nothing has to be sent and no window
    closes. `refuses_repeats`: what comes again under the same id is refused, so that nobody sees it twice.
    `closes_with_service`: once a person's service in the platform's own client has ended, nothing may be sent until the
    resident writes again, except one text with the code that the end gave.
    """

    text_bytes: int
    buttons: int = 0
    button_bytes: int = 0
    head_bytes: int = 0
    passive: bool = False
    typing: bool = False
    media: bool = False
    menu: bool = False
    read_from_ledger: bool = False
    refuses_repeats: bool = False
    closes_with_service: bool = False


def parts(limits: Limits, outgoing: Outgoing) -> tuple[Outgoing, ...]:
    """`outgoing` as messages that each fit, in order; every one of them costs a send. The last has the buttons."""
    pieces = words.split_text(outgoing.text, limits.text_bytes)
    if outgoing.buttons and pieces:
        pieces[-1:] = words.split_text(pieces[-1], _room_beside(limits, outgoing.buttons))
    last = len(pieces) - 1
    return tuple(
        Outgoing(
            piece,
            buttons=outgoing.buttons if index == last else (),
            event_code=outgoing.event_code if index == 0 else "",  # a code works once
        )
        for index, piece in enumerate(pieces)
    )


def passive_text(limits: Limits, outgoing: Outgoing) -> str | None:
    """What the answer to the platform's own request can carry of it (choices become numbers); None when it must be sent."""
    text = words.numbered(outgoing.text, outgoing.buttons)
    fits = limits.passive and not outgoing.event_code and words.byte_length(text) <= limits.text_bytes
    return text if fits else None


def _room_beside(limits: Limits, buttons: tuple[Button, ...]) -> int:
    # Leave room for the same choices as numbered text, should the platform refuse the buttons.
    room = limits.text_bytes - words.byte_length(words.numbered("", buttons))
    return max(4, min(room, limits.head_bytes or room))
