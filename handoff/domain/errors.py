"""What the desk refuses, in one family. The web layer maps `status` and `code`; `message` is read by people."""

from __future__ import annotations


class DeskError(Exception):
    code = "error"
    status = 400
    message = "请求有误。"

    def __init__(self, message: str | None = None, **data: object) -> None:
        self.message = message or self.message
        self.data = data
        super().__init__(self.message)


class BadInput(DeskError):
    code = "bad_input"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, field=field)


class NotLoggedIn(DeskError):
    code, status, message = "not_logged_in", 401, "请先登录。"


class Forbidden(DeskError):
    code, status, message = "forbidden", 403, "您没有这项权限。"


class NotFound(DeskError):
    code, status, message = "not_found", 404, "没有找到。"


class NoConversation(NotFound):
    """None there, or none for this person: the same words, because they must not tell which."""

    message = "没有这个对话，或由专人受理。"


class AlreadyClaimed(DeskError):
    code, status, message = "already_claimed", 409, "已经有人接手了。"


class NotOwner(DeskError):
    code, status, message = "not_owner", 409, "这个对话现在不在您手上。"


class IllegalMove(DeskError):
    code, status, message = "illegal_move", 409, "当前状态下不能这样操作。"


class UnseenMessage(DeskError):
    """The resident has written what whoever ends the conversation has not been shown."""

    code, status, message = "unseen_message", 409, "居民刚刚又发来一条消息，请您先看一看。"


class WindowClosed(DeskError):
    code, status, message = "window_closed", 409, "回复窗口已关闭，请改用电话或上门联系。"


class TooMany(DeskError):
    code, status, message = "too_many", 429, "发送太频繁，请稍等片刻再试。"


class Unavailable(DeskError):
    """The ledger cannot store now; the platform will deliver the message again."""

    code, status, message = "unavailable", 503, "系统暂时无法保存，请稍后再试或拨打电话。"


class Unfit(DeskError):
    """The ledger is there and refuses this for what it is: it would refuse it as often as it came."""

    code, status, message = "unavailable", 503, Unavailable.message


class Stale(Exception):
    """A conditional update found another owner or version: somebody else moved first. Never shown to a resident."""
