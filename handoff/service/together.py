"""Short messages in a row belong together: those that wait when the bot's turn begins are read as one."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.privacy.tracker import LONGEST, as_read

from ..domain.models import Message

MOST = 6  # messages that the bot reads at once
JOINT = "，"
_ENDED = re.compile(r"[，。！？；,.!?;：:]\s*$")
_PLAIN = re.compile(r"[\s，。！？!?.,~～、]+")
# The other ways, by the word alone, whatever was offered last.
PERSON = '/needs_person{"trigger":"explicit_human"}'
OFFLINE = "/offline_options"
DOORS = {
    **dict.fromkeys(
        ("人工", "转人工", "真人", "人工服务", "转人工服务", "找人工", "要人工", "人工客服", "转真人"), PERSON
    ),
    **dict.fromkeys(("电话", "线下", "窗口", "电话与线下", "线下办理", "电话号码"), OFFLINE),
    **dict.fromkeys(("代办", "帮我代办", "代办服务"), '/needs_person{"trigger":"cannot_operate","service":"代办"}'),
    **dict.fromkeys(
        ("上门", "上门服务", "上门办", "上门办理"), '/needs_person{"trigger":"cannot_operate","service":"上门"}'
    ),
}


def door(text: str) -> str | None:
    """What Rasa reads for a word that opens one of the doors."""
    return DOORS.get(_PLAIN.sub("", text))


def first_of(unread: list[Message], words: Callable[[Message], str]) -> list[Message]:
    """The first unread message and those after it that are read with it: words only, up to the first that is a choice,
    a picture or too much."""
    if not unread[0].text.strip() or words(unread[0]).startswith("/"):
        return unread[:1]
    group, length = [], 0
    for message in unread[:MOST]:
        length += len(message.text)
        if not message.text.strip() or words(message).startswith("/") or (group and length > LONGEST):
            break
        group.append(message)
    return group


def as_one(group: list[Message]) -> tuple[str, list[dict[str, int]]]:
    """(masked text, pieces): a piece is `text[start:end]` and begins at `at` in the words of message `seq`."""
    text, pieces = "", []
    for message in _without_repeats(group):
        said, at = as_read(message.text)
        if not said:
            continue
        text += JOINT if text and not _ENDED.search(text) else ""
        pieces.append({"seq": message.seq, "start": len(text), "end": len(text) + len(said), "at": at})
        text += said
    return text or "？", pieces or [{"seq": group[-1].seq, "start": 0, "end": 1, "at": 0}]


def _without_repeats(group: list[Message]) -> list[Message]:
    """What was sent twice in a row is read once."""
    return [one for n, one in enumerate(group) if n == 0 or one.text.strip() != group[n - 1].text.strip()]
