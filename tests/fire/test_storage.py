"""The database goes away or the disk is full: refused so that the platform comes again, and nothing half-written."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from tests.support.desk import free_port
from tests.support.processes import running
from tests.support.town import HALF_WRITTEN, rows, until, until_all_is_done

from .conftest import Fire
from .deliveries import everything_was_delivered_in_order

WRITERS, EACH = 20, 15
SMALL = "128m"  # an empty cluster takes about half of it


async def everybody_writes(fire, desk, meanwhile) -> None:
    """Residents write while `meanwhile` happens; every message is delivered until it is taken."""

    async def writes(sender: str) -> None:
        for number in range(EACH):
            await fire.town.says([desk.base], "mini", sender, f"第{number}件：路灯坏了")

    await asyncio.gather(*(writes(f"o-{n}") for n in range(WRITERS)), meanwhile)


def nothing_was_lost_or_halved(fire) -> None:
    assert fire.town.stored(fire.engine) == fire.town.said
    assert fire.town.taken == WRITERS * EACH
    assert rows(fire.engine, HALF_WRITTEN) == []
    everything_was_delivered_in_order(fire)


# -- PostgreSQL restarts


def postgres_tool(name: str) -> str | None:
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(beside[-1]) if beside else shutil.which(name)


class Cluster:
    """A PostgreSQL of this test's own, which it may stop as it likes. The server refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    @property
    def url(self) -> str:
        return f"postgresql://desk@127.0.0.1:{self.port}/postgres"

    @property
    def runs(self) -> bool:
        return (self.folder / "data" / "postmaster.pid").exists()

    def create(self) -> None:
        if self._as:
            shutil.chown(self.folder, "postgres")
        self._run(postgres_tool("initdb"), "-D", str(self.folder / "data"), "-U", "desk", "-A", "trust", "-E", "UTF8")
        self.control("start")

    def control(self, what: str, *more: str) -> None:
        options = ["-o", f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"]
        log = ["-l", str(self.folder / "log")]
        self._run(postgres_tool("pg_ctl"), what, "-w", "-D", str(self.folder / "data"), *log, *options, *more)

    def _run(self, *command: str) -> None:
        subprocess.run([*self._as, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


class SmallDisk:
    """A filesystem of its own, which can be filled to the last byte and given room again."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def make_room(self) -> None:
        self._ballast.unlink()


@pytest.fixture
def home():
    """Where the cluster lies; not under pytest's folder, which the server's user may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="desk-cluster-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def disk(home):
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(home)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small filesystem cannot be mounted here: it takes root, and a container may forbid it")
    yield SmallDisk(home)
    # Lazily: a server that has said goodbye may still stand in its folder for a moment.
    subprocess.run(["umount", "--lazy", str(home)], check=True)


@pytest.fixture
def cluster(home, request):
    """On the small disk where a test asks for one."""
    if not (postgres_tool("initdb") and postgres_tool("pg_ctl")):
        pytest.skip("no PostgreSQL server programs on this machine")
    if "disk" in request.fixturenames:
        request.getfixturevalue("disk")
    cluster = Cluster(home)
    cluster.create()
    yield cluster
    cluster.control("stop", "-m", "immediate")


@pytest.fixture
def database(request):
    """The private cluster where a test asks for it, else SQLite on the small disk."""
    if "cluster" in request.fixturenames:
        return request.getfixturevalue("cluster").url
    request.getfixturevalue("disk")
    return f"sqlite:///{request.getfixturevalue('home') / 'desk.sqlite3'}"


async def test_a_database_that_crashes_and_returns_loses_nothing(cluster, fire: Fire, http):
    desk = fire.desk()

    async def restarts() -> None:
        for part in (1, 2):
            await until(lambda part=part: fire.town.taken >= WRITERS * EACH * part // 3)
            await asyncio.to_thread(cluster.control, "stop", "-m", "immediate")
            refused = len(fire.town.statuses)
            await until(lambda refused=refused: len(fire.town.statuses) >= refused + WRITERS)  # everybody meets it
            await asyncio.to_thread(cluster.control, "start")

    async with running(http, fire.bot, desk):
        await everybody_writes(fire, desk, restarts())
        await until_all_is_done(fire.engine)
        assert "Traceback" not in desk.log()
    assert set(fire.town.statuses) == {200, 503}
    nothing_was_lost_or_halved(fire)


# -- the disk is full


async def test_a_full_disk_refuses_and_takes_messages_again_when_there_is_room(disk, fire: Fire, http):
    desk = fire.desk()

    async def fills_up() -> None:
        await until(lambda: fire.town.taken >= WRITERS * EACH // 3)
        await asyncio.to_thread(disk.fill)
        await until(lambda: fire.town.statuses.count(503) >= WRITERS)
        disk.make_room()

    async with running(http, fire.bot, desk):
        await everybody_writes(fire, desk, fills_up())
        await until_all_is_done(fire.engine)
    assert set(fire.town.statuses) == {200, 503}
    nothing_was_lost_or_halved(fire)


@pytest.mark.parametrize("log_too", [False, True], ids=["no room for rows", "nor for the log"])
async def test_a_full_disk_under_postgresql_refuses_and_takes_messages_again(disk, cluster, fire: Fire, http, log_too):
    desk = fire.desk()

    async def fills_up() -> None:
        await until(lambda: fire.town.taken >= WRITERS * EACH // 3)
        await asyncio.to_thread(disk.fill)
        await until(lambda: fire.town.statuses.count(503) >= WRITERS)
        if log_too:  # what was laid out of it beforehand is used up: the server falls, and cannot stand up again
            while cluster.runs:
                with suppress(DBAPIError):
                    await asyncio.to_thread(rows, fire.engine, "SELECT pg_switch_wal()")
            refused = len(fire.town.statuses)
            await until(lambda: len(fire.town.statuses) >= refused + WRITERS)
        disk.make_room()
        if log_too:
            await asyncio.to_thread(cluster.control, "start")

    async with running(http, fire.bot, desk):
        await everybody_writes(fire, desk, fills_up())
        await until_all_is_done(fire.engine)
        assert "Traceback" not in desk.log()
    assert set(fire.town.statuses) == {200, 503}
    nothing_was_lost_or_halved(fire)
