"""Access tokens: one fetch for all who wait, at most one renewal for a refusal."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from bot.channels.message import SendFailure
from bot.channels.token import MemoryTokenStore, TokenSource

from .conftest import SetClock, Side, side_of

GRANT = "/cgi-bin/stable_token"


class Platform:
    """Counts fetches; an ordinary one repeats the current token, a forced one makes another."""

    def __init__(self) -> None:
        self.fetches: list[bool] = []
        self.version = 1

    async def __call__(self, force: bool) -> tuple[str, int]:
        self.fetches.append(force)
        await asyncio.sleep(0)
        self.version += force
        return f"token-{self.version}", 7200


def source(platform: Platform, clock: SetClock, store: MemoryTokenStore | None = None) -> TokenSource:
    return TokenSource("wechat:wx99", platform, store or MemoryTokenStore(), clock, can_force=True)


async def test_all_who_wait_share_one_fetch(clock: SetClock):
    platform = Platform()
    tokens = source(platform, clock)
    assert set(await asyncio.gather(*(tokens.token() for _ in range(20)))) == {"token-1"}
    assert platform.fetches == [False]


async def test_all_who_are_refused_share_one_renewal(clock: SetClock):
    platform = Platform()
    tokens = source(platform, clock)
    stale = await tokens.token()
    assert set(await asyncio.gather(*(tokens.renew(stale) for _ in range(20)))) == {"token-2"}
    assert platform.fetches == [False, False, True]


async def test_two_processes_share_a_token_through_the_store(clock: SetClock):
    platform, store = Platform(), MemoryTokenStore()
    one, two = source(platform, clock, store), source(platform, clock, store)
    stale = await one.token()
    assert await two.token() == stale
    fresh = await one.renew(stale)
    assert await two.renew(stale) == fresh and len(platform.fetches) == 3


async def test_a_token_is_replaced_five_minutes_before_it_ends(clock: SetClock):
    platform = Platform()
    tokens = source(platform, clock)
    await tokens.token()
    clock.pass_(seconds=7200 - 301)
    await tokens.token()
    assert len(platform.fetches) == 1
    clock.pass_(seconds=1)
    await tokens.token()
    assert platform.fetches == [False, False]


async def test_a_forced_renewal_waits_thirty_seconds(clock: SetClock):
    platform = Platform()
    tokens = source(platform, clock)
    fresh = await tokens.renew(await tokens.token())
    with pytest.raises(SendFailure) as failed:
        await tokens.renew(fresh)
    assert failed.value.disposition == "RETRY"
    clock.pass_(seconds=30)
    assert await tokens.renew(fresh) == "token-3"
    assert platform.fetches.count(True) == 2


async def test_a_failed_fetch_holds_nobody_up_for_ever(clock: SetClock):
    platform = Platform()

    async def fail_once(force: bool) -> tuple[str, int]:
        if not platform.fetches:
            platform.fetches.append(force)
            raise SendFailure("RETRY", 0, "平台没有及时回应")
        return await platform(force)

    tokens = source(fail_once, clock)
    results = await asyncio.gather(*(tokens.token() for _ in range(3)), return_exceptions=True)
    assert isinstance(results[0], SendFailure) and results[1:] == ["token-1", "token-1"]


@pytest.mark.parametrize(
    "answer", [{"access_token": ""}, {"expires_in": 7200}, {"access_token": "t", "expires_in": "x"}]
)
async def test_an_answer_without_a_token_is_not_one(wechat: Side, answer):
    wechat.stub.script(GRANT, answer)
    with pytest.raises(SendFailure):
        await wechat.tokens.token()
    assert await wechat.tokens.token() == "token-1"


@pytest.mark.parametrize("code", [40125, 40001])
async def test_wrong_credentials_are_for_the_administrator(wechat: Side, code: int):
    wechat.stub.script(GRANT, code)
    with pytest.raises(SendFailure) as failed:
        await wechat.tokens.token()
    assert failed.value.disposition == "GIVE_TO_PERSON" and "管理员" in failed.value.reason


async def test_a_long_token_is_kept_whole(wechat: Side):
    wechat.stub.script(GRANT, web.json_response({"access_token": "t" * 1024, "expires_in": 7200}))
    assert await wechat.tokens.token() == "t" * 1024


async def test_the_stable_token_is_asked_for_as_documented(wechat: Side):
    await wechat.tokens.token()
    (call,) = wechat.stub.calls(GRANT)
    asked = {"grant_type": "client_credential", "appid": "wx9900000000000001", "secret": "secret"}
    assert call.body == {**asked, "force_refresh": False} and not call.query


async def test_wecom_is_asked_as_documented_and_the_page_not_at_all(stub, session, clock: SetClock):
    await side_of("wecom_kf", stub, session, clock).tokens.token()
    assert stub.heard[0].query == {"corpid": "ww9900000000000001", "corpsecret": "secret"}
    page = side_of("web", stub, session, clock)
    assert (await page.tokens.token(), await page.tokens.renew("")) == ("", "")
    assert len(stub.heard) == 1
