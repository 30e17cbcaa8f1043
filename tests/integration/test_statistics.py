"""Every figure that is taken away leads back to what it counts."""

import csv
import io
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from handoff.domain.calendar import CHINA
from handoff.domain.clock import SystemClock
from handoff.service.statistics import CATALOGUE
from handoff.web import keys
from tests.support import days


async def test_every_figure_of_a_table_leads_to_its_cases(desk):
    now = SystemClock().now()
    await desk.ledger.write(days.staff, now)
    await desk.ledger.write(days.month, desk.app[keys.SETTINGS].office, now)
    await desk.add_user("eye", "supervisor")
    today = datetime.now(CHINA).date()
    some_days = {"from": f"{today - timedelta(days=9)}", "to": f"{today}"}
    async with desk.logged_in("eye") as console:
        for name in CATALOGUE:
            table = await console.text(f"/api/stats/{name}", format="csv", **some_days)
            rows = list(csv.DictReader(io.StringIO(table.lstrip("\ufeff"))))
            assert rows, name
            for row in rows:
                for figure, leads in (("numerator", "filter"), ("denominator", "base")):
                    assert await counted(console, row["list"], row[leads]) == int(row[figure]), (name, row["key"])


async def counted(console, kind: str, query: str) -> int:
    _, found = await console.get(f"/api/{kind}", **dict(parse_qsl(query, strict_parsing=True)))
    return found["total"] if kind == "cases" else len(found[kind]) + found["hidden"]
