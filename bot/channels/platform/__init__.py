"""The platform's side of a channel: what a resident's message looks like when it reaches us, and what the platform
reads in our answer. The simulator and the tests speak through it; signing and encryption are the channel's own.
"""

from __future__ import annotations

from bot.channels.channel import Channel
from bot.channels.message import Clock, utc_now
from bot.channels.platform.callback import Callback
from bot.channels.platform.web import WebPlatform
from bot.channels.platform.wechat import WeChatPlatform
from bot.channels.platform.wecom import WeComPlatform

__all__ = ["Callback", "Platform", "WeChatPlatform", "WeComPlatform", "WebPlatform", "platform_for"]

Platform = WeChatPlatform | WeComPlatform | WebPlatform

# Beside `registry.KINDS`, so that a new kind of channel can be simulated and tested.
PLATFORMS = {
    "wechat": WeChatPlatform,
    "miniprogram": WeChatPlatform,
    "wecom_kf": WeComPlatform,
    "web": WebPlatform,
}


def platform_for(channel: Channel, clock: Clock = utc_now) -> Platform:
    """The platform's side of `channel`."""
    return PLATFORMS[channel.kind](channel, clock)
