"""Changing the boundary over HTTP: by cells or as a whole, always by two people."""

import re
import shutil
from pathlib import Path

import pytest

from bot.boundary.policy import POLICY_FILE
from tests.support.desk import running_desk

CELL = {"code": "C0101", "kind": "投诉", "to": "hand_off"}


async def put(console, **body):
    url, headers = console._base + "/api/boundary", console._headers
    async with console._session.put(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


def cell(view, code, kind):
    (row,) = [row for row in view["table"]["rows"] if row["code"] == code]
    return row["cells"][kind]


async def people(desk):
    for name, role in (("boss", "supervisor"), ("root", "admin"), ("wang", "caseworker")):
        await desk.add_user(name, role)


def with_own_policy(tmp_path, database):
    policy = Path(shutil.copy(POLICY_FILE, tmp_path / "policy.yml"))
    return running_desk(tmp_path, database, BOUNDARY_FILE=str(policy)), policy


async def test_one_proposes_a_cell_another_approves_and_it_is_in_force(tmp_path, database):
    starting, policy = with_own_policy(tmp_path, database)
    async with starting as (desk, _):
        await people(desk)
        async with desk.logged_in("boss") as boss, desk.logged_in("root") as root, desk.logged_in("wang") as wang:
            _, before = await wang.get("/api/boundary")
            assert cell(before, "C0101", "投诉") == "register"
            assert (await put(wang, changes=[CELL]))[0] == 403
            status, proposed = await put(boss, changes=[CELL], version=before["version"])
            assert status == 202
            (change,) = proposed["pending"]["changes"]
            assert (change["before"], change["after"], change["name"]) == ("register", "hand_off", "物业服务质量")
            number = proposed["pending"]["id"]
            assert (await boss.post(f"/api/boundary/{number}/approve"))[0] == 403
            status, after = await root.post(f"/api/boundary/{number}/approve")
            assert (status, cell(after, "C0101", "投诉"), after["pending"]) == (200, "hand_off", None)
            assert [(one["proposed_by"], one["approved_by"]) for one in after["history"]] == [("boss", "root")]
            assert f"version: {before['version'] + 1}" in policy.read_text(encoding="utf-8")
            assert "事实清楚即可登记派物业并抄送社区" in policy.read_text(encoding="utf-8")
            stale = await put(boss, changes=[{**CELL, "to": "answer"}], version=before["version"])
            assert (stale[0], stale[1]["code"]) == (409, "version_conflict")


async def test_what_is_no_cell_is_refused_by_name(tmp_path, database):
    starting, _ = with_own_policy(tmp_path, database)
    async with starting as (desk, _):
        await people(desk)
        async with desk.logged_in("boss") as boss:
            for wrong in (
                [],
                "all",
                [None],
                [{**CELL, "code": "C0000"}],
                [{**CELL, "to": "decide"}],
                [{"code": "C0101"}],
            ):
                status, refusal = await put(boss, changes=wrong)
                assert (status, refusal["code"]) == (400, "bad_input"), wrong
            assert (await boss.get("/api/boundary"))[1]["pending"] is None


@pytest.mark.parametrize(
    ("wrong", "field", "named"),
    [
        ({"changes": [{**CELL, "code": "C0000"}]}, "code", "C0000"),
        ({"changes": [{**CELL, "kind": "闲聊"}]}, "kind", "闲聊"),
        ({"changes": [{**CELL, "to": "decide"}]}, "to", "decide"),
        ({"changes": [{**CELL, "to": 1}]}, "to", "to"),
        ({"changes": [CELL], "policy": "version: 2\n"}, "changes", "policy"),
        ({"changes": [], "policy": "version: 2\n"}, "changes", "policy"),
        ({}, "policy", "changes"),
        ({"policy": None, "changes": None}, "policy", "changes"),
        ({"policy": ["version: 2"]}, "policy", "policy"),
    ],
)
async def test_what_is_wrong_in_a_proposal_is_named(tmp_path, database, wrong, field, named):
    starting, _ = with_own_policy(tmp_path, database)
    async with starting as (desk, _):
        await people(desk)
        async with desk.logged_in("boss") as boss:
            status, refusal = await put(boss, **wrong)
            assert (status, refusal["code"], refusal["field"]) == (400, "bad_input", field)
            assert named in refusal["message"]
            assert (await boss.get("/api/boundary"))[1]["pending"] is None


@pytest.mark.parametrize("version", [True, "1", "latest", 1.0, [1], {"version": 1}])
async def test_a_version_of_another_kind_is_none(tmp_path, database, version):
    """True and 1.0 are equal to 1, and still not the version that somebody has seen."""
    starting, policy = with_own_policy(tmp_path, database)
    text = re.sub("^version: .*", "version: 1", policy.read_text(encoding="utf-8"), flags=re.MULTILINE)
    policy.write_text(text, encoding="utf-8")
    async with starting as (desk, _):
        await people(desk)
        async with desk.logged_in("boss") as boss:
            for body in ({"changes": [CELL]}, {"policy": text}):
                status, refusal = await put(boss, version=version, **body)
                assert (status, refusal["code"], refusal["field"]) == (400, "bad_input", "version")


async def test_a_file_that_cannot_be_read_is_said_so_and_still_shown(tmp_path, database):
    starting, policy = with_own_policy(tmp_path, database)
    async with starting as (desk, _):
        await people(desk)
        async with desk.logged_in("boss") as boss:
            policy.write_text("version: 2\n", encoding="utf-8")
            status, view = await boss.get("/api/boundary")
            assert (status, view["table"], view["policy"]) == (200, None, "version: 2\n")
            assert "doubt" in view["problem"]
            assert (await put(boss, changes=[CELL]))[0] == 400


async def test_a_broken_file_in_force_is_repaired_by_two_people_with_the_whole_text(tmp_path, database):
    starting, policy = with_own_policy(tmp_path, database)
    async with starting as (desk, _):
        await people(desk)
        async with desk.logged_in("boss") as boss, desk.logged_in("root") as root:
            good = policy.read_text(encoding="utf-8")
            policy.write_text("version: 2\n", encoding="utf-8")
            _, refusal = await put(boss, policy=good, version=2)
            assert refusal["code"] == "version_conflict"  # no such version is there any more
            _, broken = await boss.get("/api/boundary")
            status, proposed = await put(boss, policy=good, version=broken["version"])
            assert status == 202
            status, after = await root.post(f"/api/boundary/{proposed['pending']['id']}/approve")
            assert (status, after["problem"]) == (200, None)
            assert policy.read_text(encoding="utf-8") == good


@pytest.mark.parametrize("version", ["2026-13-45", "9" * 5000, "0x" + "f" * 5000, "!!int ''", "!!bool x", "!!float x"])
async def test_a_version_that_is_none_is_refused(tmp_path, database, version):
    starting, policy = with_own_policy(tmp_path, database)
    async with starting as (desk, _):
        await people(desk)
        async with desk.logged_in("boss") as boss:
            text = re.sub("^version: .*", f"version: {version}", policy.read_text(encoding="utf-8"), flags=re.MULTILINE)
            status, refusal = await put(boss, policy=text)
            assert (status, refusal["code"], refusal["field"]) == (400, "bad_input", "policy")
            policy.write_text(text, encoding="utf-8")
            status, view = await boss.get("/api/boundary")
            assert (status, view["table"]) == (200, None)


@pytest.mark.parametrize("in_the_way", ["policy.yml", "policy.new"])
async def test_what_cannot_be_written_is_not_approved(tmp_path, database, in_the_way):
    starting, policy = with_own_policy(tmp_path, database)
    async with starting as (desk, _):
        await people(desk)
        async with desk.logged_in("boss") as boss, desk.logged_in("root") as root:
            _, proposed = await put(boss, changes=[CELL])
            number = proposed["pending"]["id"]
            kept = policy.rename(tmp_path / "kept.yml")
            (tmp_path / in_the_way).mkdir()  # no file can take its place
            status, refusal = await root.post(f"/api/boundary/{number}/approve")
            assert (status, refusal["code"]) == (409, "not_written")
            (tmp_path / in_the_way).rmdir()
            kept.rename(policy)
            _, view = await root.get("/api/boundary")
            assert (view["pending"]["id"], cell(view, "C0101", "投诉"), view["history"]) == (number, "register", [])
            status, after = await root.post(f"/api/boundary/{number}/approve")
            assert (status, cell(after, "C0101", "投诉")) == (200, "hand_off")
        assert len(await desk.ledger.read(lambda tx: tx.people.audited(10, action="boundary_approve"))) == 1
