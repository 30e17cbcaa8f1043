"""The reply window: how many messages the platform still takes for a resident, and until when.

Passive replies are not counted by the platform and are therefore not counted here either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.channels.message import Inbound

Asker = Literal["bot", "human"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one kind of event grants. `sends` None is without limit; `reserved` sends are kept for a person."""

    sends: int | None
    lifetime: timedelta | None
    reserved: int = 0


# 公众号: https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Messages.html
# 小程序: a message 5 in 48 h, entering the session 2 in 1 min. 微信客服: 5 in 48 h,
# https://developer.work.weixin.qq.com/document/path/96427
# Nothing is reserved in the one-minute windows: no person answers that fast, and the bot's greeting must get out.
ALLOWANCES = {
    "message": Allowance(5, timedelta(hours=48), reserved=3),
    "touch": Allowance(3, timedelta(minutes=1)),  # menu click, QR scan, follow
    "enter": Allowance(2, timedelta(minutes=1)),  # a mini program's customer-service session was opened
    "unlimited": Allowance(None, None),  # our own web page
}
BRIEF = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """`opens` is a key of `ALLOWANCES`, or "" for a conversation in which nothing may be sent."""

    opens: str = ""
    opened_at: datetime | None = None
    used: int = 0

    @property
    def closes_at(self) -> datetime | None:
        """The first moment at which the platform refuses; None when the window never closes or was never open."""
        allowance = ALLOWANCES.get(self.opens)
        if allowance is None or allowance.lifetime is None or self.opened_at is None:
            return None
        return self.opened_at + allowance.lifetime

    @property
    def brief(self) -> bool:
        """Whether it closes before a person can answer: only what the resident writes then opens a longer one."""
        allowance = ALLOWANCES.get(self.opens)
        return allowance is not None and allowance.lifetime is not None and allowance.lifetime <= BRIEF

    def sends_left(self, now: datetime, asker: Asker = "human") -> int | None:
        """How many messages `asker` may still send at `now`; None means without limit."""
        allowance = ALLOWANCES.get(self.opens)
        if allowance is None:
            return 0
        if allowance.sends is None:
            return None
        if self.closes_at is None or now >= self.closes_at:
            return 0
        reserved = allowance.reserved if asker == "bot" else 0
        return max(0, allowance.sends - self.used - reserved)

    def may_send(self, now: datetime, asker: Asker, sends: int = 1) -> bool:
        """Whether `asker` may send `sends` messages in a row at `now`."""
        left = self.sends_left(now, asker)
        return left is None or left >= sends

    def spend(self, sends: int = 1) -> Window:
        """The window after `sends` messages went out."""
        return replace(self, used=self.used + sends)

    def after(self, inbound: Inbound) -> Window:
        """The window once `inbound` has arrived.

        Grants do not add up, so the newer one replaces the older, except where it would take away what is still open:
        a menu click inside a 48-hour window must not shorten it to a minute.
        """
        if not inbound.opens:
            return self
        new = Window(inbound.opens, inbound.at)
        closes, left = self.closes_at, self.sends_left(inbound.at)
        outlasts = closes is not None and new.closes_at is not None and closes > new.closes_at
        return self if outlasts and left else new
