"""What a client gets wrong is refused by its name, and what only looks like an answer is none."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from tests.support.desk import PASSWORD, running_desk


@pytest.fixture
async def desk(tmp_path, database):
    async with running_desk(tmp_path, database) as (desk, _):
        await desk.add_user("王")
        yield desk


@asynccontextmanager
async def logged_in(desk, **headers):
    async with ClientSession(desk.base) as http:
        body = {"username": "王", "password": PASSWORD}
        async with http.post("/api/login", json=body, headers=headers) as answer:
            yield http, answer


@pytest.mark.parametrize("given", ["true", 1, "是", []])
async def test_an_urgent_that_is_neither_true_nor_false_is_refused(desk, given):
    case = {"type": "求助", "category": "C0406", "description": "路灯不亮"}
    async with desk.logged_in("王") as console:
        status, refused = await console.post("/api/cases", **case, urgent=given)
        assert (status, refused["field"]) == (400, "urgent")
        assert (await console.post("/api/cases", **case, urgent=True))[1]["urgent"] is True


@pytest.mark.parametrize("name", ["status", "type", "outcome", "confirmed", "open"])
async def test_a_filter_that_means_nothing_is_refused_and_does_not_list_nothing(desk, name):
    async with desk.logged_in("王") as console:
        status, refused = await console.get("/api/cases", **{name: "nonsense"})
        assert (status, refused["field"]) == (400, name)


async def test_who_uses_a_wrong_method_is_told_the_right_ones(desk):
    async with ClientSession(desk.base) as http, http.delete("/api/login") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "POST"


async def test_a_cookie_of_a_desk_behind_https_travels_by_https_only(desk):
    for headers, secure in (({}, False), ({"X-Forwarded-Proto": "https"}, True)):
        async with logged_in(desk, **headers) as (_, answer):
            assert ("Secure" in answer.headers["Set-Cookie"]) is secure


@pytest.mark.parametrize(
    ("site", "let_in"), [("same-origin", True), (None, True), ("cross-site", False), ("same-site", False)]
)
async def test_a_page_of_somebody_else_does_not_listen_with_our_cookie_and_ours_does_behind_any_proxy(
    desk, site, let_in
):
    async with ClientSession(desk.base) as http:
        async with http.post("/api/login", json={"username": "王", "password": PASSWORD}) as answer:
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
        headers = {"Cookie": cookie, "Origin": "https://street.example", **({"Sec-Fetch-Site": site} if site else {})}
        if let_in:
            async with http.ws_connect("/api/live", headers=headers) as live:
                assert not live.closed
            return
        with pytest.raises(WSServerHandshakeError) as refused:
            await http.ws_connect("/api/live", headers=headers)
        assert refused.value.status == 403
