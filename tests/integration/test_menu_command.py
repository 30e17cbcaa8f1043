"""`python -m handoff menu create`: a real process, a stub in the platform's place."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
import yaml
from aiohttp.test_utils import TestServer

from bot.channels import menu
from handoff.service.turns import MENU_KEYS
from tests.contract.conftest import ACCOUNTS
from tests.contract.stub import Stub

ROOT = Path(__file__).resolve().parents[2]
CREATE = "/cgi-bin/menu/create"


@pytest.fixture
async def platform():
    stub = Stub()
    async with TestServer(stub.app()) as server:
        stub.url = str(server.make_url("")).rstrip("/")
        yield stub


async def run(folder: Path, platform: Stub, *arguments: str) -> tuple[int, str]:
    entries = [{"name": "oa", "kind": "wechat", **ACCOUNTS["wechat"]}, {"name": "web", "kind": "web"}]
    (folder / "channels.yml").write_text(yaml.safe_dump(entries), "utf-8")
    env = {**os.environ, "VAR_DIR": str(folder), "CHANNELS_FILE": str(folder / "channels.yml")}
    env |= {"WECHAT_API_BASE": platform.url, "DATABASE_URL": f"sqlite:///{folder}/desk.sqlite3"}
    command = [sys.executable, "-m", "handoff", "menu", "create", *arguments]
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
    running = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=env, **pipes)
    said, _ = await running.communicate()
    return running.returncode, said.decode()


async def test_the_built_in_menu_is_published_and_every_key_of_it_is_understood(tmp_path, platform):
    code, said = await run(tmp_path, platform, "oa")
    assert (code, platform.calls(CREATE)[0].body) == (0, menu.DEFAULT), said
    entries = [leaf for top in menu.DEFAULT["button"] for leaf in top.get("sub_button", [top])]
    assert {entry["key"] for entry in entries} == set(MENU_KEYS)


async def test_a_menu_of_ones_own_is_checked_before_the_platform_is_asked(tmp_path, platform):
    own = tmp_path / "menu.yml"
    own.write_text(yaml.safe_dump({"button": [{"type": "click", "name": "名字太长的一个按钮", "key": "A"}]}), "utf-8")
    code, said = await run(tmp_path, platform, "oa", "--file", str(own))
    assert code == 2 and "16 字节" in said and platform.heard == []


@pytest.mark.parametrize(("name", "why"), [("web", "没有自定义菜单"), ("none", "没有账号 none")])
async def test_an_account_without_a_menu_is_named_in_one_line(tmp_path, platform, name: str, why: str):
    code, said = await run(tmp_path, platform, name)
    assert code == 2 and why in said and said.count("\n") == 1


async def test_what_the_platform_refuses_is_said_with_its_code(tmp_path, platform):
    platform.script(CREATE, 48001)
    code, said = await run(tmp_path, platform, "oa")
    assert code == 2 and "48001" in said and "权限" in said
