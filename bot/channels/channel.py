"""The surface every channel shows to the desk; the desk knows no channel by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import aiohttp

from bot.channels import limits, template
from bot.channels import text as words
from bot.channels.api import Tokens
from bot.channels.limits import Limits
from bot.channels.message import (
    GIVE_TO_PERSON,
    Clock,
    ConfigError,
    Media,
    Notice,
    Outgoing,
    Page,
    Receipt,
    Received,
    Refused,
    SendFailure,
    utc_now,
)
from bot.channels.token import TokenStore

Query = Mapping[str, str]
Write = Callable[[bytes], object]
LONGEST_ECHO = 512  # characters; the platforms send some twenty, or a hundred when it is sealed


class Channel(ABC):
    """One account on one platform. Subclasses add the platform's own calls."""

    kind: ClassVar[str]
    # The part of /channels/{path}/{account} that the platform calls; "" where no platform does.
    path: ClassVar[str] = ""
    required: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[Limits]
    tells_who_serves: ClassVar[bool] = False  # whether the platform can be asked, so that None of `served_by` is known
    # The setting that moves the platform's address (tests and simulators do), and the platform's own.
    base_setting: ClassVar[str] = ""
    default_base: ClassVar[str] = ""

    def __init__(self, name: str, settings: Mapping[str, str], *, api_base: str = "", clock: Clock = utc_now) -> None:
        """`settings` holds the `required` fields and some `optional` ones. Raises `ConfigError`."""
        self.name, self._settings, self._clock = name, settings, clock
        self._api = (api_base or self.default_base).rstrip("/")
        self.template = template.read(settings)

    @abstractmethod
    def verify(self, query: Query) -> str:
        """Answer to the platform's GET when the address is registered; send it as text/plain. Raises `Refused`."""

    @abstractmethod
    def receive(self, query: Query, body: bytes, headers: Mapping[str, str] | None = None) -> Received:
        """Authenticate and decode one callback. Raises `Refused`."""

    @abstractmethod
    def acknowledge(self, received: Received, text: str | None = None) -> tuple[str, str]:
        """(body, content type) of the answer to a callback; `text` must come from `passive_text`."""

    @abstractmethod
    async def send(
        self, session: aiohttp.ClientSession, tokens: Tokens, to: str, outgoing: Outgoing, message_id: str
    ) -> Receipt:
        """Send one message that fits (see `parts`). `message_id` is the same in every attempt. Raises `SendFailure`."""

    def tokens(self, session: aiohttp.ClientSession, store: TokenStore) -> Tokens:
        """The access tokens of this account."""
        return NoTokens()

    def passive_text(self, outgoing: Outgoing) -> str | None:
        """What the acknowledgement can carry of `outgoing` (choices become numbers); None when it must be sent."""
        return limits.passive_text(self.limits, outgoing)

    def parts(self, outgoing: Outgoing) -> tuple[Outgoing, ...]:
        """`outgoing` as messages that each fit, in order; every one of them costs a send. The last has the buttons."""
        return limits.parts(self.limits, outgoing)

    def shows_buttons(self, outgoing: Outgoing) -> bool:
        """Whether the choices of `outgoing` fit the platform's own buttons."""
        allowed, buttons = self.limits, outgoing.buttons
        return 0 < len(buttons) <= allowed.buttons and all(
            words.byte_length(button.title) <= allowed.button_bytes for button in buttons
        )

    async def remind(
        self, session: aiohttp.ClientSession, tokens: Tokens, to: str, words: Mapping[str, str], message_id: str
    ) -> Receipt:
        """Say outside the reply window that something waits (`words` as in `template.WORDS`), once for a
        `message_id` where the platform can. Raises `SendFailure`."""
        raise SendFailure(GIVE_TO_PERSON, 0, "该渠道没有配置模板消息")

    async def served_by(self, session: aiohttp.ClientSession, tokens: Tokens, to: str) -> str | None:
        """Who in the platform's own client serves this resident now, None for nobody. Raises `SendFailure`."""
        return None

    async def end_service(self, session: aiohttp.ClientSession, tokens: Tokens, to: str) -> str:
        """End what a person in the platform's own client serves; returns a code for one last message, or "".

        Raises `SendFailure`.
        """
        return ""

    async def typing(self, session: aiohttp.ClientSession, tokens: Tokens, to: str, on: bool = True) -> None:
        """Show or end "正在输入" where the platform can. Raises `SendFailure`."""
        return None

    def hears_through(self, other: Channel, notice: Notice) -> bool:
        """Whether `notice`, which came to the address of the account `other`, is for this account."""
        return False

    def missed(self) -> Notice | None:
        """What to pull when no callback was heard: it may have found the desk down. None where nothing is pulled."""
        return None

    async def pull(
        self,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        notice: Notice,
        cursor: str,
        began: datetime | None = None,
    ) -> AsyncIterator[Page]:
        """The messages announced by `notice`, from `cursor` ("" the first time). `began`: when the account's first pull
        did, until that has come through. Raises `SendFailure`."""
        for page in ():
            yield page

    async def fetch_media(self, session: aiohttp.ClientSession, tokens: Tokens, media_id: str, write: Write) -> Media:
        """Download an attachment piece by piece into `write`. Raises `SendFailure`."""
        raise SendFailure(GIVE_TO_PERSON, 0, "该渠道没有附件")

    async def create_menu(self, session: aiohttp.ClientSession, tokens: Tokens, menu: Mapping[str, Any]) -> None:
        """Publish the account's menu. Raises `ConfigError` before and `SendFailure` after asking the platform."""
        raise ConfigError(f"账号 {self.name}：该渠道没有自定义菜单")


def echo_in(query: Query) -> str:
    """What the platform wants to hear back when the address is registered. Raises `Refused`."""
    echo = query.get("echostr", "")
    if not echo.strip() or len(echo) > LONGEST_ECHO:
        raise Refused("bad_field", 400, f"echostr 应为 1 到 {LONGEST_ECHO} 个字符", "echostr")
    return echo


class NoTokens:
    """For channels that call no platform."""

    async def token(self) -> str:
        return ""

    async def renew(self, stale: str) -> str:
        return ""
