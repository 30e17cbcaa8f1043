"""The main job, with the real three processes: resident → bot → case → handoff → caseworker → resident → closed.

Once through the encrypted callback and a stub of the platform, once as people do it, in Chromium; on the same processes.
"""

import asyncio
import os
import secrets

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from bot.channels.platform import platform_for
from bot.channels.registry import build_accounts
from tests.support.browser import CHROMIUM, LAPTOP, NO_CHROMIUM, PHONE, chromium, somebody
from tests.support.databases import fresh_database, give_back
from tests.support.desk import PASSWORD, Console
from tests.support.whole import add_user, running_processes

ANSWER = 30  # seconds at most
ACCOUNT = {
    "name": "street-oa",
    "kind": "wechat",
    "app_id": "wx0000000000000001",
    "token": "story",
    "encoding_aes_key": "A" * 43,
    "app_secret": "0" * 32,
    "mode": "secure",
}
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]


class Stub:
    """The platform's API: remembers what it was asked to deliver."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.arrived = asyncio.Condition()

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/cgi-bin/stable_token", self._token)
        app.router.add_post("/cgi-bin/message/custom/send", self._send)
        return app

    async def _token(self, request):
        return web.json_response({"access_token": secrets.token_hex(8), "expires_in": 7200})

    async def _send(self, request):
        async with self.arrived:
            self.sent.append(await request.json())
            self.arrived.notify_all()
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def texts(self, openid: str) -> list[str]:
        bodies = [body for body in self.sent if body["touser"] == openid]
        return [(b.get("text") or {}).get("content") or b["msgmenu"]["head_content"] for b in bodies]

    async def delivers(self, openid: str, words: str) -> str:
        def found():
            return next((text for text in self.texts(openid) if words in text), None)

        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(found), ANSWER)
        return found()


class Story:
    def __init__(self, base: str, http: ClientSession, stub: Stub) -> None:
        self.base, self.http, self.stub = base, http, stub
        self.side = platform_for(build_accounts([ACCOUNT], {})["street-oa"])

    async def says(self, openid: str, words: str) -> str:
        """The resident's message through the encrypted callback; the answer, passive or delivered."""
        before = len(self.stub.texts(openid))
        callback = self.side.text(openid, words)
        url = f"{self.base}/channels/wechat/street-oa"
        async with self.http.post(url, params=callback.query, data=callback.body) as answer:
            assert answer.status == 200
            reply = self.side.read_reply(await answer.text())
        if reply:
            return reply["Content"]
        async with self.stub.arrived:
            await asyncio.wait_for(self.stub.arrived.wait_for(lambda: len(self.stub.texts(openid)) > before), ANSWER)
        return self.stub.texts(openid)[-1]


@pytest_asyncio.fixture(params=["sqlite", "postgresql"], scope="module", loop_scope="module")
async def story(request, tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp(request.param)
    if request.param == "postgresql" and not os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("TEST_DATABASE_URL is not set")
    url = fresh_database(request.param, tmp_path)
    stub = Stub()
    server = TestServer(stub.application())
    await server.start_server()
    fields = "\n".join(f"  {name}: '{value}'" for name, value in ACCOUNT.items())
    channels = f"-{fields[1:]}\n- {{name: web, kind: web}}\n"
    api = str(server.make_url("")).rstrip("/")
    try:
        async with running_processes(tmp_path, url, channels, WECHAT_API_BASE=api) as (base, given):
            async with ClientSession() as http:
                yield Story(base, http, stub), given
    finally:
        await server.close()
    give_back(url)


async def log_in(story: Story, name: str) -> Console:
    credentials = {"username": name, "password": PASSWORD}
    async with story.http.post(f"{story.base}/api/login", json=credentials) as answer:
        cookie, csrf = answer.cookies["desk_session"].value, (await answer.json())["csrf"]
    session = ClientSession(cookies={"desk_session": cookie}, headers={"Cookie": f"desk_session={cookie}"})
    return Console(story.base, session, csrf)


async def test_a_matter_is_registered_handed_over_answered_and_closed(story):
    told, env = story
    await add_user(env, "wang")
    resident = "o-story-resident"
    understood = await told.says(resident, "幸福小区3号楼的路灯坏了三天了")
    assert "路灯" in understood
    assert "地点：幸福小区3号楼" in understood  # the dialogue saw it masked, the resident does not
    registered = await told.says(resident, "对")
    assert "编号" in registered
    assert "已为您转人工" in await told.says(resident, "转人工")

    danger = await told.says("o-story-danger", "我不想活了,药都准备好了")
    assert any(number in danger.splitlines()[0] for number in ("110", "120", "12356"))

    console = await log_in(told, "wang")
    try:
        _, queue = await console.get("/api/queue")
        assert [entry["priority"] for entry in queue["waiting"]] == ["P0", "P2"]
        conversation = queue["waiting"][1]["id"]
        assert (await console.post(f"/api/conversations/{conversation}/claim"))[0] == 200
        _, packet = await console.get(f"/api/conversations/{conversation}")
        assert packet["reason"]["trigger"] == "explicit_human"
        assert packet["cases"][0]["category"] == "C0406"
        words = "您好，我是小王，路灯明天上午去修。"
        assert (await console.post(f"/api/conversations/{conversation}/messages", text=words, client_id="1"))[0] == 201
        assert await told.stub.delivers(resident, "小王") == words
        assert (await console.post(f"/api/conversations/{conversation}/resolve", outcome="solved"))[0] == 200
        await told.stub.delivers(resident, "已解决")
        _, case = await console.get(f"/api/cases/{packet['cases'][0]['number']}")
        assert case["status"] == "closed"
    finally:
        await console.close()


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM)
async def test_the_same_in_two_browsers(story):
    told, env = story
    await add_user(env, "li")
    async with chromium() as browser:
        resident = await (await somebody(browser, PHONE)).new_page()
        await resident.goto(f"{told.base}/chat")
        heard = resident.get_by_role("log")
        await resident.fill("#words", "向阳小区门口的路灯坏了三天了")
        await resident.press("#words", "Enter")
        await expect(heard).to_contain_text("地点：向阳小区")
        await expect(resident.get_by_text("不是真人")).to_have_count(1)  # the page has said so; the bot does not again
        await resident.get_by_role("button", name="对，就这样").click()
        await expect(heard).to_contain_text("编号")
        await resident.click("#door-person")
        await expect(heard).to_contain_text("已为您转人工")

        staff = await (await somebody(browser, LAPTOP)).new_page()
        await staff.goto(f"{told.base}/desk")
        await staff.fill("[name=username]", "li")
        await staff.fill("[name=password]", PASSWORD)
        await staff.get_by_role("button", name="登录").click()
        waiting = staff.locator("#waiting .entry").filter(has_text="网页")
        await waiting.get_by_role("button", name="接手").click()
        await expect(staff.locator("#pane-packet .case-link")).to_contain_text("路灯照明")
        words = "您好，我是小李，路灯明天上午去修。"
        await staff.fill("#words", words)
        await staff.press("#words", "Enter")
        await expect(resident.locator(".by-human .bubble")).to_have_text([words])
        await staff.get_by_role("button", name="办结").click()
        await staff.get_by_role("button", name="已解决").click()
        await expect(heard).to_contain_text("处理结果：已解决")
