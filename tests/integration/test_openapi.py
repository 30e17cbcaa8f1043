"""The description that the desk gives of itself holds: every request it shows is taken, every answer is as it says."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, web
from jsonschema import Draft202012Validator, RefResolver

from handoff import settings as settings_module
from handoff.app import create_app
from handoff.domain.clock import SystemClock
from handoff.web import keys
from handoff.web.openapi import DESCRIBED, described, description
from tests.support import days
from tests.support.databases import fresh_database
from tests.support.desk import Resident
from tests.support.hostile import FIELDS, QUERIES, ROOT
from tests.support.platforms import NAMES, Platforms, platforms

METHODS = {"get", "post", "put"}
# Of the simulator and of the page /report, which are not described.
ELSEWHERE = {"openid", "kind", "menu_id", "touser", "media_id", "month"}
PEOPLE = {"caseworker": "王芳", "supervisor": "陈主任", "admin": "管理员", "auditor": "审计员"}
IMAGE = b"\xff\xd8\xff\xe0" + bytes(99)
PHONE = "19900000000"


@pytest.fixture
def document(tmp_path) -> dict[str, Any]:
    return description(create_app(settings_module.load({"VAR_DIR": str(tmp_path)})))


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict]]:
    return [(method, path, one) for path, all in document["paths"].items() for method, one in all.items()]


def json_body(operation: dict, part: str = "schema") -> dict:
    content = operation.get("requestBody", {"content": {}})["content"]
    return content.get("application/json", {}).get(part, {})


def schemas(part: Any) -> Iterator[dict]:
    """Every schema in a part of the document."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "schema":
                yield value
            else:
                yield from schemas(value)
    elif isinstance(part, list):
        for value in part:
            yield from schemas(value)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def validator(document: dict[str, Any], schema: dict) -> Draft202012Validator:
    return Draft202012Validator(schema, resolver=RefResolver("", document))


# ── the document ──


def test_it_is_a_document_of_openapi_3_1(document):
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= document["info"].keys()
    named = document["components"]["schemas"]
    assert {reference.rpartition("/")[2] for reference in references(document)} <= named.keys()
    for one in [*schemas(document["paths"]), *named.values()]:
        Draft202012Validator.check_schema(one)
    for method, path, one in operations(document):
        where = f"{method} {path}"
        assert method in METHODS, where
        assert one["summary"], where
        in_path = [p["name"] for p in one["parameters"] if p["in"] == "path" and p["required"]]
        assert in_path == re.findall(r"\{(\w+)\}", path), where
        assert len({(p["name"], p["in"]) for p in one["parameters"]}) == len(one["parameters"]), where
        assert all(re.fullmatch(r"[1-5]\d\d", code) and said["description"] for code, said in one["responses"].items())
        assert {name for any_of in one.get("security", ()) for name in any_of} <= {"session", "csrf"}, where


def test_every_route_is_described_and_nothing_that_is_none(document):
    assert {f"{method.upper()} {path}" for method, path, _ in operations(document)} == set(described())
    assert {path for _, path, _ in operations(document) if not path.startswith(DESCRIBED)} == set()


def test_every_field_and_filter_that_the_desk_reads_is_described(document):
    bodies = {name for _, _, one in operations(document) for name in json_body(one).get("properties", ())}
    bodies |= document["components"]["schemas"]["Cells"]["items"]["properties"].keys()
    queries = {p["name"] for _, _, one in operations(document) for p in one["parameters"] if p["in"] == "query"}
    assert set(FIELDS) - ELSEWHERE - bodies == set()
    assert set(QUERIES) - ELSEWHERE - queries == set()


def test_every_example_has_the_form_that_is_described(document):
    shown = [one for _, _, one in operations(document) if json_body(one)]
    assert len(shown) > 12
    for one in shown:
        validator(document, json_body(one)).validate(json_body(one, "example"))


# ── the desk behind it ──


class Office:
    """A desk after a month of work. Each kind of thing that a path names is made anew for each request."""

    def __init__(self, town: Platforms, document: dict[str, Any], stack: AsyncExitStack) -> None:
        self.town, self.base, self.document, self._stack = town, town.desk.base, document, stack
        self.strict, self._people, self._residents = closed(document), {}, 0

    async def person(self, role: str) -> ClientSession:
        """The browser of somebody with this role who is logged in."""
        if role not in self._people:
            http = await self._stack.enter_async_context(ClientSession(cookie_jar=CookieJar(unsafe=True)))
            login = {"username": PEOPLE[role], "password": days.PASSWORD}
            async with http.post(f"{self.base}/api/login", json=login) as answer:
                http.headers["X-CSRF-Token"] = (await answer.json())["csrf"]
            self._people[role] = http
        return self._people[role]

    async def does(self, method: str, path: str, role: str = "caseworker", **body: Any) -> dict:
        http = await self.person(role)
        async with http.request(method, self.base + path, json=body) as answer:
            assert answer.status < 300, (path, await answer.text())
            return await answer.json()

    async def waiting(self) -> dict[str, str]:
        self._residents += 1
        sender = f"o-resident-{self._residents}"
        await self.town.call("wechat", self.town.oa.text(sender, "转人工"))

        async def there():
            found = await self.town.conversation("wechat", sender)
            return found if found and found.owner == "queue" else None

        return {"id": str((await self.town.until(there)).id)}

    async def held(self) -> dict[str, str]:
        found = await self.waiting()
        await self.does("post", f"/api/conversations/{found['id']}/claim")
        return found

    async def photo(self) -> dict[str, str]:
        self._residents += 1
        sender = f"o-resident-{self._residents}"
        self.town.stub.script("/cgi-bin/media/get", web.Response(body=IMAGE, content_type="image/jpeg"))
        await self.town.call("wechat", self.town.oa.image(sender, "media-1"))

        async def there():
            for message in await self.town.transcript("wechat", sender):
                if message.data.get("attachment", {}).get("state") == "stored":
                    return message
            return None

        found = await self.town.until(there)
        return {"id": str(found.conversation_id), "seq": str(found.seq)}

    async def case(self) -> dict[str, str]:
        example = described()["POST /api/cases"]["example"]
        return {"number": (await self.does("post", "/api/cases", **example))["number"]}

    async def task(self) -> dict[str, str]:
        self._residents += 1
        sender = f"o-resident-{self._residents}"
        await self.town.call("wechat", self.town.oa.text(sender, f"给我回个电话，{PHONE}"))
        return {"id": str((await self.does("get", "/api/tasks"))["tasks"][-1]["id"])}

    async def finished(self) -> dict[str, str]:
        task = await self.task()
        await self.does("post", f"/api/tasks/{task['id']}/done")
        return task

    async def tried(self) -> dict[str, str]:
        task = await self.task()
        return {"id": str((await self.does("post", f"/api/tasks/{task['id']}/tried"))["id"])}

    async def promise(self) -> dict[str, str]:
        id = (await self.held())["id"]
        path = "/api/conversations/{id}/promises"
        made = await self.does("post", path.format(id=id), **described()[f"POST {path}"]["example"])
        return {"id": str(made["id"])}

    async def change(self) -> dict[str, str]:
        await self.no_change()
        cells = described()["PUT /api/boundary"]["example"]["changes"]
        made = await self.does("put", "/api/boundary", "admin", changes=cells)
        return {"id": str(made["pending"]["id"])}

    async def no_change(self) -> dict[str, str]:
        if pending := (await self.does("get", "/api/boundary", "admin"))["pending"]:
            await self.does("post", f"/api/boundary/{pending['id']}/reject", "admin")
        return {}

    async def fresh(self, name: str) -> Any:
        """A value of today for what an example can only name."""
        if name == "version":
            return (await self.does("get", "/api/boundary"))["version"]
        async with ClientSession() as http:
            return (await Resident.arrives(self.base, http)).session


# The longest beginning that fits says what the path names.
MAKES: dict[str, Callable[[Office], Awaitable[dict[str, str]]]] = {
    "/api/conversations/{id}": Office.held,
    "/api/conversations/{id}/claim": Office.waiting,
    "/api/conversations/{id}/messages/{seq}": Office.photo,
    "/api/cases/{number}": Office.case,
    "/api/tasks/{id}": Office.task,
    "/api/tasks/{id}/reopen": Office.finished,
    "/api/tries/{id}": Office.tried,
    "/api/promises/{id}": Office.promise,
    "/api/boundary": Office.no_change,
    "/api/boundary/{id}": Office.change,
    "/api/queue": Office.waiting,
    "/api/mine": Office.held,
    "/api/tasks": Office.task,
}


@pytest.fixture
async def office(tmp_path, document):
    boundary = tmp_path / "policy.yml"  # an approved change is written there
    shutil.copy(ROOT / "bot" / "boundary" / "policy.yml", boundary)
    given = {"BOUNDARY_FILE": str(boundary), "CAPACITY": "1000"}
    database = fresh_database("sqlite", tmp_path)
    async with platforms(tmp_path, database, **given) as town, AsyncExitStack() as stack:
        now = SystemClock().now()
        await town.desk.ledger.write(days.staff, now)
        await town.desk.ledger.write(days.month, town.desk.app[keys.SETTINGS].office, now)
        yield Office(town, document, stack)


def closed(part: Any) -> Any:
    """The same schemas, but nothing else may be in an object than what they name."""
    if isinstance(part, list):
        return [closed(value) for value in part]
    if not isinstance(part, dict):
        return part
    more = {"additionalProperties": False} if isinstance(part.get("properties"), dict) else {}
    return {name: closed(value) for name, value in part.items()} | more


def example_of(document: dict, schema: dict, last: bool) -> str:
    if "$ref" in schema:
        return example_of(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], last)
    if "enum" in schema:
        return schema["enum"][-1 if last else 0]
    simple = {"integer": "1", "number": "0.1", "date": "2026-03-02"}
    return simple.get(schema.get("format") or schema["type"], "幸福社区")


async def test_every_request_that_is_shown_is_taken_and_answered_as_described(office):
    shown = [one for one in operations(office.document) if "{account}" not in one[1] and one[1] != "/api/live"]
    for method, path, told in sorted(shown, key=lambda one: one[1] == "/api/logout"):  # whoever logs out does it last
        for query in ("least", "first", "last"):
            if query == "least" or any(parameter["in"] == "query" for parameter in told["parameters"]):
                await is_taken(office, method, path, told, query)


async def is_taken(office: Office, method: str, path: str, told: dict, which: str) -> None:
    begins = max((known for known in MAKES if path.startswith(known)), key=len, default=None)
    names = {"name": "outcomes", **(await MAKES[begins](office) if begins else {})}
    query = {
        p["name"]: await office.fresh("session") if p["name"] == "session" else example_of(office.document, p["schema"], which == "last")
        for p in told["parameters"]
        if p["in"] == "query" and (p["required"] or which != "least")
    }  # fmt: skip
    roles = [role for role in PEOPLE if role in told.get("x-roles", ())]
    http = await office.person(roles[0]) if roles else office.town.http

    async def asked(body: dict | None):
        async with http.request(method, office.base + path.format(**names), params=query, json=body or None) as answer:
            return answer.status, answer.content_type, await answer.read()

    if json_body(told).get("required"):
        assert (await asked({}))[0] == 400, f"{method} {path}: not required after all"
    body = json_body(told) and {
        name: await office.fresh(name) if name in ("session", "version") else value
        for name, value in json_body(told, "example").items()
    }
    check_answer(office.strict, told, f"{method} {path} {query}", await asked(body))


def check_answer(strict: dict, told: dict, where: str, answer: tuple[int, str, bytes]) -> None:
    status, kind, raw = answer
    well = [code for code in told["responses"] if code.startswith("2")]
    assert [str(status)] == well, (where, status, raw[:300])
    content = told["responses"][str(status)]["content"]
    assert kind in content or "*/*" in content, (where, kind)
    if kind == "application/json":
        errors = validator(strict, closed(content[kind]["schema"])).iter_errors(json.loads(raw))
        assert [f"{list(error.path)}: {error.message}"[:300] for error in errors] == [], where


async def test_the_platforms_calls_are_as_described(office):
    for kind, side in {"wechat": office.town.oa, "miniprogram": office.town.mini, "wecom_kf": office.town.kf}.items():
        path = f"/channels/{kind.replace('_', '-')}"
        told = office.document["paths"][f"{path}/{{account}}"]
        asking, echo = side.verification()
        for method, callback in (("get", asking), ("post", side.text(f"o-{secrets.token_hex(4)}", "你好"))):
            parameters = {p["name"]: p["required"] for p in told[method]["parameters"] if p["in"] == "query"}
            assert callback.query.keys() <= parameters.keys()
            assert {name for name, must in parameters.items() if must} <= callback.query.keys()
            url, headers = f"{office.base}{path}/{NAMES[kind]}", {"Content-Type": callback.content_type}
            async with office.town.http.request(
                method, url, params=callback.query, data=callback.body, headers=headers
            ) as answer:
                assert answer.status == 200
                assert answer.content_type in told[method]["responses"]["200"]["content"]
                assert method == "post" or await answer.text() == echo
        assert side.text("o-1", "你好").content_type in told["post"]["requestBody"]["content"]


async def test_live_events_are_as_described(office):
    found = await office.held()
    event = validator(office.document, {"$ref": "#/components/schemas/Event"})
    http = await office.person("caseworker")
    async with http.ws_connect(f"{office.base}/api/live") as live:
        await office.does("post", f"/api/conversations/{found['id']}/notes", text="已电话核实")
        event.validate((await live.receive(timeout=20)).json())
