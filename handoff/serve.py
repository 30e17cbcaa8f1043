"""Runs the desk alone."""

from __future__ import annotations

import gc
import logging
import os
import sys

import structlog
import uvloop
from aiohttp import web

from bot.channels.message import ConfigError
from bot.lifetime import end_with_parents

from .listening import check_port
from .remarks import remarks
from .settings import Settings, SettingsError
from .web import keys

logger = logging.getLogger(__name__)

LONGEST_STOP = 8.0  # seconds for requests in hand; the runner kills after twelve (handoff/up/launch.py)
# Seconds. The writer's thread gives the interpreter away at every statement; Python's 5 ms until it gets it back from a
# busy event loop would be most of what a message takes.
SWITCH = 0.0005


def serve(settings: Settings) -> int:
    from .app import create_app

    check_port(settings.host, settings.port, "DESK_PORT")
    sys.setswitchinterval(SWITCH)
    uvloop.install()
    set_up_logging(settings.log_level)
    end_with_parents(os.environ)
    try:
        app = create_app(settings)
        app.on_startup.extend((_say_remarks, _keep_for_good))  # after the accounts were read
        web.run_app(
            app,
            host=settings.host,
            port=settings.port,
            access_log=None,  # addresses with tokens and residents' ids in the query stay out of the log
            print=None,
            handle_signals=True,
            shutdown_timeout=LONGEST_STOP,
        )
    except ConfigError as error:
        raise SettingsError(str(error)) from error
    return 0


async def _say_remarks(app: web.Application) -> None:
    for line in remarks(app[keys.SETTINGS], app[keys.CLOCK].now()):
        logger.warning(line)


async def _keep_for_good(app: web.Application) -> None:
    """What the start has made stays for good, so Python need not look through it for garbage again and again: that held
    up every message for some 50 ms each few seconds."""
    gc.collect()
    gc.freeze()


def set_up_logging(level: str) -> None:
    """One JSON line an event. Nobody's words and no personal data are ever passed to a logger."""
    shared = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        foreign_pre_chain=shared,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
