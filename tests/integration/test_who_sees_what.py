"""The console's doors: area, seals, masks, time limits, exports and the audit log, asked over HTTP."""

import asyncio
import csv
import io
from datetime import datetime, timedelta, timezone

import pytest
from aiohttp import WSCloseCode, WSMsgType

from handoff.service import accounts
from handoff.web import keys
from tests.support.desk import PASSWORD, Resident

PHONE = "19900000000"


async def waiting_conversation(desk, http, text="转人工"):
    resident = await Resident.arrives(desk.base, http)
    await resident.says(text)
    await resident.hears_until("已为您转人工")
    return resident


async def add(desk, name, role="caseworker", area=None, skills=(), **more):
    now = desk.app[keys.CLOCK].now()
    await desk.ledger.write(accounts.create, name, role, PASSWORD, now, area, skills, **more)


async def first_waiting(console):
    return (await console.get("/api/queue"))[1]["waiting"][0]["id"]


async def filed(console, area, kind="求助"):
    body = {"type": kind, "category": "C0406", "description": f"路灯坏了，电话{PHONE}", "area": area}
    status, case = await console.post("/api/cases", **body)
    assert status == 201
    return case["number"]


async def test_every_look_is_logged_and_only_the_auditor_reads_the_log(desk, http):
    await add(desk, "wang")
    await add(desk, "eye", "auditor")
    await waiting_conversation(desk, http)
    async with desk.logged_in("wang") as wang, desk.logged_in("eye") as eye:
        conversation = await first_waiting(wang)
        number = await filed(wang, "幸福社区")
        await wang.get(f"/api/conversations/{conversation}")
        await wang.get(f"/api/conversations/{conversation}/messages")
        await wang.get("/api/cases")
        await wang.get(f"/api/cases/{number}")
        await wang.post(f"/api/cases/{number}/events", kind="note", text="已电话核实")
        await wang.get("/api/promises")
        await wang.get("/api/promises", broken="all", area="幸福社区")
        assert (await wang.get("/api/audit"))[0] == 403
        _, log = await eye.get("/api/audit", actor="wang")
        actions = [entry["action"] for entry in log["entries"]][::-1]
        assert actions == [
            "login", "file_case", "view_conversation", "view_messages", "list_cases", "view_case", "edit_case",
            "list_promises", "list_promises",
        ]  # fmt: skip
        assert log["entries"][0]["detail"] == {"filters": {"area": "幸福社区", "broken": "all"}, "shown": 0}
        _, again = await eye.get("/api/audit", action="view_audit")
        assert again["entries"][0]["actor"] == "eye"


async def test_a_community_lists_and_exports_all_its_own_cases_and_no_others(desk):
    await add(desk, "here", area="幸福社区")
    await add(desk, "boss", "supervisor")
    async with desk.logged_in("here") as here, desk.logged_in("boss") as boss:
        own = [await filed(here, None), await filed(boss, "幸福社区/第三网格")]
        await filed(boss, "和平社区")
        await filed(boss, "幸福社区", "举报")
        _, found = await here.get("/api/cases", area="和平社区")
        assert sorted(case["number"] for case in found["cases"]) == sorted(own)
        assert (found["total"], found["hidden"]) == (3, 1)
        _, exported = await here.get("/api/cases/export", format="json")
        assert sorted(case["number"] for case in exported["cases"]) == sorted(own)
        rows = list(csv.DictReader(io.StringIO((await here.text("/api/cases/export")).lstrip("\ufeff"))))
        assert sorted(row["编号"] for row in rows) == sorted(own)
        assert len((await boss.get("/api/cases/export", format="json"))[1]["cases"]) == 4
    logged = await desk.ledger.read(lambda tx: tx.people.audited(10, action="export_cases", actor="here"))
    assert [row["detail"]["shown"] for row in logged] == [2, 2]


async def test_a_report_is_in_no_list_of_others(desk, http):
    for name, role, skills in (("wang", "caseworker", ()), ("trusted", "caseworker", ("举报",)), ("root", "admin", ())):
        await add(desk, name, role, None, skills)
    resident = await Resident.arrives(desk.base, http)
    await resident.says("你好")
    await resident.hears()
    conversation = 1
    await desk.ledger.write(lambda tx: tx.conversations.set(conversation, sealed=True))
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    async with desk.logged_in("wang") as wang, desk.logged_in("trusted") as trusted, desk.logged_in("root") as root:
        for console in (wang, root):
            assert (await console.get("/api/queue"))[1]["waiting"] == []
            assert (await console.get(f"/api/conversations/{conversation}"))[0] == 404
            assert (await console.get(f"/api/conversations/{conversation}/messages"))[0] == 404
            _, figures = await console.get("/api/handoffs")
            assert (figures["handoffs"], figures["hidden"]) == ([], 1)
        assert await first_waiting(trusted) == conversation
        await not_found(wang, conversation)
        await trusted.post(f"/api/conversations/{conversation}/claim")
        await not_found(wang, conversation)  # nor is it said who has it
        assert len((await trusted.get("/api/handoffs"))[1]["handoffs"]) == 1


async def not_found(console, conversation):
    """Whatever is tried with it."""
    a_day = "2099-01-01"
    for what, body in (
        ("claim", {}),
        ("messages", {"text": "看看"}),
        ("messages", {"text": "看看", "promise_until": a_day}),
        ("notes", {"text": "看看"}),
        ("notes", {"text": "看看", "promise_until": a_day}),
        ("promises", {"text": "看看", "due_at": a_day}),
        ("transfer", {"to": "trusted"}),
        ("release", {}),
        ("hand-back", {}),
        ("resolve", {"outcome": "solved"}),
        ("category", {"category": "C0406"}),
        ("route", {"area": "幸福社区"}),
        ("link-code", {}),
        ("unlink", {}),
    ):
        status, refusal = await console.post(f"/api/conversations/{conversation}/{what}", **body)
        assert (status, refusal["code"], "owner" in refusal) == (404, "not_found", False), what
        assert refusal == (await console.post(f"/api/conversations/99/{what}", **body))[1], "as if there were none"


async def test_a_sealed_case_is_not_even_heard_of(desk):
    await add(desk, "wang")
    await add(desk, "boss", "supervisor")
    async with desk.logged_in("wang") as wang, desk.logged_in("boss") as boss:
        async with wang.live() as heard_by_wang, boss.live() as heard_by_boss:
            sealed, open_to_all = [await filed(boss, None, kind) for kind in ("举报", "求助")]
            heard = [(await heard_by_boss.receive_json(timeout=60))["number"] for _ in range(2)]
            assert heard == [sealed, open_to_all]
            assert (await heard_by_wang.receive_json(timeout=60))["number"] == open_to_all


async def test_an_open_page_hears_by_what_its_user_may_see_now(desk):
    await add(desk, "wang", area="幸福社区")
    await add(desk, "boss", "supervisor")
    async with desk.logged_in("wang") as wang, desk.logged_in("boss") as boss, wang.live() as heard:
        await filed(boss, "幸福社区")
        assert (await heard.receive_json(timeout=60))["type"] == "case"
        await desk.ledger.write(lambda tx: tx.people.set("wang", area="和平社区"))
        _, there = [await filed(boss, area) for area in ("幸福社区", "和平社区")]
        assert (await heard.receive_json(timeout=60))["number"] == there


@pytest.mark.parametrize("ended", ["logged out", "run out"])
async def test_an_open_page_hears_nothing_once_its_log_in_has_ended(desk, ended):
    await add(desk, "wang")
    await add(desk, "boss", "supervisor")
    async with desk.logged_in("wang") as wang, desk.logged_in("boss") as boss, wang.live() as heard:
        if ended == "logged out":
            await wang.post("/api/logout")
        else:
            over = desk.app[keys.CLOCK].now() - timedelta(seconds=1)
            await desk.ledger.write(lambda tx: tx.people.set("wang", valid_until=over))
        await filed(boss, None)
        assert (await heard.receive(timeout=60)).type is WSMsgType.CLOSE
        assert heard.close_code == WSCloseCode.POLICY_VIOLATION


async def test_somebody_from_outside_sees_masked_data_for_a_limited_time(desk, http):
    now = datetime.now(timezone.utc)
    await add(desk, "boss", "supervisor")
    await add(desk, "vendor", "vendor", valid_until=now + timedelta(days=1))
    await waiting_conversation(desk, http, f"转人工，我叫张三，电话{PHONE}")
    async with desk.logged_in("boss") as boss, desk.logged_in("vendor") as vendor:
        number, conversation = await filed(boss, None), await first_waiting(vendor)
        await boss.post(f"/api/cases/{number}/events", kind="pass", data={"unit": f"物业，电话{PHONE}"})
        pages = [
            await vendor.get(f"/api/conversations/{conversation}"),
            await vendor.get(f"/api/conversations/{conversation}/messages"),
            await vendor.get("/api/cases"),
            await vendor.get(f"/api/cases/{number}"),
        ]
        assert {status for status, _ in pages} == {200}
        assert PHONE not in str(pages)
        assert PHONE in str(await boss.get(f"/api/cases/{number}"))
        assert (await vendor.get("/api/cases/export", format="json"))[0] == 403
        over = now - timedelta(seconds=1)
        await desk.ledger.write(lambda tx: tx.people.set("vendor", valid_until=over))
        assert (await vendor.get("/api/cases"))[0] == 401


async def test_past_the_capacity_a_claim_is_a_clear_conflict_also_when_all_come_at_once(desk, http):
    await add(desk, "wang", capacity=2)
    await asyncio.gather(*(waiting_conversation(desk, http) for _ in range(5)))
    async with desk.logged_in("wang") as wang:
        waiting = [one["id"] for one in (await wang.get("/api/queue"))[1]["waiting"]]
        claims = await asyncio.gather(*(wang.post(f"/api/conversations/{one}/claim") for one in waiting))
        assert sorted(status for status, _ in claims) == [200, 200, 409, 409, 409]
        assert {body["code"] for status, body in claims if status == 409} == {"capacity"}
        assert len((await wang.get("/api/mine"))[1]["mine"]) == 2


async def test_who_has_what_another_area_is_told_is_not_said_to_others(desk, http):
    await add(desk, "here", area="幸福社区")
    await add(desk, "there", area="和平社区")
    await waiting_conversation(desk, http)
    async with desk.logged_in("here") as here, desk.logged_in("there") as there:
        conversation = await first_waiting(here)
        path = f"/api/conversations/{conversation}"
        await here.post(f"{path}/claim")
        await here.post(f"{path}/route", area="幸福社区")
        await not_found(there, conversation)


async def test_who_comes_second_to_what_is_open_to_everybody_is_told_who_was_first(desk, http):
    await add(desk, "here", area="幸福社区")
    await add(desk, "there", area="和平社区")
    await waiting_conversation(desk, http, "我不想活了，药都准备好了")
    async with desk.logged_in("here") as here, desk.logged_in("there") as there:
        path = f"/api/conversations/{await first_waiting(there)}"
        await desk.ledger.write(lambda tx: tx.conversations.set(1, area="幸福社区"))
        await here.post(f"{path}/claim")
        status, refusal = await there.post(f"{path}/claim")
        assert (status, refusal["code"], refusal["owner"]) == (409, "already_claimed", "here")


async def test_only_who_said_it_is_told_again_that_it_was_said(desk, http):
    for name in ("wang", "li", "zhao"):
        await add(desk, name)
    await waiting_conversation(desk, http)
    async with desk.logged_in("wang") as wang, desk.logged_in("li") as li, desk.logged_in("zhao") as zhao:
        path = f"/api/conversations/{await first_waiting(wang)}"
        await wang.post(f"{path}/claim")
        for once in ({}, {"promise_until": "2099-01-01"}):
            said = {"text": "您好", "client_id": f"w-{len(once)}", **once}
            first = await wang.post(f"{path}/messages", **said)
            assert first[0] == 201
            await wang.post(f"{path}/transfer", to="li")
            assert await wang.post(f"{path}/messages", **said) == first
            status, refusal = await zhao.post(f"{path}/messages", **said)
            assert (status, refusal["code"]) == (409, "not_owner")
            await li.post(f"{path}/transfer", to="wang")


async def test_a_supervisor_takes_over_with_a_reason(desk, http):
    await add(desk, "wang")
    await add(desk, "boss", "supervisor")
    await waiting_conversation(desk, http)
    async with desk.logged_in("wang") as wang, desk.logged_in("boss") as boss:
        path = f"/api/conversations/{await first_waiting(wang)}"
        await wang.post(f"{path}/claim")
        assert (await wang.post(f"{path}/take-over", reason="我来"))[0] == 403
        assert (await boss.post(f"{path}/take-over"))[0] == 400
        assert await boss.post(f"{path}/take-over", reason="居民要求换人") == (200, {"owner": "boss"})
        status, refusal = await wang.post(f"{path}/messages", text="我还在")
        assert (status, refusal["code"]) == (409, "not_owner")


async def test_the_owner_says_whom_a_conversation_is_for(desk, http):
    await add(desk, "wang")
    await add(desk, "here", area="幸福社区", skills=("law",))
    await add(desk, "there", area="和平社区")
    await waiting_conversation(desk, http)
    async with desk.logged_in("wang") as wang, desk.logged_in("here") as here, desk.logged_in("there") as there:
        path = f"/api/conversations/{await first_waiting(wang)}"
        assert (await there.post(f"{path}/route", area="和平社区"))[0] == 403
        await wang.post(f"{path}/claim")
        assert (await wang.post(f"{path}/route", skills=[1]))[0] == 400
        status, routed = await wang.post(f"{path}/route", area="幸福社区", skills=["法律"])
        assert (status, routed) == (200, {"area": "幸福社区", "skills": ["law"], "sealed": False})
        await wang.post(f"{path}/release")
        assert len((await here.get("/api/queue"))[1]["waiting"]) == 1
        assert (await there.get("/api/queue"))[1]["waiting"] == []


async def test_retention_is_shown_to_those_who_answer_for_it(desk):
    await add(desk, "root", "admin")
    await add(desk, "wang")
    async with desk.logged_in("root") as root, desk.logged_in("wang") as wang:
        status, shown = await root.get("/api/retention")
        assert (status, shown["chat_kept_days"], shown["raw_kept_days"]) == (200, None, 7)
        assert (await wang.get("/api/retention"))[0] == 403


async def test_a_list_of_what_cannot_be_is_empty_and_logged(desk):
    await add(desk, "boss", "supervisor")
    async with desk.logged_in("boss") as boss:
        status, found = await boss.get("/api/cases", area="A" * 3000)
        assert (status, found["cases"]) == (200, [])
    (look,) = await desk.ledger.read(lambda tx: tx.people.audited(5, action="list_cases"))
    assert look["target"] == "A" * 80
