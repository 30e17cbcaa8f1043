"""One HTTP request of a platform to the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.envelope import Fields


@dataclass(frozen=True, slots=True)
class Callback:
    """One HTTP request to the desk: POST with `query` and `body`; a GET when `body` is empty."""

    query: Mapping[str, str]
    body: bytes
    content_type: str = "text/xml"
    fields: Fields = field(default_factory=dict)
