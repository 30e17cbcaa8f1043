"""Fetches what residents sent, keeps it sealed, and has it heard or read where the installation has a program for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.boundary.screen import screen
from bot.channels.message import GIVE_TO_PERSON, SendFailure

from ..domain.clock import Clock
from ..domain.errors import Unavailable
from ..domain.models import Attachment
from ..service import attachments, voice
from ..service.office import Office
from .reading import Program

logger = logging.getLogger(__name__)
SWEEP = 2.0  # seconds between looks for what is due again
AUDIO, PHOTO = "audio/", "image/"


class AttachmentFetcher:
    def __init__(
        self,
        ledger,
        accounts: Callable[[str], object],
        office: Office,
        clock: Clock,
        transcribe: Program,
        read_photos: Program,
    ) -> None:
        self._ledger, self._accounts, self._office, self._clock = ledger, accounts, office, clock
        self._transcribe, self._read_photos = transcribe, read_photos
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self.fetch_due():
                    continue
            except Unavailable:
                logger.warning("ledger away; attachments wait")
            try:
                await asyncio.wait_for(self._wake.wait(), SWEEP)
            except asyncio.TimeoutError:
                continue

    async def fetch_due(self) -> int:
        """Fetches some of what is due; returns how many were taken."""
        due, given_up = await self._ledger.write(attachments.take, self._clock.now())
        await asyncio.gather(*(self._fetch(one) for one in due), *(self._heard(one, "") for one in given_up))
        return len(due) + len(given_up)

    async def _fetch(self, one: Attachment) -> None:
        body = bytearray()
        try:
            account = self._accounts(one.account)
            if account is None:
                raise SendFailure(GIVE_TO_PERSON, 0, "这个渠道账号已停用")
            found = await account.fetch_media(one.media_id, body.extend)
        except SendFailure as failure:
            logger.warning("attachment refused: %s %s", failure.disposition, failure.code)
            if await self._ledger.write(attachments.failed, one, failure, self._clock.now()):
                await self._heard(one, "")
            return
        for part, start in enumerate(range(0, len(body), attachments.PIECE)):
            piece = bytes(body[start : start + attachments.PIECE])
            await self._ledger.write(lambda tx, part=part, piece=piece: tx.attachments.add_part(one, part, piece))
        await self._ledger.write(attachments.stored, one, found, self._clock.now())
        await self._read(one, bytes(body), found.content_type)

    async def _read(self, one: Attachment, body: bytes, content_type: str) -> None:
        if one.kind == "voice":
            hears = self._transcribe and content_type.startswith(AUDIO)
            await self._heard(one, await self._transcribe.read(body, content_type) if hears else "")
        elif self._read_photos and content_type.startswith(PHOTO):
            text = await self._read_photos.read(body, content_type)
            if text:
                await self._ledger.write(attachments.read_out, one, text)

    async def _heard(self, one: Attachment, text: str) -> None:
        if one.kind == "voice" and self._transcribe:
            screened = screen(text) if text else None
            await self._ledger.write(voice.heard, self._office, one, text, screened, self._clock.now())
