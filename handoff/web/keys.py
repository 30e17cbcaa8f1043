"""What the application holds, by typed key."""

from __future__ import annotations

from aiohttp import web

from ..domain.clock import Clock
from ..settings import Settings
from ..workers.attachments import AttachmentFetcher
from ..workers.channels import Account
from ..workers.outbox import OutboxSender, PassiveReplies
from ..workers.overhearing import Overhearing
from ..workers.pager import PagerWorker
from ..workers.pulling import Puller
from ..workers.rasa import Rasa
from ..workers.turns import TurnRunner
from .limits import Limits
from .live import Live

SETTINGS = web.AppKey("settings", Settings)
CLOCK = web.AppKey("clock", Clock)
LEDGER = web.AppKey("ledger", object)
LIVE = web.AppKey("live", Live)
RASA = web.AppKey("rasa", Rasa)
TURNS = web.AppKey("turns", TurnRunner)
OVERHEARING = web.AppKey("overhearing", Overhearing)
OUTBOX = web.AppKey("outbox", OutboxSender)
ATTACHMENTS = web.AppKey("attachments", AttachmentFetcher)
PULLER = web.AppKey("puller", Puller)
PAGER = web.AppKey("pager", PagerWorker)
PASSIVE = web.AppKey("passive", PassiveReplies)
ACCOUNTS = web.AppKey("accounts", dict[str, Account])
LIMITS = web.AppKey("limits", Limits)
SIMULATED = web.AppKey("simulated", bool)
# Of a request: more has come from its address than is allowed.
CROWDED = web.RequestKey("crowded", bool)
