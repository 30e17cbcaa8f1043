"""社区公示: a page and a table that a community may print, hang out or link to; for everybody where PUBLIC_REPORT is on."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..domain.calendar import CHINA
from ..domain.errors import DeskError, NotLoggedIn
from ..domain.models import User
from ..domain.small_numbers import FEWEST, Line
from ..service import community
from .auth import user_of
from .body import text_in_query
from .csv_text import to_csv
from .keys import CLOCK, LEDGER, SETTINGS
from .pages import render

HIDDEN = "不单列"
MONTH = "{0.year}年{0.month}月"


def routes() -> list[web.RouteDef]:
    return [web.get("/report", page), web.get("/report.csv", table)]


async def page(request: web.Request) -> web.Response:
    """`area`, `month` (2026-02). Who may not see it is told so on a page for people."""
    try:
        found = await _found(request)
    except DeskError as error:
        return render(request, "report_none.html", status=error.status, message=error.message)
    now = request.app[CLOCK].now().astimezone(CHINA)
    columns = [*community.COLUMNS]
    rows = [(found.name(line), line.total, _cells(line)) for line in found.lines]
    total = found.total and (found.total.total, _cells(found.total))
    more = {"months": [(f"{one:%Y-%m}", MONTH.format(one)) for one in found.months], "month": f"{found.month:%Y-%m}"}
    said = {"title": MONTH.format(found.month), "counted_at": f"{now.year}年{now.month}月{now.day}日"}
    given = {"report": found, "columns": columns, "rows": rows, "total": total, "fewest": FEWEST, **more, **said}
    return render(request, "report.html", **given)


async def table(request: web.Request) -> web.Response:
    found = await _found(request)
    rows: list[list[Any]] = [[found.name(line), line.total, *_cells(line)] for line in found.lines]
    if found.total:
        rows.append(["合计", found.total.total, *_cells(found.total)])
    headers = {"Content-Disposition": f'attachment; filename="report-{found.month:%Y-%m}.csv"'}
    text = to_csv(["类别", "反映（件）", *community.COLUMNS], rows)
    return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=headers)


async def _found(request: web.Request) -> community.Report:
    app = request.app
    user = await _reader(request)
    area, month = text_in_query(request, "area"), text_in_query(request, "month")
    return await app[LEDGER].read(community.report, app[SETTINGS].office, user, area, month, app[CLOCK].now())


async def _reader(request: web.Request) -> User | None:
    """Who is logged in, or None for the public. Raises `NotLoggedIn` where it is not published."""
    if request.app[SETTINGS].public_report:
        return None
    try:
        user, _ = await user_of(request)
    except NotLoggedIn:
        raise NotLoggedIn("这里还没有对外公示。工作人员请先登录。") from None
    return user


def _cells(line: Line) -> list[int | str]:
    return [HIDDEN if cell is None else cell for cell in line.cells]
