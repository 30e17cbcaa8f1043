"""Errors as `{"code", "message"}`, security headers, limits by address."""

from __future__ import annotations

import logging

from aiohttp import HttpVersion11, web

from bot.channels.message import Refused
from bot.channels.registry import KINDS

from ..domain.errors import BadInput, DeskError, TooMany
from .body import BadBody
from .keys import CROWDED, LIMITS

logger = logging.getLogger(__name__)
PLATFORM_CALLBACKS = tuple(f"/channels/{channel.path}/" for channel in KINDS.values() if channel.path)
# Here somebody may cry for help, from an address that many share: `intake.accept` reads the words before it refuses them.
WORDS_OF_RESIDENTS = ("POST", "/channels/web/messages")
HTTP_ERRORS = {
    400: ("bad_request", "请求写法有误。"),
    403: ("forbidden", "不允许访问。"),
    404: ("not_found", "没有这个地址。"),
    405: ("method_not_allowed", "这个地址不支持这种请求。"),
    413: ("too_large", "内容太长了。"),
    415: ("unsupported", "请用 JSON 格式。"),
    416: ("no_such_part", "没有要的这一段。"),
    417: ("expectation", "不支持这种 Expect。"),
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}


@web.middleware
async def errors(request: web.Request, handler) -> web.StreamResponse:
    try:
        _check_address(request)
        _check_coding(request)
        return await handler(request)
    except DeskError as error:
        return refusal(error.status, error.code, error.message, **error.data)
    except Refused as error:
        return refusal(error.status, error.code, error.message, **({"field": error.field} if error.field else {}))
    except web.RequestPayloadError:
        return refusal(BadBody.status, BadBody.code, BadBody.message)
    except UnicodeError:
        return refusal(400, "bad_text", "请求里有无法识别的文字。")
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        code, message = HTTP_ERRORS.get(error.status, ("error", "请求有误。"))
        refused = refusal(error.status, code, message)
        if allowed := error.headers.get("Allow"):
            refused.headers["Allow"] = allowed
        return refused


def _check_address(request: web.Request) -> None:
    """No database and no file system takes a NUL, and nobody means one."""
    if "\x00" in request.path or any("\x00" in part for pair in request.query.items() for part in pair):
        raise BadInput("query", "地址里有不能用的字符。")


def _check_coding(request: web.Request) -> None:
    """What is packed is not unpacked here: a small body stays a small body."""
    if request.headers.get("Content-Encoding", "") not in ("", "identity"):
        raise BadBody()


async def expect(request: web.Request) -> web.Response | None:
    """As aiohttp does before any middleware, but an expectation it does not know is refused in our form."""
    if request.version < HttpVersion11:
        return None
    if request.headers["Expect"].lower() != "100-continue":
        return refusal(417, *HTTP_ERRORS[417])
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer is still to come
    return None


@web.middleware
async def limit_addresses(request: web.Request, handler) -> web.StreamResponse:
    # The platforms' own callbacks come from few addresses for very many residents; they are limited per resident.
    if not request.path.startswith(PLATFORM_CALLBACKS) and not request.path.startswith("/static/"):
        try:
            request.app[LIMITS].count("address", request.remote or "")
        except TooMany:
            if (request.method, request.path) != WORDS_OF_RESIDENTS:
                raise
            request[CROWDED] = True
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def refusal(status: int, code: str, message: str, **data: object) -> web.Response:
    return web.json_response({"code": code, "message": message, **data}, status=status)
