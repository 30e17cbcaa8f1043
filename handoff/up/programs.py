"""Which processes an installation has: one desk and one Rasa, or, on PostgreSQL, as many as the settings say."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from ..settings import Settings

# Where Rasa keeps its memory of the dialogues: in itself, or for all workers in the same PostgreSQL.
ENDPOINTS, SHARED_ENDPOINTS = "endpoints.yml", "endpoints.scale.yml"
TRACKER_URL = "RASA_TRACKER_URL"


@dataclass(frozen=True)
class Program:
    name: str
    command: str
    environment: dict[str, str] = field(default_factory=dict)


def programs(settings: Settings) -> list[Program]:
    python, quiet = shlex.quote(sys.executable), {"LOG_LEVEL": _level_without_words(settings)}
    found = [Program("actions", f"{python} -m actions", quiet)]
    endpoints = SHARED_ENDPOINTS if settings.shared else ENDPOINTS
    for number, url in enumerate(settings.rasa_urls, 1):
        command = (
            f"{python} -m bot.lifetime {python} -m rasa run -i 127.0.0.1 -p {urlsplit(url).port or 80} --model models/residents.tar.gz "
            f"--endpoints {endpoints} --credentials credentials.yml"
        )
        found.append(Program(_numbered("rasa", number), command, quiet))
    for number in range(1, settings.desks + 1):
        port = {"DESK_PORT": str(settings.port + number - 1)}
        found.append(Program(_numbered("desk", number), f"{python} -m handoff serve", port))
    return found


def addresses(settings: Settings) -> list[tuple[str, int, str]]:
    """(host, port, the setting it comes from) of everything that will listen."""
    desks = [(settings.host, settings.port + number, "DESK_PORT") for number in range(settings.desks)]
    inner = [(url, "RASA_URL") for url in settings.rasa_urls] + [(settings.actions_url, "ACTIONS_URL")]
    return desks + [(urlsplit(url).hostname or "127.0.0.1", urlsplit(url).port or 80, name) for url, name in inner]


def tracker_environment(settings: Settings) -> dict[str, str]:
    """What `endpoints.scale.yml` and Rasa's tracker store ask for."""
    if not settings.shared:
        return {}
    url = make_url(settings.database_url).set(drivername="postgresql")
    # Rasa would keep up to 150 connections a worker; it works one turn at a time.
    pool = {"POSTGRESQL_POOL_SIZE": "4", "POSTGRESQL_MAX_OVERFLOW": "4"}
    return {TRACKER_URL: url.render_as_string(hide_password=False), **pool}


def _level_without_words(settings: Settings) -> str:
    """For Rasa and its actions, which at DEBUG log every text and slot of a resident."""
    return "INFO" if settings.log_level == "DEBUG" else settings.log_level


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
