"""/readyz says what is there, what is not, and when the bot reads less well than it could."""

from datetime import datetime

import chinese_calendar

from handoff.domain.calendar import CHINA
from handoff.domain.clock import FixedClock
from handoff.service import accounts
from handoff.web import keys
from tests.support.desk import PASSWORD, running_desk


async def ready(http, desk) -> tuple[int, dict]:
    async with http.get(f"{desk.base}/readyz") as answer:
        return answer.status, await answer.json()


async def test_readiness_says_what_the_bot_reads_by(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (desk, bot):
        status, said = await ready(http, desk)
        assert (status, said["ready"], said["missing"], said["understanding"]) == (200, True, [], "whole")
        bot.understanding = "wording"  # the encoder cannot be had: messages are still read, less well
        status, said = await ready(http, desk)
        assert (status, said["ready"], said["understanding"]) == (200, True, "wording")


async def test_what_may_surprise_the_operator_is_remarked_and_does_not_make_the_desk_unready(tmp_path, database, http):
    year = max(chinese_calendar.holidays).year
    december = FixedClock(datetime(year, 12, 1, 9, tzinfo=CHINA))
    async with running_desk(tmp_path, database, december) as (desk, _):
        status, said = await ready(http, desk)
    assert (status, said["ready"]) == (200, True)
    assert [
        name for name in ("PAGER_URL", f"{year + 1} 年", "CHAT_KEPT_DAYS") if name not in str(said["remarks"])
    ] == []


async def test_where_all_is_settled_nothing_is_remarked(tmp_path, database, http):
    may, settled = FixedClock(datetime(2026, 5, 6, 9, tzinfo=CHINA)), {"PAGER_URL": "http://127.0.0.1:9/page"}
    async with running_desk(tmp_path, database, may, CHAT_KEPT_DAYS="365", **settled) as (desk, _):
        assert (await ready(http, desk))[1]["remarks"] == []


async def test_without_a_bot_readiness_names_what_is_missing(tmp_path, database, http):
    nobody = "http://127.0.0.1:9"
    async with running_desk(tmp_path, database, RASA_URL=nobody, ACTIONS_URL=nobody) as (desk, _):
        status, said = await ready(http, desk)
        assert (status, said["missing"], said["understanding"]) == (503, ["rasa", "actions"], None)


async def test_where_nobody_may_see_what_is_sealed_it_is_remarked(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (desk, _):
        now = desk.app[keys.CLOCK].now()
        await desk.ledger.write(accounts.create, "own", "supervisor", PASSWORD, now, "幸福社区")
        assert "密件" in str((await ready(http, desk))[1]["remarks"])
        await desk.ledger.write(accounts.create, "trusted", "caseworker", PASSWORD, now, None, ["密件"])
        assert "密件" not in str((await ready(http, desk))[1]["remarks"])
