"""The caseworker's API: queue, claim, packet, transcript, write, note, give away, resolve."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from bot.boundary.taxonomy import taxonomy

from ..domain.errors import WindowClosed
from ..domain.models import OUTCOMES, User
from ..domain.ownership import held_by
from ..service import call_backs as tasks
from ..service import cases, given_word, ownership, packet, replies
from ..service import queue as queues
from .auth import EVERYONE, STAFF, needs
from .body import flag_field, json_object, number_field, number_in_path, number_in_query, text_field
from .keys import ACCOUNTS, CLOCK, LEDGER, SETTINGS

IN_FLIGHT_WAIT = 10.0  # seconds; longer than any attempt to send lasts (`ATTEMPT` in workers/outbox.py)
LOOK_AGAIN = 0.02


def routes() -> list[web.RouteDef]:
    one = "/api/conversations/{id}"
    return [
        web.get("/api/queue", queue),
        web.get("/api/mine", mine),
        web.get("/api/colleagues", colleagues),
        web.get("/api/taxonomy", show_taxonomy),
        web.get(one, show),
        web.get(f"{one}/messages", transcript),
        web.post(f"{one}/messages", write),
        web.post(f"{one}/notes", note),
        web.post(f"{one}/claim", claim),
        web.post(f"{one}/transfer", transfer),
        web.post(f"{one}/take-over", take_over),
        web.post(f"{one}/release", release),
        web.post(f"{one}/hand-back", hand_back),
        web.post(f"{one}/category", correct_category),
        web.post(f"{one}/resolve", resolve),
    ]


@needs(*EVERYONE)
async def queue(request: web.Request, user: User) -> web.Response:
    """What waits for this user, in serving order, and who asked to be called (numbers masked)."""
    return web.json_response(await request.app[LEDGER].read(queue_of, user))


def queue_of(tx, user: User) -> dict:
    """Each list says how many more there are than it names."""
    waiting, (call_backs, more) = queues.waiting(tx, user), tasks.listed(tx, user, tasks.KIND)
    return {
        "waiting": packet.queue_entries(tx, waiting[: queues.LISTED]),
        "waiting_more": max(0, len(waiting) - queues.LISTED),
        "call_backs": call_backs,
        "call_backs_more": more,
    }


@needs(*STAFF)
async def mine(request: web.Request, user: User) -> web.Response:
    def read(tx) -> list[dict]:
        return packet.queue_entries(tx, tx.conversations.held_by(held_by(user.username)))

    return web.json_response({"mine": await request.app[LEDGER].read(read)})


@needs(*STAFF)
async def colleagues(request: web.Request, user: User) -> web.Response:
    """To whom `conversation` may be given; without it, everybody who serves."""
    names = await request.app[LEDGER].read(ownership.colleagues, user, number_in_query(request, "conversation"))
    return web.json_response({"colleagues": names})


@needs(*EVERYONE)
async def show_taxonomy(request: web.Request, user: User) -> web.Response:
    known = taxonomy()
    categories = [{"code": c.code, "name": c.name, "parent": c.parent} for c in known.categories.values()]
    return web.json_response({"types": list(known.case_types), "categories": categories, "outcomes": OUTCOMES})


@needs(*EVERYONE)
async def show(request: web.Request, user: User) -> web.Response:
    built = await request.app[LEDGER].write(packet.build, user, number_in_path(request), request.app[CLOCK].now())
    return web.json_response(built)


@needs(*EVERYONE)
async def transcript(request: web.Request, user: User) -> web.Response:
    conversation_id, after = number_in_path(request), number_in_query(request, "after")

    found = await request.app[LEDGER].write(packet.transcript, user, conversation_id, after, request.app[CLOCK].now())
    return web.json_response({"messages": found})


@needs(*STAFF)
async def claim(request: web.Request, user: User) -> web.Response:
    app, conversation_id = request.app, number_in_path(request)
    after = await app[LEDGER].write(ownership.claim, app[SETTINGS].office, user, conversation_id, app[CLOCK].now())
    await _nothing_in_flight(app, conversation_id)
    return web.json_response({"owner": after.holder})


async def _nothing_in_flight(app: web.Application, conversation_id: int) -> None:
    """An automatic text that was already on its way must have arrived before the claim is acknowledged."""
    deadline = asyncio.get_running_loop().time() + IN_FLIGHT_WAIT
    while asyncio.get_running_loop().time() < deadline:
        if not await app[LEDGER].read(lambda tx: tx.conversations.sending_now(conversation_id, app[CLOCK].now())):
            return
        await asyncio.sleep(LOOK_AGAIN)


@needs(*STAFF)
async def write(request: web.Request, user: User) -> web.Response:
    """`{"text", "client_id"?, "promise_until"?}`: to the resident; with a day it is also noted as a promise."""
    body = await json_object(request)
    text = text_field(body, "text", replies.TEXT_LIMIT)
    client_id = text_field(body, "client_id", replies.CLIENT_ID_LIMIT, required=False) or None
    app, conversation_id, until = request.app, number_in_path(request), _until(body)
    details = (user, conversation_id, text, client_id)
    reminding = frozenset(name for name, account in app[ACCOUNTS].items() if account.reminds)
    if until:
        closes = app[SETTINGS].office.calendar.closes
        seq = await app[LEDGER].write(given_word.write, *details, until, app[CLOCK].now(), closes, reminding)
    else:
        seq = await app[LEDGER].write(replies.write, *details, app[CLOCK].now(), reminding)
    if isinstance(seq, replies.NoRoom):
        short = f"这段话要分 {seq.needed} 条发，现在只能发 {seq.left} 条，请写短些。"
        raise WindowClosed(short if seq.left else None)
    return web.json_response({"seq": seq}, status=201)


def _until(body: dict) -> str:
    """`promise_until` (a day or a time): what is written is promised by then; empty when it is no promise."""
    return text_field(body, "promise_until", 40, required=False)


@needs(*STAFF)
async def note(request: web.Request, user: User) -> web.Response:
    """`{"text", "promise_until"?}`: for colleagues, never sent."""
    body, app = await json_object(request), request.app
    text, conversation_id, until = text_field(body, "text", replies.TEXT_LIMIT), number_in_path(request), _until(body)
    if until:
        closes = app[SETTINGS].office.calendar.closes
        seq = await app[LEDGER].write(given_word.note, user, conversation_id, text, until, app[CLOCK].now(), closes)
    else:
        seq = await app[LEDGER].write(replies.note, user, conversation_id, text, app[CLOCK].now())
    return web.json_response({"seq": seq}, status=201)


@needs(*STAFF)
async def transfer(request: web.Request, user: User) -> web.Response:
    to = text_field(await json_object(request), "to", 64)
    return await _move(request, ownership.transfer, user, to, request.app[SETTINGS].office)


@needs("supervisor")
async def take_over(request: web.Request, user: User) -> web.Response:
    """A supervisor takes it from whoever has it: `{"reason"}`, which the colleague and the audit log keep."""
    reason = text_field(await json_object(request), "reason", 200)
    return await _move(request, ownership.take_over, user, reason)


@needs(*STAFF)
async def release(request: web.Request, user: User) -> web.Response:
    return await _move(request, ownership.release, user)


@needs(*STAFF)
async def hand_back(request: web.Request, user: User) -> web.Response:
    """person → bot; `{"wrong": true}` notes that no person had been needed. `seen`: as in `resolve`."""
    body = await json_object(request)
    wrong, seen = flag_field(body, "wrong"), number_field(body, "seen")
    return await _move(request, partial(ownership.hand_back, wrong=wrong, seen=seen), user)


@needs(*STAFF)
async def correct_category(request: web.Request, user: User) -> web.Response:
    """`{"category"}`: puts the matter where it belongs, at once; only who holds the conversation may."""
    category = text_field(await json_object(request), "category", 8)
    now = request.app[CLOCK].now()
    await request.app[LEDGER].write(cases.correct_as_owner, user, number_in_path(request), category, now)
    return web.json_response({"category": category})


@needs(*STAFF)
async def resolve(request: web.Request, user: User) -> web.Response:
    """`{"outcome", "category"?, "seen"?}`; `seen` is the last message shown: a later one of the resident's stops the end."""
    body = await json_object(request)
    outcome = text_field(body, "outcome", 24)
    category = text_field(body, "category", 8, required=False) or None
    return await _move(request, partial(ownership.resolve, seen=number_field(body, "seen")), user, outcome, category)


async def _move(request: web.Request, move, user: User, *details) -> web.Response:
    app, conversation_id = request.app, number_in_path(request)
    await app[LEDGER].write(move, user, conversation_id, *details, app[CLOCK].now())
    current = await app[LEDGER].read(lambda tx: tx.conversations.get(conversation_id))
    return web.json_response({"owner": current.holder})
