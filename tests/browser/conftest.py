"""A real desk on a free port, a scripted bot behind it, and Chromium in front of it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from handoff import settings as desk_settings
from handoff.app import create_app
from handoff.domain.clock import SystemClock
from handoff.service import accounts
from handoff.store.ledger import Ledger, make_engine
from handoff.store.migrate import migrate
from handoff.store.vault import Vault
from handoff.web import keys
from handoff.web.auth import COOKIE
from tests.support import days
from tests.support.browser import CHROMIUM, LAPTOP, NO_CHROMIUM, PHONE, chromium, somebody
from tests.support.scripted_bot import ScriptedBot, start

__all__ = ["LAPTOP", "PHONE"]  # for the tests beside
OFFICE = {"OFFICE_NAME": "幸福街道居民服务", "OFFICE_PHONE": "12345", "OFFICE_COUNTER": "幸福街道便民服务中心一楼"}
LONGEST_TEST = 400  # seconds
# For tests that only look, or whose residents are their own; what such a test writes must not matter to another.
ON_STAFF, ON_MONTH, ON_LIVED_IN = (pytest.mark.shared_desk(name) for name in ("staff", "month", "lived_in"))
POLICY = Path(__file__).parents[2] / "bot" / "boundary" / "policy.yml"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            # One loop for all: the browser outlives the single test. Outermost, so that it wins over the automatic mark.
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(LONGEST_TEST))
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@dataclass
class Desk:
    """The running desk. `bot` is what answers; `ledger` is where everything is written."""

    app: web.Application
    url: str
    bot: ScriptedBot
    runner: web.AppRunner
    port: int
    morning: dict[str, int] | None = None

    @property
    def ledger(self):
        return self.app[keys.LEDGER]

    async def stop(self) -> None:
        await self.runner.cleanup()

    async def write(self, work, *details):
        """Runs one of the scripts of `tests.support.days` in a transaction at the present moment."""
        return await self.ledger.write(work, *details, SystemClock().now())


@dataclass
class Watched:
    """A page with what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium itself reports every request of a page that a test took off the network.
        if message.type in ("error", "warning") and "ERR_INTERNET_DISCONNECTED" not in message.text:
            self.complaints.append(message.text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def serve(folder: Path, port: int, bot_url: str) -> web.AppRunner:
    policy = folder / "policy.yml"
    if not policy.exists():
        shutil.copy(POLICY, policy)
    env = {
        **OFFICE,
        "VAR_DIR": str(folder),
        "DESK_PORT": str(port),
        "RASA_URL": bot_url,
        "ACTIONS_URL": bot_url,
        "RASA_TOKEN": "scripted",
        "BOUNDARY_FILE": str(policy),
        "RATE_PER_SENDER": "0",
        "RATE_PER_ADDRESS": "0",
        # A shared desk may be open for longer than a conversation is left with somebody who does not answer.
        "SILENT_MINUTES": "1440",
        "OFFLINE_MINUTES": "1440",
    }
    # Where a test writes no accounts, the simulator is there, whatever this checkout has.
    settings = replace(desk_settings.load(env), channels_file=folder / "channels.yml")
    runner = web.AppRunner(create_app(settings), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Callable[[str], Path]:
    """A desk's folder as it is before a test: `staff` has the log-ins, `month` also thirty days of work. Made once."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp(name)
            if name != "staff":
                shutil.copytree(folder("staff"), made[name], dirs_exist_ok=True)
            fill(made[name], name)
        return made[name]

    return folder


def fill(folder: Path, name: str) -> None:
    settings = desk_settings.load({**OFFICE, "VAR_DIR": str(folder)})
    engine = make_engine(settings.database_url)
    migrate(engine)
    engine.dispose()
    ledger = Ledger(settings.database_url, Vault(settings.secret_key))
    now = SystemClock().now()
    if name == "staff":
        ledger.write_now(days.staff, now)
    else:
        ledger.write_now(days.month, settings.office, now)
    ledger.close()


@asynccontextmanager
async def running(folder: Path, before: Path) -> AsyncIterator[Desk]:
    """A desk of its own in `folder`, with what lies in `before` behind it."""
    shutil.copytree(before, folder, dirs_exist_ok=True)
    bot, port = ScriptedBot(), free_port()
    server = await start(bot)
    runner = await serve(folder, port, str(server.make_url("/")).rstrip("/"))
    desk = Desk(runner.app, f"http://127.0.0.1:{port}", bot, runner, port)
    yield desk
    await desk.stop()
    await server.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def shared(prepared, tmp_path_factory) -> AsyncIterator[Callable]:
    """The desks that several tests look at, each started when it is first asked for."""
    found: dict[str, Desk] = {}
    async with AsyncExitStack() as open_desks:

        async def desk(name: str) -> Desk:
            if name not in found:
                before = prepared("staff" if name == "staff" else "month")
                folder = tmp_path_factory.mktemp(f"shared-{name}")
                found[name] = await open_desks.enter_async_context(running(folder, before))
            return found[name]

        yield desk


@pytest_asyncio.fixture(loop_scope="session")
async def desk(request, tmp_path: Path, prepared, shared) -> AsyncIterator[Desk]:
    if mark := request.node.get_closest_marker("shared_desk"):
        yield await shared(*mark.args)
        return
    before = "month" if {"month", "lived_in"} & set(request.fixturenames) else "staff"
    async with running(tmp_path, prepared(before)) as own:
        yield own


@pytest.fixture
def month(desk: Desk) -> None:
    """Thirty days of work lie behind this desk."""


@pytest_asyncio.fixture(loop_scope="session")
async def morning(desk: Desk) -> dict[str, int]:
    """Four conversations: one that 王芳 holds, three that wait; the last is about life and safety."""

    def begin(tx, now):
        office = desk.app[keys.SETTINGS].office
        return dict(zip(("held", "angry", "asks", "danger"), days.this_morning(tx, office, now), strict=True))

    desk.morning = desk.morning or await desk.write(begin)
    return desk.morning


@pytest.fixture
def lived_in(month, morning) -> dict[str, int]:
    """A month of work, and this morning's conversations."""
    return morning


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="session")
async def contexts(browser: Browser) -> AsyncIterator:
    """Makes a browser of its own for each person: `await contexts(PHONE)`."""
    made: list[BrowserContext] = []

    async def make(viewport: dict[str, int]) -> BrowserContext:
        made.append(await somebody(browser, viewport))
        return made[-1]

    yield make
    for context in made:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(desk: Desk, contexts) -> AsyncIterator:
    """Opens a page of the desk: `await visit("/chat", PHONE)`. At the end no page may have complained."""
    opened: list[Watched] = []

    async def go(path: str, viewport: dict[str, int], user: str | None = None, context=None) -> Page:
        context = context or await contexts(viewport)
        if user:
            await context.add_cookies([await session_of(desk, user)])
        page = await context.new_page()
        opened.append(Watched(page))
        await page.goto(f"{desk.url}{path}")
        if user:
            await expect(page.locator("#user")).to_have_text(user)
        return page

    yield go
    assert [text for watched in opened for text in watched.complaints] == []


async def session_of(desk: Desk, user: str) -> dict[str, str]:
    """The cookie of somebody who has logged in; the form itself is used where the log-in is what is tested."""

    def begin(tx, now):
        return accounts.start_session(tx, tx.people.get(user), now)

    return {"name": COOKIE, "value": (await desk.write(begin)).token, "url": desk.url}


async def log_in(page: Page, user: str) -> None:
    await page.fill("[name=username]", user)
    await page.fill("[name=password]", days.PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.locator("#user")).to_have_text(user)


async def say(page: Page, text: str) -> None:
    """What a resident does on /chat: type and press Enter."""
    await page.fill("#words", text)
    await page.press("#words", "Enter")


async def no_sideways_scroll(page: Page) -> None:
    await page.wait_for_load_state()  # its words are there before its style
    wide = "[document.documentElement, document.body].some(n => n.scrollWidth > innerWidth)"
    assert not await page.evaluate(wide), f"{page.url} scrolls sideways"


async def targets_are_large(scope: Locator) -> None:
    """Every control that can be seen is at least 44 × 44, or has that much of its own around it to be hit."""
    await scope.page.wait_for_load_state()
    small = await scope.evaluate(
        """root => [...root.querySelectorAll('button, select, input:not([type=checkbox]), textarea, a[href]')]
            .filter(n => n.checkVisibility() && !n.closest('.skip, p, .chip, dd.small'))
            .map(n => [n.textContent || n.name, n.getBoundingClientRect()])
            .filter(([, box]) => box.width > 0 && (box.width < 43.5 || box.height < 43.5))
            .map(([name, box]) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`)"""
    )
    assert small == []
