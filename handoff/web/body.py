"""Reading what a client sent, with an error that names the field."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from aiohttp import web

from bot.channels.envelope import clean_all, is_blank

from ..domain.calendar import CHINA
from ..domain.errors import BadInput, DeskError, NotFound

LARGEST_ID = 2**31 - 1
MOST_TEXTS, LONGEST_NAME, LONGEST_TEXT = 10, 40, 200  # of an object of texts
LONGEST_WAIT = 30.0  # seconds of a long poll


class BadJson(DeskError):
    code, status, message = "bad_json", 400, "请求不是有效的 JSON。"


class BadBody(DeskError):
    code, status, message = "bad_body", 400, "请求的内容读不了；请不要压缩。"


async def json_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in the body, without characters that are nobody's; an empty body is an empty object."""
    raw = await request.read()
    if not raw:
        return {}
    try:
        # By its bytes: a charset named in the header may be one that nobody knows. NUL cannot be stored by PostgreSQL, a
        # lone surrogate cannot be encoded: neither is anybody's word.
        body = clean_all(json.loads(raw))
    except (ValueError, RecursionError):  # also a number of more digits than Python reads
        raise BadJson() from None
    if not isinstance(body, dict):
        raise BadInput("body", "请求应是一个 JSON 对象。")
    return body


def text_field(body: dict[str, Any], name: str, limit: int, *, required: bool = True) -> str:
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and is_blank(value)):
        raise BadInput(name, f"{name} 不能为空，应是文字。")
    if len(value) > limit:
        raise BadInput(name, f"{name} 最长 {limit} 个字。")
    return value


def texts_field(body: dict[str, Any], name: str) -> dict[str, str]:
    """A few short texts by their names; may be missing. What is kept for good stays small."""
    given = body.get(name) or {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise BadInput(name, f"{name} 应是由文字组成的对象。")
    if len(given) > MOST_TEXTS or any(len(one) > LONGEST_NAME for one in given):
        raise BadInput(name, f"{name} 最多 {MOST_TEXTS} 项，每项的名称最长 {LONGEST_NAME} 个字。")
    if any(len(value) > LONGEST_TEXT for value in given.values()):
        raise BadInput(name, f"{name} 里每项最长 {LONGEST_TEXT} 个字。")
    return given


def number_field(body: dict[str, Any], name: str) -> int | None:
    """A sequence number, which may be missing."""
    value = body.get(name)
    if value is not None and not (type(value) is int and 0 <= value <= LARGEST_ID):
        raise BadInput(name, f"{name} 应是不小于 0 的整数。")
    return value


def flag_field(body: dict[str, Any], name: str) -> bool:
    """True or false; false when it is missing. What only looks like it is refused: "true" would be taken for no."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadInput(name, f"{name} 应是 true 或 false。")
    return bool(value)


def text_in_query(request: web.Request, name: str) -> str:
    return request.query.get(name, "").replace("\x00", "").encode("utf-8", "replace").decode()


def number_in_path(request: web.Request, name: str = "id") -> int:
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > LARGEST_ID:
        raise NotFound()
    return int(text)


def number_in_query(request: web.Request, name: str, default: int = 0) -> int:
    text = request.query.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > LARGEST_ID:
        raise BadInput(name, f"{name} 应是不小于 0 的整数。")
    return int(text)


def seconds_in_query(request: web.Request, name: str) -> float:
    try:
        value = float(request.query.get(name, "") or 0)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise BadInput(name, f"{name} 应是秒数。")
    return min(value, LONGEST_WAIT)


def one_of_in_query(request: web.Request, name: str, values: Collection[str]) -> str | None:
    """One of the values, or None when it is not given."""
    given = request.query.get(name) or None
    if given is not None and given not in values:
        raise BadInput(name, f"{name} 只能是 {'、'.join(values)}。")
    return given


def days_in_query(request: web.Request, today: date, span: int = 30) -> tuple[datetime, datetime]:
    """`from` and `to` (both included, ISO dates) as a half-open interval in China time; default: the last `span` days."""
    last = _day(request, "to") or today
    first = _day(request, "from") or last - timedelta(days=span - 1)
    if first > last:
        raise BadInput("from", "开始日期不能晚于结束日期。")
    start, end = (datetime.combine(day, time(), CHINA) for day in (first, last + timedelta(days=1)))
    return start, end


def _day(request: web.Request, name: str) -> date | None:
    text = request.query.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput(name, f"{name} 应写成 2026-01-31 这样的日期。") from None
    if not 2000 <= day.year <= 2100:
        raise BadInput(name, f"{name} 超出范围。")
    return day
