"""Who is logged in may change things from the desk's own pages only, and for twelve hours."""

from datetime import datetime, timedelta, timezone

import pytest

from handoff.domain.clock import FixedClock
from handoff.web.openapi import description
from tests.support.desk import running_desk

MORNING = datetime(2026, 3, 2, 0, 30, tzinfo=timezone.utc)  # half past eight in China
SHIFT = timedelta(hours=12)


@pytest.mark.parametrize("token", [None, "", "made-up", "一"], ids=["none", "empty", "false", "not ascii"])
async def test_no_change_is_made_without_the_token_of_the_session(desk, token):
    """A page elsewhere can have the browser send the cookie, but does not know the token."""
    await desk.add_user("chen", "supervisor")
    headers = {} if token is None else {"X-CSRF-Token": token}
    changes = [
        (method, path.replace("{number}", "261123-00427").replace("{id}", "1"))
        for path, all in description(desk.app)["paths"].items()
        for method, one in all.items()
        if "csrf" in one.get("security", [{}])[0]
    ]
    assert len(changes) > 20
    async with desk.logged_in("chen") as console:
        for method, path in changes:
            async with console._session.request(method, desk.base + path, json={}, headers=headers) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "forbidden"), path
        assert (await console.get("/api/me"))[0] == 200  # not even logged out


async def test_a_session_ends_after_twelve_hours_however_busy(tmp_path, database):
    clock = FixedClock(MORNING)
    async with running_desk(tmp_path, database, clock) as (desk, _):
        await desk.add_user("wang")
        async with desk.logged_in("wang") as console:
            for hours in range(12):
                clock.move_to(MORNING + timedelta(hours=hours))
                assert (await console.get("/api/queue"))[0] == 200
            clock.move_to(MORNING + SHIFT - timedelta(seconds=1))
            assert (await console.get("/api/queue"))[0] == 200
            clock.move_to(MORNING + SHIFT)
            status, refusal = await console.get("/api/queue")
            assert (status, refusal["code"]) == (401, "not_logged_in")
