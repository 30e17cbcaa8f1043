"""反映最多的是什么、办得怎样: what a community may publish, and what stays unsaid."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from handoff.domain.areas import Areas
from handoff.domain.calendar import CHINA
from handoff.domain.errors import BadInput, NotFound
from handoff.domain.models import User
from handoff.service import accounts, cases, community, statistics
from handoff.service.office import Office
from handoff.web import keys
from tests.support.desk import PASSWORD, running_desk

FEBRUARY = datetime(2026, 2, 10, 10, 0, tzinfo=CHINA)
NAME, PHONE = "张三", "19900000000"


def registered(tx, at, category, area, outcome=None, kind="求助"):
    said = f"{NAME}，电话{PHONE}，路灯坏了"
    case = cases.register(
        tx, Office(), None, at, created_by="wang", request_type=kind, category=category, description=said,
        place="幸福小区3号楼502", area=area,
    )  # fmt: skip
    if outcome == "solved":
        tx.cases.add_event(case.number, at, "resident", "resident_confirms", "修好了")
    if outcome:
        cases.record_event(tx, case.number, "wang", "close", "", {"outcome": outcome}, at + timedelta(days=1))


def filled(tx, at, area="幸福社区"):
    """Lamps 12 (6 solved, 6 open), lifts 7 and rubbish 2 (explained), eight reports."""
    for _ in range(6):
        registered(tx, at, "C0406", area, "solved")
        registered(tx, at, "C0406", f"{area}/第三网格")
    for _ in range(7):
        registered(tx, at, "C0103", area, "explained")
    for n in range(2):
        registered(tx, at + timedelta(hours=n), "C0301", area, "explained")
    for _ in range(8):
        registered(tx, at, "C1702", area, kind="举报")


def report(scene, area="幸福社区", month="2026-02", user=None):
    return scene.ledger.read_now(community.report, scene.office, user, area, month, scene.now)


def shown(found):
    return {found.name(line): (line.total, line.cells) for line in found.lines}


def test_lists_and_figures_offer_every_community_that_has_a_case_or_is_in_the_file_and_what_contains_it(scene):
    scene.do(filled, FEBRUARY)
    scene.do(registered, FEBRUARY, "C0406", "和平社区/第一网格")
    scene.office = replace(scene.office, areas=Areas({"桂花园": "桂花社区"}, {}, {}))
    offered = scene.ledger.read_now(community.areas, scene.office, scene.user("boss", "supervisor"))
    assert offered == ["和平社区", "和平社区/第一网格", "幸福社区", "幸福社区/第三网格", "桂花社区"]
    own = scene.ledger.read_now(community.areas, scene.office, scene.user("here", "caseworker", "幸福社区"))
    assert own == ["幸福社区", "幸福社区/第三网格"]


def test_each_category_says_what_was_reported_and_what_became_of_it(scene):
    scene.do(filled, FEBRUARY)
    found = report(scene)
    lamps, folded = shown(found)["市政公用设施"], shown(found)["其他类别（每类都少，合在一起）"]
    assert lamps == (12, (6, 0, 6))
    assert folded[0] == 9  # 2 of rubbish would be too few; the lifts hide them
    assert found.total.total == 21


def test_reports_are_not_even_counted(scene):
    scene.do(filled, FEBRUARY)
    assert not any("监督" in name for name in shown(report(scene)))
    assert report(scene).total.total == 21


def test_only_the_communitys_own_month_counts(scene):
    scene.do(filled, FEBRUARY)
    scene.do(filled, FEBRUARY - timedelta(days=31))
    scene.do(filled, FEBRUARY, "和平社区")
    scene.do(filled, datetime(2026, 2, 28, 23, 59, tzinfo=CHINA), "向阳社区")
    assert report(scene).total.total == 21
    assert report(scene, "向阳社区").total.total == 20  # an hour later it was March
    assert report(scene, month="2026-01").total.total == 21


def test_a_month_with_next_to_nothing_says_so_and_no_more(scene):
    scene.do(lambda tx: registered(tx, FEBRUARY, "C0406", "幸福社区"))
    found = report(scene)
    assert (found.lines, found.total) == ([], None)


@pytest.mark.parametrize("month", ["2026-03", "2027-01", "2024-12", "2026-2", "February", "2026-13"])
def test_only_a_month_that_is_over_can_be_asked_for(scene, month):
    """What still grows could be compared with itself, and the difference would be one person."""
    with pytest.raises(BadInput):
        report(scene, "", month)


def test_whoever_has_an_area_sees_the_page_of_that_community_only(scene):
    scene.do(filled, FEBRUARY)
    scene.do(filled, FEBRUARY, "和平社区")
    here = User("here", "caseworker", "幸福社区/第三网格", True, "")
    assert report(scene, "", user=here).areas == ["幸福社区"]
    with pytest.raises(NotFound):
        report(scene, "和平社区", user=here)
    with pytest.raises(NotFound):
        report(scene, "幸福社区/第三网格")  # the rest of the community would follow from it
    assert sorted(report(scene).areas) == ["和平社区", "幸福社区"]


def test_where_there_are_no_communities_the_office_has_one_page(scene):
    scene.do(lambda tx: [registered(tx, FEBRUARY, "C0406", None) for _ in range(6)])
    found = report(scene, "")
    assert (found.area, found.areas, found.total.total) == (None, [], 6)


def test_the_same_figures_stand_in_the_statistics(scene):
    scene.do(filled, FEBRUARY)
    period = statistics.Period(FEBRUARY - timedelta(days=5), FEBRUARY + timedelta(days=5), "幸福社区", scene.now)
    rows = scene.ledger.read_now(statistics.compute, "reported_and_done", period)["rows"]
    lamps = rows[0]
    assert (lamps["label"], lamps["numerator"], lamps["denominator"]) == ("市政公用设施", 6, 12)
    assert lamps["note"] == "居民确认解决 6，其他办结 0，还在办 6"


def last_month(desk):
    return datetime.combine(community.finished_months(desk.app[keys.CLOCK].now())[0], datetime.min.time(), CHINA)


async def page(http, desk, path="/report", **asked):
    async with http.get(desk.base + path, params=asked) as answer:
        return answer.status, await answer.text()


async def test_it_is_for_staff_until_the_operator_publishes_it(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (desk, _):
        await desk.ledger.write(filled, last_month(desk))
        status, text = await page(http, desk)
        assert (status, "市政" in text, "还没有对外公示" in text) == (401, False, True)
        assert (await page(http, desk, "/report.csv"))[0] == 401
        await desk.add_user("eye", "auditor")
        async with desk.logged_in("eye") as eye:
            assert "市政公用设施" in await eye.text("/report")


async def test_once_published_everybody_reads_it_without_a_word_about_anybody(tmp_path, database, http):
    async with running_desk(tmp_path, database, PUBLIC_REPORT="on") as (desk, _):
        await desk.ledger.write(filled, last_month(desk))
        status, text = await page(http, desk)
        assert status == 200
        assert "幸福社区" in text and "市政公用设施" in text
        _, table = await page(http, desk, "/report.csv", area="幸福社区")
        rows = list(csv.reader(io.StringIO(table.lstrip("\ufeff"))))
        assert rows[0] == ["类别", "反映（件）", *community.COLUMNS]
        assert rows[1] == ["市政公用设施", "12", "6", "0", "6"]
        assert rows[-1][:2] == ["合计", "21"]
        for told in (NAME, PHONE, "502", "第三网格", "wang"):
            assert told not in text + table


async def test_what_is_asked_wrongly_is_a_page_for_people(tmp_path, database, http):
    async with running_desk(tmp_path, database, PUBLIC_REPORT="on") as (desk, _):
        await desk.ledger.write(filled, last_month(desk))
        for asked, status in (({"month": "<b>"}, 400), ({"area": "别处"}, 404), ({"area": "';--"}, 404)):
            found, text = await page(http, desk, **asked)
            assert (found, "<h1>社区公示</h1>" in text, "<b>" in text) == (status, True, False)


async def test_a_community_exports_its_own_cases_from_the_register(desk, http):
    await desk.ledger.write(filled, last_month(desk))
    await desk.ledger.write(filled, last_month(desk), "和平社区")
    now = desk.app[keys.CLOCK].now()
    await desk.ledger.write(accounts.create, "here", "caseworker", PASSWORD, now, "幸福社区", ())
    async with desk.logged_in("here") as here:
        found = csv.DictReader(io.StringIO((await here.text("/api/cases/export", format="csv")).lstrip("\ufeff")))
        assert {row["社区"] for row in found} == {"幸福社区", "幸福社区/第三网格"}


async def test_the_page_and_the_figures_say_what_the_page_leaves_out(tmp_path, database, http):
    async with running_desk(tmp_path, database, PUBLIC_REPORT="on") as (desk, _):

        def sealed(tx, at):
            filled(tx, at)
            for _ in range(6):
                cases.register(
                    tx, Office(), None, at, created_by="bot", request_type="求助", category="C1201",
                    description="他又打我", area="幸福社区", sealed=True,
                )  # fmt: skip

        await desk.ledger.write(sealed, last_month(desk))
        _, text = await page(http, desk)
        assert "登记的 21 件事" in text and "不含举报和其他密件" in text
    assert "不含举报和其他密件" in statistics.CATALOGUE["reported_and_done"].meaning


async def test_the_table_of_cases_has_chinese_heads_and_the_day_of_china(desk):
    night = datetime(2026, 2, 11, 0, 30, tzinfo=CHINA)  # in UTC the day before
    await desk.ledger.write(registered, night, "C0406", "幸福社区", "explained")
    await desk.add_user("wang", "caseworker")
    async with desk.logged_in("wang") as wang:
        table = (await wang.text("/api/cases/export", format="csv")).lstrip("\ufeff")
        _, plain = await wang.get("/api/cases/export", format="json")
    row = next(csv.DictReader(io.StringIO(table)))
    assert not any(head.isascii() for head in row)
    assert (row["登记时间"], row["办结时间"]) == ("2026-02-11 00:30", "2026-02-12 00:30")
    assert (row["类别"], row["结果"], row["紧急"]) == ("路灯照明", "已解释，办不了", "否")
    assert plain["cases"][0]["created_at"] == night.astimezone(timezone.utc).isoformat()
