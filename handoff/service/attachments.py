"""Photos, voice and files of residents: fetched once, kept sealed for the person, forgotten in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.channels.message import GIVE_TO_PERSON, RETRY, Media, SendFailure
from bot.channels.registry import limits_of

from ..domain.models import Attachment, Conversation, Message
from ..domain.ownership import Owner
from . import reaching
from .attempts import delay
from .office import Office
from .ports import Transaction

KINDS = {"image": "图片", "voice": "语音", "video": "视频", "file": "文件"}
# How long the platforms keep what a resident sent, and so how long it is asked for.
# https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Get_temporary_materials.html
KEPT = timedelta(days=3)
LONGEST_PAUSE = timedelta(hours=1)  # between two attempts
NEVER_GIVEN = "平台一直没有给出，已过三天保存期"
LEASE = timedelta(minutes=3)  # longer than the slowest download
AT_ONCE = 2  # downloads at a time: each may hold 20 MB in memory
LISTENING = "listening"  # in the data of a voice message while a program listens to it (service/voice.py)
PIECE = 256 * 1024  # bytes; about what one write may hold up the ledger for


def expect(tx: Transaction, office: Office, current: Conversation, message: Message, now: datetime) -> None:
    """A message brought an attachment: the platform keeps it for a while only, so it is fetched now."""
    media_id = message.data.get("media_id")
    if not media_id or message.kind not in KINDS or not limits_of(current.channel).media:
        return
    tx.attachments.add(current.id, message.seq, current.account, str(media_id)[:512], message.kind, now)
    _mark(tx, current.id, message.seq, {"state": "waiting"})
    if message.kind == "voice" and not message.text.strip() and office.transcribes:
        if message.sender == "resident" and current.owner_kind is Owner.BOT:
            tx.messages.add_data(current.id, message.seq, {LISTENING: True})
    tx.emit("attachment", current.id, message.seq)


def take(tx: Transaction, now: datetime) -> tuple[list[Attachment], list[Attachment]]:
    """What is fetched now, and what is given up: one in which desks die (too much for their memory, say) is tried less and
    less often, and not much longer than the platform keeps it."""
    taken = tx.attachments.take_due(now, now + LEASE, AT_ONCE)
    given_up = [one for one in taken if one.attempts and _age(tx, one, now) > KEPT + 2 * LONGEST_PAUSE]
    for one in taken:
        if one in given_up:
            failed(tx, one, SendFailure(RETRY, 0, NEVER_GIVEN), now)
        else:
            tx.attachments.postpone(one, now + delay(one.attempts, LONGEST_PAUSE.total_seconds()))
    return [one for one in taken if one not in given_up], given_up


def _age(tx: Transaction, one: Attachment, now: datetime) -> timedelta:
    return now - tx.messages.get(one.conversation_id, one.seq).at


def stored(tx: Transaction, one: Attachment, found: Media, now: datetime) -> None:
    """All pieces are in the ledger."""
    tx.attachments.settle(one, "stored", content_type=found.content_type, size=found.size, stored_at=now)
    kept = {"state": "stored", "type": found.content_type, "size": found.size}
    _mark(tx, one.conversation_id, one.seq, kept)


def failed(tx: Transaction, one: Attachment, failure: SendFailure, now: datetime) -> bool:
    """Tried again later for as long as the platform keeps it; then the message is marked, and a person has a task. True
    when it is given up."""
    tx.attachments.drop_parts(one)
    refused = failure.disposition == GIVE_TO_PERSON
    if not refused and _age(tx, one, now) < KEPT:
        tx.attachments.settle(one, "waiting", next_at=now + delay(one.attempts, LONGEST_PAUSE.total_seconds()))
        return False
    reason = failure.reason if refused else NEVER_GIVEN
    tx.attachments.settle(one, "failed")
    _mark(tx, one.conversation_id, one.seq, {"state": "failed", "reason": reason})
    text = f"居民发来的{KINDS[one.kind]}没有取到：{reason}。需要的话，请居民再发一次。"
    reaching.once(tx, one.conversation_id, "attachment", text, now)
    return True


def read_out(tx: Transaction, one: Attachment, text: str) -> None:
    """What a machine read in a photo: for the person only, marked as what it is."""
    tx.messages.add_data(one.conversation_id, one.seq, {"machine_read": text})
    tx.emit("message", one.conversation_id, one.seq)


def forget(tx: Transaction, before: datetime) -> int:
    """Deletes the attachments that were stored before `before`; that there was one stays in the transcript."""
    expired = tx.attachments.expired(before)
    for one in expired:
        tx.attachments.drop_parts(one)
        tx.attachments.settle(one, "gone")
        _mark(tx, one.conversation_id, one.seq, {"state": "gone"})
    return len(expired)


def _mark(tx: Transaction, conversation_id: int, seq: int, state: dict) -> None:
    tx.messages.add_data(conversation_id, seq, {"attachment": state})
    tx.emit("message", conversation_id, seq)
