"""`GET /api/openapi.json`: the routes as they are, each with what `described/` says of it, and the lists of the code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from bot.boundary.policy import DISPOSITIONS
from bot.boundary.taxonomy import taxonomy

from ..domain.models import CASE_STATES, OUTCOMES
from ..service.accounts import ROLES
from ..service.cases import EVENTS
from ..service.statistics import CATALOGUE, FIRST_ANSWER
from .auth import COOKIE, CSRF_HEADER, SAFE_METHODS
from .shapes import one_of, required, schema

FOLDER = Path(__file__).with_name("described")
THINGS = "things.yml"
DESCRIBED = ("/api/", "/channels/", "/healthz", "/readyz", "/metrics")
# What can be one of a list that the code has anyway.
LISTS = {
    "Priority": FIRST_ANSWER,
    "Role": ROLES,
    "CaseType": taxonomy().case_types,
    "CaseStatus": CASE_STATES,
    "CaseStep": EVENTS,
    "Outcome": OUTCOMES,
    "Disposition": DISPOSITIONS,
    "Statistic": CATALOGUE,
    "Yes": ("yes",),
}
IN_PATH = {"id": "number", "seq": "number", "name": "Statistic"}  # else text
ERROR = {"application/json": {"schema": schema("Error")}}
SESSION = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
}


def routes() -> list[web.RouteDef]:
    return [web.get("/api/openapi.json", openapi)]


async def openapi(request: web.Request) -> web.Response:
    return web.json_response(description(request.app))


def description(app: web.Application) -> dict[str, Any]:
    paths: dict[str, dict] = {}
    for route in app.router.routes():
        resource = route.resource
        if resource is None or route.method in ("HEAD", "*") or not resource.canonical.startswith(DESCRIBED):
            continue
        paths.setdefault(resource.canonical, {})[route.method.lower()] = _operation(resource.canonical, route)
    things = {name: schema(shape) for name, shape in _read(THINGS).items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "居民诉求台", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {**things, **{name: one_of(values) for name, values in LISTS.items()}},
            "securitySchemes": SESSION,
        },
    }


@cache
def described() -> dict[str, dict[str, Any]]:
    """What is told of each route, by its method and path."""
    topics = (path.name for path in sorted(FOLDER.glob("*.yml")) if path.name != THINGS)
    return {route: told for topic in topics for route, told in _read(topic).items()}


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def _operation(path: str, route: web.AbstractRoute) -> dict[str, Any]:
    told = described().get(f"{route.method} {path}", {})
    roles = getattr(route.handler, "roles", None)
    operation: dict[str, Any] = {"summary": told.get("does", ""), "parameters": _parameters(path, told)}
    if roles:
        operation["x-roles"] = list(roles)
        operation["security"] = [
            {name: [] for name in SESSION if name == "session" or route.method not in SAFE_METHODS}
        ]
    if "body" in told:
        body = {"schema": schema(told["body"]), "example": told["example"]}
        must = any(map(required, told["body"].values()))
        operation["requestBody"] = {"required": must, "content": {"application/json": body}}
    elif "takes" in told:
        operation["requestBody"] = {"required": True, "content": {kind: {} for kind in told["takes"]}}
    operation["responses"] = _responses(path, told, bool(roles), "requestBody" in operation)
    return operation


def _parameters(path: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    in_path = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        *(
            {"name": name, "in": "path", "required": True, "schema": schema(IN_PATH.get(name, "text"))}
            for name in in_path
        ),
        *(
            {"name": name, "in": "query", "required": required(shape), "schema": schema(shape)}
            for name, shape in told.get("query", {}).items()
        ),
    ]


def _responses(path: str, told: dict[str, Any], roles: bool, body: bool) -> dict[str, Any]:
    content = {kind: {} for kind in told.get("files", ())}
    if "answer" in told:
        content["application/json"] = {"schema": schema(told["answer"])}
    well = {"description": "成功", **({"content": content} if content else {})}
    errors = {
        "400": "输入有误，写明是哪一项",
        **({"401": "未登录", "403": "没有权限，或页面已过期"} if roles else {}),
        **({"404": "没有找到，或由专人受理"} if "{" in path else {}),
        **({"413": "内容太长"} if body else {}),
        "429": "太频繁",
        **({"503": "暂时无法保存"} if path.startswith(("/api/", "/channels/")) else {}),
        **{str(status): text for status, text in told.get("refuses", {}).items()},
    }
    return {
        **{code: {"description": text, "content": ERROR} for code, text in errors.items()},
        **{str(status): well for status in (told.get("status", 200), *told.get("also", ()))},
    }
