"""Two desks and two Rasa workers on one PostgreSQL, run as in docs/scaling.md: any may fall, the resident is answered."""

import asyncio
import os
import signal
import sys

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from handoff import settings as settings_module
from handoff.store.engine import make_engine
from handoff.up.launch import child_environment, supervisor_configuration
from tests.support.databases import fresh_database, give_back
from tests.support.desk import free_port
from tests.support.processes import ROOT, answers, children, environment, migrated

from .test_whole_story import ACCOUNT, Story, Stub, add_user, log_in

READY = 200  # seconds at most: two Rasa workers load their models at once
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(420),
    pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="TEST_DATABASE_URL is not set"),
]


class Installation:
    def __init__(self, env: dict, settings, runner, http: ClientSession, stub: Stub) -> None:
        self.env, self.settings, self.http, self.stub = env, settings, http, stub
        self._runner = runner
        self.bases = [f"http://127.0.0.1:{settings.port + number}" for number in range(settings.desks)]
        self.one, self.two = (Story(base, http, stub) for base in self.bases)

    async def ready(self) -> None:
        health = [f"{url}/webhooks/desk/" for url in self.settings.rasa_urls] + [f"{b}/readyz" for b in self.bases]
        await asyncio.gather(*(answers(self.http, url, READY) for url in health))

    def kill(self, part: str, **environment_has: str) -> None:
        """SIGKILL to the one process whose command line has `part` and whose environment has these values."""
        found = [
            pid
            for pid, (command, env) in children(self._runner.pid).items()
            if part in command and environment_has.items() <= env.items()
        ]
        assert len(found) == 1
        os.kill(found[0], signal.SIGKILL)


@pytest.fixture
async def installation(tmp_path):
    database, stub = fresh_database("postgresql", tmp_path), Stub()
    server = TestServer(stub.application())
    await server.start_server()
    fields = "\n".join(f"  {name}: '{value}'" for name, value in ACCOUNT.items())
    (tmp_path / "channels.yml").write_text(f"-{fields[1:]}\n- {{name: web, kind: web}}\n", encoding="utf-8")
    rasas = ",".join(f"http://127.0.0.1:{free_port()}" for _ in range(2))
    given = environment(
        tmp_path, database, two_free_ports(), rasas,
        ACTIONS_URL=f"http://127.0.0.1:{free_port()}", DESKS="2", WECHAT_API_BASE=str(server.make_url("")).rstrip("/"),
    )  # fmt: skip
    settings = settings_module.load(given)
    await migrated(database)
    configuration = tmp_path / "supervisord.conf"
    configuration.write_text(supervisor_configuration(settings), encoding="utf-8")
    runner = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-n", "-s", "-c", str(configuration),
        cwd=ROOT, env={**child_environment(given, settings), "END_WITH": str(os.getpid())},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with ClientSession() as http:
        try:
            running = Installation(given, settings, runner, http, stub)
            await running.ready()
            yield running
        finally:
            runner.send_signal(signal.SIGTERM)
            await asyncio.wait_for(runner.wait(), 60)
            await server.close()
    give_back(database)


def rasa_remembers(env: dict) -> str:
    """Everything in Rasa's tracker store."""
    engine = make_engine(env["DATABASE_URL"])
    with engine.connect() as connection:
        said = "".join(connection.exec_driver_sql("SELECT data FROM events").scalars())
    engine.dispose()
    return said.encode().decode("unicode_escape") if "\\u" in said else said


def two_free_ports() -> int:
    """The first of two neighbouring ports that nobody listens on."""
    import socket

    while True:
        port = free_port()
        with socket.socket() as next_one:
            try:
                next_one.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        return port


async def test_a_resident_is_answered_whichever_process_falls(installation):
    await add_user(installation.env, "wang")
    one, two = installation.one, installation.two
    resident = "o-scale-resident"
    assert "路灯" in await one.says(resident, "幸福小区3号楼的路灯坏了三天了")

    # The other worker knows what the first one was told, and the other desk finds it in the ledger.
    first = installation.settings.rasa_urls[0].rpartition(":")[2]
    installation.kill(f"-p {first} ")
    assert "编号" in await two.says(resident, "对")

    console = await log_in(two, "wang")
    try:
        async with console.live() as live:
            assert "已为您转人工" in await one.says(resident, "转人工")
            while (await live.receive(timeout=20)).json()["type"] != "owner":
                pass
        _, queue = await console.get("/api/queue")
        conversation = queue["waiting"][0]["id"]
        assert (await console.post(f"/api/conversations/{conversation}/claim"))[0] == 200
        words = "您好，我是小王，路灯明天上午去修。"
        assert (await console.post(f"/api/conversations/{conversation}/messages", text=words, client_id="1"))[0] == 201
        assert await installation.stub.delivers(resident, "小王") == words

        installation.kill("handoff serve", DESK_PORT=str(installation.settings.port))
        assert "路灯" in await two.says("o-scale-other", "向阳小区5号楼的路灯坏了三天了")
        assert (await console.post(f"/api/conversations/{conversation}/resolve", outcome="solved"))[0] == 200
        await installation.stub.delivers(resident, "已解决")
    finally:
        await console.close()
    await answers(installation.http, f"{installation.bases[0]}/healthz")
    assert "路灯" in await one.says("o-scale-third", "和平里小区2号楼的路灯坏了三天了，尹长根摔了一跤")

    remembered = rasa_remembers(installation.env)
    assert "和平里小区" in remembered
    assert "尹长根" not in remembered
