"""`GET /api/openapi.json`, made from the routes and their handlers' own words, so that it cannot fall behind."""

from __future__ import annotations

import inspect

from aiohttp import web

ERRORS = {
    "400": "输入有误，写明是哪一项",
    "401": "未登录",
    "403": "没有权限",
    "404": "没有找到",
    "409": "状态已变化",
    "413": "内容太长",
    "429": "太频繁",
}
DESCRIBED = ("/api/", "/channels/", "/healthz", "/readyz", "/metrics")


def routes() -> list[web.RouteDef]:
    return [web.get("/api/openapi.json", openapi)]


async def openapi(request: web.Request) -> web.Response:
    return web.json_response(description(request.app))


def description(app: web.Application) -> dict:
    paths: dict[str, dict] = {}
    for route in app.router.routes():
        resource = route.resource
        if resource is None or route.method in ("HEAD", "*") or not resource.canonical.startswith(DESCRIBED):
            continue
        paths.setdefault(resource.canonical, {})[route.method.lower()] = _operation(resource.canonical, route)
    error = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "居民诉求台", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Error": error}},
    }


def _operation(path: str, route: web.AbstractRoute) -> dict:
    handler = inspect.unwrap(route.handler)
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    roles = getattr(route.handler, "roles", None)
    return {
        "summary": (inspect.getdoc(handler) or handler.__name__.replace("_", " ")).splitlines()[0],
        **({"x-roles": list(roles)} if roles else {}),
        "parameters": [
            {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
            for part in path.split("/")
            if part.startswith("{")
        ],
        "responses": {
            "default": {"description": "成功"},
            **{code: {"description": text, "content": content} for code, text in ERRORS.items()},
        },
    }
