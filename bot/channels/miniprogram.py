"""小程序客服消息: signed and encrypted like a 公众号, in JSON or XML, and answered only through the API."""

from __future__ import annotations

from bot.channels.limits import Limits
from bot.channels.wechat import WeChat


class MiniProgram(WeChat):
    """A mini program's customer service. It knows no passive text and no buttons.

    https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/customer-message/receive.html
    """

    kind = path = "miniprogram"
    tells_who_serves = False  # kfsession is of 公众号 alone
    limits = Limits(text_bytes=2047, typing=True, media=True)
    typing_path = "/cgi-bin/message/custom/business/typing"
    # Mini programs have subscription messages only.
    remind_paths = {"subscription": "/cgi-bin/message/subscribe/send"}
