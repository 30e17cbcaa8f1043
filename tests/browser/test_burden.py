"""The burden budget of a caseworker. Whoever makes a case cost more clicks or fields has to change this file, and say why.

Counted on the real page: every trusted click from the queue to the closed case, every field that the desk would not do
without, every control that the page marks as required on the way.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.async_api import Page, Request, expect

from .conftest import LAPTOP, PHONE, say

CLICKS_PER_CASE = 3
FIELDS_TO_ACCEPT = 0
FIELDS_TO_CLOSE = 1
KNOWN_TO_THE_PAGE = {"seen"}  # the last message shown
COUNT_CLICKS = "window.clicks = 0; addEventListener('click', (e) => e.isTrusted && window.clicks++, true)"
REQUIRED = "[...document.querySelectorAll('#talk :is(input, select, textarea):required')].map(n => n.name || n.id)"
WEB = Path(__file__).parents[2] / "handoff" / "web"
# What would watch the caseworker or ask for proof of work: position, camera, microphone, files, time at the desk.
WATCHING = re.compile(r"geolocation|getUserMedia|mediaDevices|type=.?file|capture=|onlineTime|打卡|积分|排行|在线时长")


async def a_case_waits(resident: Page) -> None:
    await say(resident, "幸福小区3号楼的路灯坏了三天了")
    await resident.get_by_role("button", name="对，就这样").click()
    await expect(resident.get_by_role("log")).to_contain_text("登记好了")
    await resident.click("#door-person")
    await expect(resident.locator("#owner")).to_have_text("正在等工作人员")


def fields_sent(requests: list[Request], action: str) -> set[str]:
    """What the page sent with the one request of this kind, without what it knows by itself and nobody fills in."""
    (sent,) = [request for request in requests if request.url.endswith(f"/{action}")]
    return set(json.loads(sent.post_data or "{}")) - KNOWN_TO_THE_PAGE


async def test_from_claim_to_reply_to_closed_stays_within_the_budget(visit):
    resident = await visit("/chat", PHONE)
    await a_case_waits(resident)

    page = await visit("/desk", LAPTOP, "王芳")
    asked: list[Request] = []
    page.on("request", lambda request: request.method == "POST" and asked.append(request))
    await page.evaluate(COUNT_CLICKS)
    await page.locator("#waiting").get_by_role("button", name="接手").click()
    await expect(page.locator("#words")).to_be_focused()
    await page.keyboard.type("路灯今天下午修。")
    await page.keyboard.press("Enter")
    await expect(resident.locator(".by-human .bubble")).to_have_text("路灯今天下午修。")
    assert await page.evaluate(REQUIRED) == []
    await page.get_by_role("button", name="办结").click()
    assert await page.evaluate(REQUIRED) == []
    await page.get_by_role("button", name="已解决").click()
    await expect(page.locator("#talk-owner")).to_have_text("已办结")
    await expect(resident.get_by_role("log")).to_contain_text("处理结果：已解决")

    assert await page.evaluate("window.clicks") <= CLICKS_PER_CASE
    assert len(fields_sent(asked, "claim")) <= FIELDS_TO_ACCEPT
    assert len(fields_sent(asked, "resolve")) <= FIELDS_TO_CLOSE
    assert await page.locator("dialog[open]").count() == 0


async def test_the_desk_itself_demands_no_more_than_the_budget(visit, morning):
    """Asked without the page: an empty claim is enough; a close is refused for want of one field, and done with it."""
    page = await visit("/desk", LAPTOP, "李强")
    desk = page.url.split("/desk")[0]
    csrf = (await (await page.request.get(f"{desk}/api/me")).json())["csrf"]

    async def post(action: str, body: dict[str, str]) -> dict:
        url = f"{desk}/api/conversations/{morning['asks']}/{action}"
        return await (await page.request.post(url, data=body, headers={"X-CSRF-Token": csrf})).json()

    assert await post("claim", {}) == {"owner": "李强"}
    given: dict[str, str] = {}
    known = {"outcome": "explained"}
    while (answer := await post("resolve", given)).get("code") == "bad_input":
        assert len(given) < FIELDS_TO_CLOSE, f"{answer['field']} is demanded as well"
        given[answer["field"]] = known[answer["field"]]
    assert answer == {"owner": "closed"}


async def test_without_the_mouse_a_case_takes_no_click_at_all(visit):
    resident = await visit("/chat", PHONE)
    await a_case_waits(resident)
    page = await visit("/desk", LAPTOP, "王芳")
    await expect(page.locator("#waiting .entry")).to_be_visible()
    await page.evaluate(COUNT_CLICKS)
    await page.keyboard.press("n")
    await expect(page.locator("#words")).to_be_focused()
    await page.keyboard.type("路灯今天下午修。")
    await page.keyboard.press("Enter")
    await expect(resident.locator(".by-human .bubble")).to_be_visible()
    await page.locator("#words").blur()
    await page.keyboard.press("e")
    await expect(page.get_by_role("group", name="办结")).to_be_focused()  # no result stands there as if it were chosen
    await page.keyboard.press("1")
    await expect(page.locator("#talk-owner")).to_have_text("已办结")
    assert await page.evaluate("window.clicks") == 0


async def test_no_page_watches_the_caseworker_or_asks_for_proof():
    sources = [*WEB.rglob("static/**/*.js"), *(WEB / "templates").glob("[!h]*.html")]
    assert len(sources) > 30
    assert [path.name for path in sources if WATCHING.search(path.read_text(encoding="utf-8"))] == []
