"""Puts the desk together: ledger, channels, workers, web."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial

from aiohttp import ClientSession, ClientTimeout, web

from bot.channels.registry import load_accounts

from . import settings as settings_module
from .domain.clock import Clock, SystemClock
from .service import recovery
from .settings import Settings
from .store.ledger import Ledger
from .store.vault import Vault
from .web import (
    attachments_api,
    audit_api,
    auth,
    boundary_api,
    callbacks,
    cases_api,
    chat_api,
    console_api,
    health,
    keys,
    live_api,
    middleware,
    openapi,
    pages,
    promises_api,
    report_page,
    routing_api,
    simulator,
    stats_api,
    tasks_api,
)
from .web.intake import accept
from .web.limits import Limits
from .web.live import Live
from .workers.attachments import AttachmentFetcher
from .workers.channels import Account, LedgerTokenStore
from .workers.housekeeping import Housekeeping
from .workers.outbox import OutboxSender, PassiveReplies
from .workers.overhearing import Overhearing
from .workers.pager import ConsolePager, Pager, PagerWorker, WebhookPager
from .workers.pulling import Puller
from .workers.rasa import Rasa
from .workers.reading import Program
from .workers.turns import TurnRunner

LARGEST_BODY = 1024 * 1024
OTHERS_GRACE = timedelta(seconds=2)  # what another desk wrote is sent from here only after this


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> web.Application:
    settings = settings or settings_module.load()
    clock = clock or SystemClock()
    app = web.Application(
        client_max_size=LARGEST_BODY,
        middlewares=[health.count, middleware.errors, middleware.limit_addresses],
        handler_args={"auto_decompress": False},  # packed bodies are refused, not opened: web/middleware.py
    )
    app[keys.SETTINGS], app[keys.CLOCK], app[keys.LIVE] = settings, clock, Live()
    app[keys.LIMITS] = Limits(settings.rate_per_sender, settings.rate_per_address, clock)
    app[keys.PASSIVE] = PassiveReplies()
    app[keys.SIMULATED] = not settings.channels_file.exists()
    app.on_response_prepare.append(middleware.add_headers)
    app.on_shutdown.append(_let_go)
    app.cleanup_ctx.append(_resources)
    for module in (
        attachments_api, audit_api, auth, boundary_api, callbacks, cases_api, chat_api, console_api, health, live_api,
        openapi, pages, promises_api, report_page, routing_api, stats_api, tasks_api,
    ):  # fmt: skip
        _add(app, module.routes())
    if app[keys.SIMULATED]:
        _add(app, simulator.routes())
        simulator.set_up(app)
    pages.set_up(app)
    return app


def _add(app: web.Application, routes: list[web.AbstractRouteDef]) -> None:
    for route in routes:
        route.kwargs["expect_handler"] = middleware.expect
    app.add_routes(routes)


async def _resources(app: web.Application) -> AsyncIterator[None]:
    settings, clock = app[keys.SETTINGS], app[keys.CLOCK]
    ledger = Ledger(settings.database_url, Vault(settings.secret_key), lambda events: _hear(app, events))
    app[keys.LEDGER] = ledger
    await _join(app, ledger)
    async with ClientSession(timeout=ClientTimeout(total=15)) as session:
        app[keys.RASA] = Rasa(session, settings.rasa_urls, settings.rasa_token)
        app[keys.ACCOUNTS] = _accounts(app, session)
        app[keys.TURNS] = turns = TurnRunner(ledger, app[keys.RASA], settings.office, clock)
        app[keys.OVERHEARING] = overhearing = Overhearing(ledger, app[keys.RASA], settings.office, clock)
        app[keys.OUTBOX] = outbox = OutboxSender(
            ledger,
            app[keys.ACCOUNTS].get,
            app[keys.PASSIVE],
            clock,
            _reminding(app[keys.ACCOUNTS]),
            OTHERS_GRACE if ledger.shared else timedelta(0),
        )
        app[keys.ATTACHMENTS] = fetcher = _fetcher(app)
        app[keys.PULLER] = puller = Puller(ledger, app[keys.ACCOUNTS], partial(accept, app), clock)
        app[keys.PAGER] = paging = PagerWorker(ledger, _pager(app, session), clock)
        kept = (settings.raw_kept, settings.media_kept, settings.chat_kept)
        housekeeping = Housekeeping(ledger, settings.office, *kept, clock)
        works = (turns.sweep, outbox.run, fetcher.run, puller.run, paging.run, housekeeping.run)
        running = [_forever(work) for work in works]
        yield
        await _end(running)
        await puller.stop()
        await turns.stop()
        await overhearing.stop()
        await outbox.stop()
    await asyncio.to_thread(ledger.close)


async def _let_go(app: web.Application) -> None:
    """Ends the requests that only wait for news, so that a stop takes no longer than the work in hand."""
    app[keys.LIVE].close()


async def _join(app: web.Application, ledger: Ledger) -> None:
    """Begins to hear the other desks; with none there, what the last desk left under way is free at once."""
    loop = asyncio.get_running_loop()
    hear = partial(loop.call_soon_threadsafe, _hear_others, app)
    await asyncio.to_thread(ledger.join, hear, recovery.free_all, app[keys.CLOCK].now())


async def _end(running: list[asyncio.Task]) -> None:
    """Before Python 3.12 `wait_for` may swallow a cancellation that comes together with its result: then say it again."""
    while running:
        for task in running:
            task.cancel()
        running = list((await asyncio.wait(running, timeout=1))[1])


def _reminding(accounts: dict[str, Account]) -> frozenset[str]:
    return frozenset(name for name, account in accounts.items() if account.reminds)


def _fetcher(app: web.Application) -> AttachmentFetcher:
    settings = app[keys.SETTINGS]
    programs = (Program(settings.transcribe), Program(settings.read_photos))
    return AttachmentFetcher(app[keys.LEDGER], app[keys.ACCOUNTS].get, settings.office, app[keys.CLOCK], *programs)


def _forever(work: Callable) -> asyncio.Task:
    """A worker that ends has failed; the loop's handler logs it, and it is begun again."""
    task = asyncio.create_task(_restarting(work), name=work.__qualname__)
    return task


async def _restarting(work: Callable) -> None:
    while True:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a worker must not stay down because of one bad row
            asyncio.get_running_loop().call_exception_handler({"message": f"{work.__qualname__}", "exception": error})
            await asyncio.sleep(1)


def _pager(app: web.Application, session: ClientSession) -> Pager:
    url = app[keys.SETTINGS].pager_url
    return WebhookPager(session, url) if url else ConsolePager(app[keys.LEDGER], app[keys.CLOCK])


def _accounts(app: web.Application, session: ClientSession) -> dict[str, Account]:
    settings = app[keys.SETTINGS]
    store = LedgerTokenStore(app[keys.LEDGER], app[keys.CLOCK])
    if app[keys.SIMULATED]:
        channels = simulator.accounts(settings, app[keys.CLOCK])
    else:
        # The addresses of the platforms are settings like any other, checked there.
        bases = {"WECHAT_API_BASE": settings.wechat_api_base, "WECOM_API_BASE": settings.wecom_api_base}
        channels = load_accounts(settings.channels_file, {**os.environ, **bases}, app[keys.CLOCK].now).values()
    return {channel.name: Account(channel, session, store) for channel in channels}


def _hear(app: web.Application, events: list) -> None:
    """After a commit: wakes whoever has work now."""
    app[keys.LIVE].publish(events)
    for event in events:
        if event.type == "outbox":
            app[keys.OUTBOX].wake(event.conversation)
        elif event.type == "turn" and event.conversation is not None:
            app[keys.TURNS].wake(event.conversation)
        elif event.type == "overhear":
            app[keys.OVERHEARING].wake(event.conversation, event.seq)
        elif event.type == "attachment":
            app[keys.ATTACHMENTS].wake()
        elif event.type == "page":
            app[keys.PAGER].wake()


def _hear_others(app: web.Application, events: list | None) -> None:
    """After a commit of another desk: who watches here is told, and who waits here for what will not come. The work is
    that desk's, unless it dies."""
    if events is None:
        app[keys.LIVE].missed()
        app[keys.PASSIVE].release_all()
        return
    app[keys.LIVE].publish(events)
    for event in events:
        if event.type in ("repeated", "owner"):
            app[keys.PASSIVE].release_conversation(event.conversation)
