"""The platforms' callbacks. A message is in the ledger before the platform gets its answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from aiohttp import web

from bot.channels.message import Inbound, Received
from bot.channels.registry import KINDS

from ..domain.errors import NotFound, Unavailable, Unfit
from ..service import set_aside
from ..service.intake import Accepted
from ..store.ledger import AGAIN
from ..workers.faults import first_that_can
from .intake import accept
from .keys import ACCOUNTS, CLOCK, LEDGER, LIVE, OUTBOX, PASSIVE, PULLER

# WeChat cuts the connection five seconds after it asked, and asks again; what is not ready by then goes through its API.
PASSIVE_WAIT = 4.2
# Seconds in which a text that rides on another request is written down as said.
WRITTEN_DOWN = 2.0
PATHS = {kind: channel.path for kind, channel in KINDS.items() if channel.path}


def routes() -> list[web.RouteDef]:
    found = []
    for path in PATHS.values():
        pattern = f"/channels/{path}/{{account}}"
        found += [web.get(pattern, verify, allow_head=False), web.post(pattern, receive)]
    return found


def _account(request: web.Request):
    account = request.app[ACCOUNTS].get(request.match_info["account"])
    if account is None or not request.path.startswith(f"/channels/{PATHS.get(account.kind, '?')}/"):
        raise NotFound("没有这个渠道账号。")
    return account


async def verify(request: web.Request) -> web.Response:
    return web.Response(text=_account(request).channel.verify(request.query))


async def receive(request: web.Request) -> web.Response:
    account = _account(request)
    until = asyncio.get_running_loop().time() + PASSIVE_WAIT  # the platform counts from here, however slow the ledger
    raw = await request.read()
    received = account.channel.receive(request.query, raw, request.headers)
    text = None
    if received.notice is not None:
        await _pull(request.app, account, received.notice, until)
    if received.for_another is not None:
        await _pass_on(request.app, account, received.for_another, until)
    try:
        for inbound in received.inbounds:
            text = await _take(request, account, inbound, raw, until) or text
    except Unavailable:
        return web.Response(
            status=Unavailable.status
        )  # without a word: WeChat shows people a fault when it cannot read one
    return _answer(account, received, text)


def _answer(account, received: Received, text: str | None) -> web.Response:
    body, content_type = account.channel.acknowledge(received, text)
    return web.Response(text=body, content_type=content_type, charset="utf-8")


async def _take(request: web.Request, account, inbound: Inbound, raw: bytes, until: float) -> str | None:
    """Stores one message; returns the text that can ride on the acknowledgement, if one is ready in time."""
    app = request.app
    try:
        accepted = await _stored(app, inbound, account.kind, raw, until)
    except Unfit:
        await _set_aside(app, replace(inbound, raw=raw), account.kind)
        return None
    if inbound.conversational and inbound.author == "resident" and not accepted.bot_turn:
        app[PULLER].look_who_serves(account, accepted.conversation_id)
    if not account.channel.limits.passive:
        return None
    if accepted.duplicate:
        # The platform may no longer listen to the first request: what is not said yet goes as a message.
        app[PASSIVE].release(inbound.account, inbound.sender)
        return await _repeated_answer(app, accepted, until)
    if not accepted.bot_turn and not accepted.said:
        return None  # a person reads it: nothing will be ready in these seconds
    return await _ride(request, inbound, accepted, until)


async def _set_aside(app: web.Application, inbound: Inbound, channel: str) -> None:
    write, now = app[LEDGER].write, app[CLOCK].now()
    keeps = [partial(write, *way) for way in set_aside.ways(inbound, channel, now)]
    await first_that_can(inbound.account, *keeps, partial(write, set_aside.tell, inbound.account, now))


async def _stored(app: web.Application, inbound: Inbound, channel: str, raw: bytes, until: float) -> Accepted:
    """Tried again as long as the platform listens: that it comes again after a refusal is documented of none of those that
    push. Raises `Unavailable` then, and `Unfit` at once."""
    limited = True
    while True:
        try:
            return await accept(app, inbound, channel, raw, limited)
        except Unavailable:
            if asyncio.get_running_loop().time() + AGAIN > until:
                raise
            limited = False  # it is counted once
            await asyncio.sleep(AGAIN)


async def _ride(request: web.Request, inbound: Inbound, accepted: Accepted, until: float) -> str | None:
    """The text that is put on this request `until` then. Offered only now: what is put on a request counts as said, so that
    request has to carry it, and the platform has to be there to hear it."""
    passive, sender, loop = request.app[PASSIVE], (inbound.account, inbound.sender), asyncio.get_running_loop()

    def listens() -> bool:
        return loop.time() < until and request.transport is not None and not request.transport.is_closing()

    waiting = passive.offer(*sender, accepted.conversation_id, listens)
    request.app[OUTBOX].wake(accepted.conversation_id)
    try:
        await asyncio.wait([waiting], timeout=until - loop.time())
    finally:
        passive.withdraw(*sender, waiting)
    return waiting.result() if waiting.done() else None


async def _repeated_answer(app: web.Application, accepted: Accepted, until: float) -> str | None:
    """What the first delivery was answered, once that is written down: another desk may be about to."""
    loop = asyncio.get_running_loop()
    until = min(until, loop.time() + WRITTEN_DOWN)
    while True:
        changed = app[LIVE].next_message(accepted.conversation_id)
        text, under_way = await app[LEDGER].read(_given_or_under_way, accepted, app[CLOCK].now())
        if text or not under_way or loop.time() >= until:
            return text
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(changed.wait(), until - loop.time())


def _given_or_under_way(tx, accepted: Accepted, now: datetime) -> tuple[str | None, bool]:
    # Asked in this order: on PostgreSQL what is written down between the two is seen by the second.
    under_way = tx.conversations.sending_now(accepted.conversation_id, now)
    return answer_given(tx, accepted), under_way


def answer_given(tx, accepted: Accepted) -> str | None:
    """A repeated delivery gets the answer that the first one got, as the platform may have lost it: unless that no longer
    fits the conversation, because a person has taken over, say."""
    for message in tx.messages.after(accepted.conversation_id, accepted.seq, 10):
        if message.sender == "resident":
            return None
        if message.data.get("passive") and message.state == "sent":
            sent = tx.outbox.get(message.conversation_id, message.seq)
            return message.data["passive"] if tx.outbox.passes_fence(sent) else None
    return None


async def _pass_on(app: web.Application, heard_by, notice, until: float) -> None:
    """One address may stand for all accounts of a company: the bell is for the one it names, if that is one of ours."""
    for account in app[ACCOUNTS].values():
        if account.channel.hears_through(heard_by.channel, notice):
            await _pull(app, account, notice, until)


async def _pull(app: web.Application, account, notice, until: float) -> None:
    """The bell rang. What is fetched in time is in the ledger before the answer; a longer backlog goes on behind it.

    Nothing is lost by answering: the platform keeps it for three days, and the cursor says how far we are. Raises
    `Unavailable` when the first attempt failed, so that the platform rings again.
    """
    pulling = app[PULLER].begin(account, notice)
    try:
        await asyncio.wait_for(asyncio.shield(pulling), until - asyncio.get_running_loop().time())
    except asyncio.TimeoutError:
        return
