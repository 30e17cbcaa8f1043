"""Every figure that is taken away leads back to what it counts."""

import csv
import io
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from handoff.domain.calendar import CHINA
from handoff.domain.clock import SystemClock
from handoff.service import cases
from handoff.service.statistics import CATALOGUE, Period, compute
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


def test_a_matter_put_off_is_counted_beside_the_overdue_as_long_as_it_is_open(scene):
    scene.user("wang")

    def filed(tx):
        return cases.register(
            tx, scene.office, None, scene.now, created_by="wang", request_type="求助", category="C0406",
            description="路灯坏了",
        ).number  # fmt: skip

    numbers = [scene.do(filed) for _ in range(3)]
    since, date = scene.now, (scene.now + timedelta(days=60)).isoformat()
    scene.later(days=20)

    def counted():
        period = Period(since, scene.now, None, scene.now)
        rows = scene.ledger.read_now(compute, "outcomes", period)["rows"]
        return {row["key"]: row["numerator"] for row in rows if row["key"] in ("overdue", "extended")}

    assert counted() == {"overdue": 3, "extended": 0}
    for number in numbers[:2]:
        scene.do(cases.record_event, number, "wang", "extend", "等备件", {"due_at": date}, scene.now)
    assert counted() == {"overdue": 1, "extended": 2}
    listed = scene.ledger.read_now(lambda tx: tx.cases.search(open=True, extended=True))
    assert sorted(case.number for case in listed) == sorted(numbers[:2])
    scene.do(cases.record_event, numbers[0], "wang", "close", "", {"outcome": "explained"}, scene.now)
    assert counted() == {"overdue": 1, "extended": 1}
