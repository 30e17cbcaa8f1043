"""Passwords are guessed slowly, and the session is out of reach of scripts and of other sites."""

from datetime import timedelta

from handoff.domain.clock import FixedClock
from handoff.service import accounts
from handoff.web.limits import LOGINS
from tests.support.desk import PASSWORD, running_desk
from tests.support.scene import MONDAY


async def log_in(http, desk, username: str, password: str) -> tuple[int, str | None]:
    async with http.post(f"{desk.base}/api/login", json={"username": username, "password": password}) as answer:
        return answer.status, (await answer.json()).get("code")


async def test_after_so_many_wrong_passwords_in_a_minute_the_right_one_is_not_looked_at(tmp_path, database, http):
    """However much residents are allowed: 0 takes their limit away."""
    clock = FixedClock(MONDAY)
    async with running_desk(tmp_path, database, clock, RATE_PER_SENDER="0") as (desk, _):
        for name in ("wang", "li"):
            await desk.add_user(name)
        for username in ("wang", "nobody"):
            wrong = [await log_in(http, desk, username, "guess") for _ in range(LOGINS)]
            assert wrong == [(401, "wrong_login")] * LOGINS  # nothing shows whether there is such a name
            assert await log_in(http, desk, username, PASSWORD) == (429, "too_many")
        assert await log_in(http, desk, "li", PASSWORD) == (200, None)  # nobody else is kept out
        clock.move_to(MONDAY + timedelta(minutes=1))
        assert await log_in(http, desk, "wang", PASSWORD) == (200, None)


async def test_an_account_that_has_run_out_is_refused_like_a_wrong_password(tmp_path, database, http):
    clock = FixedClock(MONDAY)
    async with running_desk(tmp_path, database, clock) as (desk, _):
        until = MONDAY + timedelta(days=1)
        await desk.ledger.write(accounts.create, "guest", "vendor", PASSWORD, MONDAY, valid_until=until)
        assert await log_in(http, desk, "guest", PASSWORD) == (200, None)
        clock.move_to(until)
        tried = [await log_in(http, desk, "guest", word) for word in ["guess", *[PASSWORD] * LOGINS]]
        assert tried == [(401, "wrong_login")] * LOGINS + [(429, "too_many")]  # and counted like one
        logged = await desk.ledger.read(lambda tx: tx.people.audited(action="login"))
        assert len(logged) == 1


async def test_who_logs_in_often_is_not_taken_for_somebody_who_guesses(desk, http):
    await desk.add_user("wang")
    for _ in range(LOGINS + 1):
        assert await log_in(http, desk, "wang", PASSWORD) == (200, None)


async def test_the_session_is_out_of_reach_of_scripts_and_of_other_sites(desk, http):
    await desk.add_user("wang")
    async with http.post(f"{desk.base}/api/login", json={"username": "wang", "password": PASSWORD}) as answer:
        cookie = answer.cookies["desk_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


async def test_no_page_is_shown_inside_another_site(desk, http):
    async with http.get(f"{desk.base}/desk") as answer:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
