"""What the operator should know although everything works: said at the start and in /readyz, a line each."""

from __future__ import annotations

from datetime import datetime

from .domain.models import User
from .domain.sight import SERVES, sees_sealed
from .settings import Settings


def remarks(settings: Settings, now: datetime) -> list[str]:
    lines = []
    if settings.pager_url is None:
        lines.append("没有设置 PAGER_URL：居民有生命危险时，工作台没有人开着，就呼叫不到任何人。")
    year = settings.office.calendar.unknown_year(now)
    if year is not None:
        lines.append(f"不知道 {year} 年怎么调休，只放法定节假日：请升级 chinesecalendar，或写进 CALENDAR_FILE。")
    if settings.chat_kept is None:
        lines.append("聊天保留多久还没有定（CHAT_KEPT_DAYS），现在一直保留，见 docs/queue.md。")
    return lines


def of_staff(staff: list[User]) -> list[str]:
    """What of the log-ins could surprise: a report that nobody at all may see would wait for ever."""
    serving = [user for user in staff if user.active and user.role in SERVES]
    if not serving or any(map(sees_sealed, serving)):
        return []
    return ["没有人看得到密件（举报、家暴等）：请添加一位不分社区的主管，或会“密件”的同事，见 docs/queue.md。"]
