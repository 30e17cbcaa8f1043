"""Passwords are guessed slowly, and the session is out of reach of scripts and of other sites."""

from contextlib import nullcontext
from datetime import timedelta

import argon2
import pytest
from aiohttp import ClientSession, TCPConnector

from handoff.domain.clock import FixedClock
from handoff.domain.errors import TooMany
from handoff.service import accounts
from handoff.web.auth import count_log_in
from handoff.web.limits import LOGINS, LOGINS_ANYWHERE, Limits
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


def test_a_guess_costs_what_the_standard_asks():
    """RFC 9106, the second recommended choice; the tests themselves use less."""
    assert argon2.extract_parameters(accounts._NOBODY) == argon2.profiles.RFC_9106_LOW_MEMORY


async def test_a_stranger_who_guesses_from_elsewhere_keeps_nobody_out(desk, http):
    await desk.add_user("wang")
    async with ClientSession(connector=TCPConnector(local_addr=("127.0.0.2", 0))) as stranger:
        for _ in range(LOGINS):
            assert await log_in(stranger, desk, "wang", "guess") == (401, "wrong_login")
        assert await log_in(stranger, desk, "wang", PASSWORD) == (429, "too_many")
    assert await log_in(http, desk, "wang", PASSWORD) == (200, None)


def test_guesses_at_one_name_from_many_addresses_are_bounded_all_the_same():
    limits = Limits(0, 0, FixedClock(MONDAY))
    for number in range(LOGINS_ANYWHERE):
        count_log_in(limits, "wang", f"10.0.0.{number}")
    with pytest.raises(TooMany):
        count_log_in(limits, "wang", "10.0.1.1")
    count_log_in(limits, "li", "10.0.1.1")


def test_what_is_refused_from_one_address_does_not_count_against_the_name():
    limits = Limits(0, 0, FixedClock(MONDAY))
    for number in range(2 * LOGINS_ANYWHERE):
        with nullcontext() if number < LOGINS else pytest.raises(TooMany):
            count_log_in(limits, "wang", "10.0.0.1")
    count_log_in(limits, "wang", "10.0.0.2")


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
