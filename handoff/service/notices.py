"""What the desk itself says to a resident: plain, warm, true, told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf
from statistics import median_high

from bot.boundary import context
from bot.boundary import notices as boundary_notices

from ..domain.calendar import Calendar, in_words
from ..domain.models import CASE_STATES, OUTCOMES, Case, Conversation
from ..domain.ownership import Owner
from ..domain.priority import LIFE_SAFETY
from . import queue, window
from .office import Office
from .ports import Transaction

ENOUGH_WAITS = 5  # fewer recent answers than this are no ground for an estimate
RECENT = 12  # messages among which somebody says who is writing
PAGE = "web"  # the channel of the residents' page
# After a menu entry or a button the platform lets us write for a minute; after words or a number for two days.
LOOK_AT_IT = "请您看一看：解决了回复“解决了”，没有就回复“没解决”。"
WRITE_SOMETHING = "麻烦您再写几个字，或留个电话，同事稍后才能回复您。"
# For colleagues: who is said to be in danger stays in the queue against the wish.
WISHED_TO_LEAVE = "居民说不用人工了。这件事关系到人身安全，仍留在队列里：请先和本人确认平安。"


def handed_off(
    tx: Transaction,
    office: Office,
    conversation_id: int,
    trigger: str,
    priority: str,
    number: str | None,
    now: datetime,
) -> str:
    notice = boundary_notices.for_trigger(trigger)
    waiting, life = tx.conversations.get(conversation_id), priority == LIFE_SAFETY
    care = notice.care_for(child=_is_child(tx, conversation_id), on_page=waiting.channel == PAGE)
    lines = [notice.first_line, care, f"已为您转人工：{notice.reason}。"]
    if number:
        lines.append(f"受理编号：{number}")
    lines.append(called(tx, office, waiting, now) if life else place_in_queue(tx, office, waiting.id, now))
    lines.append(office.elsewhere)
    if not life:
        if window.of(waiting).brief:
            lines.append(WRITE_SOMETHING)
        lines.append("不想等了，回复“不用人工了”就行。")
    return "\n".join(line for line in lines if line)


def _is_child(tx: Transaction, conversation_id: int) -> bool:
    """Whether the resident says of themselves that they are a child, in writing or in a recording."""
    said = [m for m in tx.messages.last(conversation_id, RECENT) if m.sender == "resident"]
    return any(context.is_child(m.text or str(m.data.get("machine_read") or "")) for m in said)


def called(tx: Transaction, office: Office, conversation: Conversation, now: datetime) -> str:
    """For life and safety: whether somebody is called now. If nobody can be, it is said, and what to do instead."""
    place = "，您的话排在最前面" if conversation.owner_kind is Owner.QUEUE else ""
    if office.pages or queue.rings(tx, conversation, now):
        return f"正在呼叫值守人员{place}。"
    said_first = boundary_notices.for_trigger(conversation.reason_trigger or "").first_line
    return f"现在没有值守人员在线{place}。\n请现在就拨打{'上面的电话' if said_first else ' 110、120 或 119'}。"


def place_in_queue(tx: Transaction, office: Office, conversation_id: int, now: datetime) -> str:
    position = tx.conversations.position(conversation_id)
    place = f"您排在第 {position} 位" if position else "您的位置已保留"
    if not office.calendar.is_open(now):
        return f"{place}。现在是下班时间，{office.opening_in_words(now)}上班后回复您。"
    return f"{place}，{estimate(tx, office.calendar, position, now)}。服务时间：{office.hours}。"


def estimate(tx: Transaction, calendar: Calendar, position: int | None, now: datetime) -> str:
    """From those who asked in office hours of the last week. Who still waits counts as longer than anybody who was
    answered: if that is half of them, or there are too few, there is no ground for a figure, and none is given."""
    asked = tx.records.waits_since(now - timedelta(days=7))
    waits = [(answered - at).total_seconds() if answered else inf for at, answered in asked if calendar.is_open(at)]
    middle = median_high(waits) if position is not None and len(waits) >= ENOUGH_WAITS else inf
    if middle == inf:
        return "暂时无法估计要等多久"
    return f"最近一般等 {max(1, round(middle / 60))} 分钟左右"


def still_closed(office: Office, now: datetime) -> str:
    return f"您的话已记下，位置保留。{office.opening_in_words(now)}上班后回复您。\n{office.elsewhere}"


def noted(position: int | None) -> str:
    return f"收到，都记下了，同事接手就能看到。您排在第 {position or 1} 位。"


def claimed(display_name: str) -> str:
    return f"工作人员（{display_name}）已接手，接下来由人和您说。"


def taken_in_client() -> str:
    return "工作人员已接手，接下来由人和您说。"


def taken_away(servicer: str, holder: str) -> str:
    """For colleagues."""
    return f"{servicer} 从 {holder} 接走：居民现在由平台客户端里的这位同事接待，有话请转告他。"


def ended_in_client() -> tuple[str, list[dict[str, str]]]:
    """The one message that the platform allows after the end: whether it is really over is the resident's to say."""
    buttons = [
        {"title": "解决了", "payload": "/confirm_solved"},
        {"title": "没解决", "payload": "/not_solved"},
    ]
    return "这次接待结束了。事情解决了吗？没解决就直接说，会接着办。", buttons


def heard_voice(text: str) -> tuple[str, list[dict[str, str]]]:
    buttons = [{"title": "对", "payload": "/affirm"}, {"title": "不对", "payload": "/deny"}]
    return f"语音我听到的是：\n“{text}”\n对吗？不对就再说一遍，或打字。", buttons


def released() -> str:
    return "刚才的同事暂时离开，您回到队列前面的位置，换一位同事接手。"


def handed_back() -> str:
    return "工作人员已处理完，后面由机器人继续。要找人随时说“转人工”。"


def withdrawn() -> str:
    return "好的，已取消排队，您可以继续问我。要找人随时说“转人工”。"


def still_looked_after() -> str:
    return "好的，您的意思记下了，会转告同事。\n为了让人放心，还是会有同事来看一看，您不用做什么。"


def resolved(outcome_text: str, number: str | None) -> str:
    about = f"您的事（{number}）" if number else "您的事"
    return f"{about}处理结果：{outcome_text}。\n不是这样，直接回复我们，会重新打开。"


def of_step(case: Case, kind: str, reason: str, now: datetime) -> str | None:
    """A step in the register that concerns the resident, with the `reason` why it takes longer; whatever else colleagues
    wrote stays with them."""
    if kind == "propose_done":
        return f"您的事（{case.number}）办好了。{LOOK_AT_IT}"
    if kind == "close":
        return f"您的事（{case.number}）办结了：{OUTCOMES[case.outcome]}。不是这样，说“没解决”就重新办。"
    if kind == "extend":
        return f"您的事（{case.number}）还要多办几天：{reason.strip().rstrip('。')}。\n改到{in_words(case.due_at, now)}前答复您。"
    return None


def owner_truth(conversation: Conversation, position: int | None) -> str:
    """「现在谁在处理？」, always answered truthfully."""
    kind = conversation.owner_kind
    if kind is Owner.HUMAN:
        return f"现在由工作人员（{conversation.caseworker}）处理。"
    if kind is Owner.QUEUE:
        return f"还没有人接手，您排在第 {position or 1} 位。这一句是自动回复，接手的是真人同事。"
    if kind is Owner.CLOSED:
        return "这件事已经办结，现在没有人在处理。"
    return "现在是机器人在和您说话，还没有转给人。"


def who_handles(conversation: Conversation, cases: list[Case]) -> str:
    """Who has the conversation, and with whom the resident's open cases are."""
    lines = [owner_truth(conversation, None)]
    for case in cases:
        if case.status != "closed":
            holder = f"由{case.unit}承办" if case.unit else "还没有派给具体的人"
            state = CASE_STATES.get(case.status, case.status)
            lines.append(f"编号 {case.number}：{state}，{holder}。")
    return "\n".join(lines)


def progress(cases: list[Case], now: datetime) -> str:
    if not cases:
        return "没有查到您名下的记录。\n报上受理编号，或回复“转人工”帮您查。"
    lines = []
    for case in cases:
        unit = f"，承办：{case.unit}" if case.unit else ""
        state = CASE_STATES.get(case.status, case.status)
        result = f"，{OUTCOMES.get(case.outcome or '', '')}" if case.outcome else ""
        lines.append(f"{case.number}：{state}{result}{unit}。")
        lines.append(_next(case, now))
    return "\n".join(lines)


def answered(cases: list[Case], now: datetime) -> str:
    """By when each of these is answered: in one sentence where that is the same."""
    dates = {case.number: in_words(case.due_at, now) for case in cases}
    if len({*dates.values()}) == 1:
        return f"{next(iter(dates.values()))}前答复您。"
    return "\n".join(f"{number}：{date}前答复您。" for number, date in dates.items())


def _next(case: Case, now: datetime) -> str:
    if case.status == "closed":
        return "对结果不满意，说“没解决”就重新办。"
    return LOOK_AT_IT if case.status == "awaiting_confirmation" else f"{in_words(case.due_at, now)}前答复您。"
