"""What came and cannot be taken in, whatever is wrong with it: a person sees to it, and nothing behind it waits.

The platform gives it once: what is behind the cursor, or was refused three times, never comes again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.boundary.screen import screen
from bot.channels.message import Inbound

from ..domain.models import Message
from ..domain.priority import LIFE_SAFETY
from . import reaching, window
from .ports import Transaction

TASK = "unread"
KEPT = "有一条消息系统没能处理，机器人没有答复（原始报文已加密保存）。请看一看对话、联系居民，并告诉管理员。"
LOST = "账号 {account} 有一条消息系统没能处理，也没能存下。请到平台后台看一看这几分钟的消息，并告诉管理员。"


def bare(inbound: Inbound) -> Inbound:
    """Without anything of it that could be the reason; the payload still has it all."""
    return replace(inbound, text="", data={}, opens="")


def ways(inbound: Inbound, channel: str, now: datetime) -> list[tuple]:
    """Pieces of work for a ledger, the second for when the first fails too."""
    screened = screen(inbound.text) if inbound.author == "resident" and inbound.text else None
    danger = screened.trigger if screened is not None and screened.priority == LIFE_SAFETY else None
    return [(keep, one, channel, danger, now) for one in (inbound, bare(inbound))]


def keep(tx: Transaction, inbound: Inbound, channel: str, danger: str | None, now: datetime) -> bool:
    """Keeps the words for a person and the payload sealed; nobody else reads them, and nothing follows from them. False
    when it is in the ledger already: what failed then came after."""
    if tx.messages.delivered(inbound.account, inbound.key):
        return False
    sender = (inbound.account, inbound.sender)
    found = tx.conversations.find_all([sender]).get(sender) or tx.conversations.open(
        inbound.account, channel, inbound.sender, now
    )
    by, seq = "resident" if inbound.author == "resident" else "system", tx.conversations.next_seq(found.id)
    message = Message(found.id, seq, by, "unknown", inbound.text, "received", now, None, {"silent": True})
    tx.messages.add(message)
    tx.messages.record_delivery(inbound.account, inbound.key, message, inbound.raw or None)
    window.save(tx, found.id, window.of(found).after(inbound))  # whoever sees to it can write to the resident
    tx.emit("message", found.id, seq)
    reaching.once(tx, found.id, TASK, KEPT, now)
    if danger:  # nobody waits until somebody looks at the tasks
        tx.records.add_page(found.id, danger, now)
        tx.emit("page", found.id, trigger=danger)
    return True


def tell(tx: Transaction, account: str, now: datetime) -> None:
    """Where nothing of it can be kept."""
    reaching.once_in_these_words(tx, None, TASK, LOST.format(account=account), now)
