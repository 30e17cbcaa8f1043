"""A resident's photo, voice or file, for the person who handles the matter."""

from __future__ import annotations

from aiohttp import web

from ..domain.errors import NotFound
from ..domain.models import Attachment, User
from ..service import access
from .auth import STAFF, needs
from .body import number_in_path
from .keys import CLOCK, LEDGER

# What a browser shows in the page; the rest is saved. Nothing in it may run, whatever it claims to be.
SHOWN = ("image/jpeg", "image/png", "image/gif", "audio/mpeg", "video/mp4")
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def routes() -> list[web.RouteDef]:
    return [web.get("/api/conversations/{id}/messages/{seq}/attachment", attachment)]


@needs(*STAFF)
async def attachment(request: web.Request, user: User) -> web.StreamResponse:
    """The attachment of one message, opened piece by piece; that it was looked at is in the audit log."""
    ledger = request.app[LEDGER]
    one = await ledger.write(
        _find, user, number_in_path(request), number_in_path(request, "seq"), request.app[CLOCK].now()
    )
    inline = "inline" if one.content_type in SHOWN else "attachment"
    name = f"{one.conversation_id}-{one.seq}.{(one.content_type or '').rpartition('/')[2]}"
    response = web.StreamResponse(headers={**HEADERS, "Content-Disposition": f'{inline}; filename="{name}"'})
    response.content_type, response.content_length = one.content_type, one.size
    await response.prepare(request)
    part = 0
    while body := await ledger.read(lambda tx, part=part: tx.attachments.part(one, part)):
        await response.write(body)
        part += 1
    await response.write_eof()
    return response


def _find(tx, user: User, conversation_id: int, seq: int, now) -> Attachment:
    access.visible(tx, user, conversation_id)
    one = tx.attachments.get(conversation_id, seq)
    if one is None or one.state != "stored":
        raise NotFound("没有附件，或已过保存期。")
    tx.people.audit(now, user.username, "view_attachment", f"{conversation_id}/{seq}")
    return one
