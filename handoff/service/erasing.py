"""A resident has their personal data deleted (个人信息保护法 §47): the words, the attachments, who it was.

What the register and the law need stays, without words and without a person: number, category, dates and outcome of the
cases, the times of the handoffs, and the audit log, which nobody can change (网络安全法: half a year at least). Nothing is
erased while somebody still works on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.errors import BadInput, IllegalMove, NoConversation, NotFound, Stale
from ..domain.models import Conversation
from ..domain.ownership import Owner
from .ports import Transaction

ACTION = "erase_resident"


@dataclass(frozen=True)
class Erased:
    conversation_id: int
    gone: dict[str, int]
    linked: list[int]  # conversations of the same resident in other channels, which are still there

    @property
    def in_words(self) -> str:
        gone = self.gone
        lines = [
            f"已清除对话 {self.conversation_id}：消息 {gone['messages']} 条、附件 {gone['attachments']} 个、"
            f"待办 {gone['tasks']} 项、关联 {gone['links']} 个、机器人的记忆 {gone['events']} 条，"
            f"{gone['cases']} 件工单和 {gone['promises']} 项承诺里的话，以及是谁。",
            "依法留下：工单的编号、类别、日期和结果，审计日志（不能删改）。以前导出的文件和备份，请另外删除。",
        ]
        if self.linked:
            others = "、".join(map(str, self.linked))
            lines.append(f"这位居民关联过的别的渠道没有清除：对话 {others}。居民要求的，请用 --conversation 逐个清除。")
        return "\n".join(lines)


def erase(tx: Transaction, account: str | None, sender: str | None, number: int | None, now: datetime) -> Erased:
    before = _find(tx, account, sender, number)
    if before.owner_kind not in (Owner.BOT, Owner.CLOSED):
        raise IllegalMove(f"对话 {before.id} 还在排队或在工作人员手上，办完再清除。")
    linked = tx.links.conversations_of(tx.links.group(before.resident_id))
    try:
        tx.conversations.move(before, before.owner, episode=before.episode + 1)  # from here on it is ours alone
    except Stale:
        raise IllegalMove("这个对话刚有变动，请再试一次。") from None
    current = tx.conversations.get(before.id)
    _check_settled(tx, current, now)
    gone = tx.erasure.erase(current, now)
    tx.people.audit(now, "operator", ACTION, str(current.id), gone)
    for changed in ("owner", "task", "case"):
        tx.emit(changed, current.id)
    return Erased(current.id, gone, [other for other in linked if other != current.id])


def _find(tx: Transaction, account: str | None, sender: str | None, number: int | None) -> Conversation:
    if (number is None) != bool(account and sender) or (number is not None and (account or sender)):
        raise BadInput("conversation", "请写 --conversation 对话号，或同时写 --channel 和 --sender。")
    try:
        found = tx.conversations.find(account, sender) if number is None else tx.conversations.get(number)
    except NoConversation:
        found = None
    if found is None:
        raise NotFound("没有找到这位居民，请核对渠道账号和 ID，或对话号。")
    return found


def _check_settled(tx: Transaction, current: Conversation, now: datetime) -> None:
    unfinished = tx.erasure.open_cases(current)
    if unfinished:
        named = "、".join(unfinished)
        raise IllegalMove(f"还有工单没办结：{named}。请先办结（居民要撤回的，结果选“居民撤回”），再清除。")
    waits_for_bot = current.owner_kind is Owner.BOT and current.resident_seq > current.handled_seq
    if waits_for_bot or tx.erasure.in_motion(current, now):
        raise IllegalMove("这个对话此刻还在收发消息，请过几分钟再试。")
