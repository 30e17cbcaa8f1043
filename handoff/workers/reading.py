"""An installation's own program for voice or photos: the bytes on its standard input, the text on its standard output.

It is given nothing else but the media type (CONTENT_TYPE), and no file is written. What it says is a machine's guess.
"""

from __future__ import annotations

import asyncio
import logging
import os
from asyncio.subprocess import DEVNULL, PIPE

logger = logging.getLogger(__name__)
LONGEST = 60.0  # seconds
TEXT_LIMIT = 2000  # characters that are kept of what it says
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH")  # no tokens, no database address


class Program:
    """`command` is the program and its arguments; no shell stands between."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command

    def __bool__(self) -> bool:
        return bool(self._command)

    async def read(self, data: bytes, content_type: str) -> str:
        """What the program says, "" when it fails, is too slow or says nothing. Raises nothing of its own."""
        env = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"CONTENT_TYPE": content_type}
        try:
            running = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=env
            )
        except OSError:
            logger.error("program %s cannot be started", self._command[0])
            return ""
        try:
            said, _ = await asyncio.wait_for(running.communicate(data), LONGEST)
        except (asyncio.TimeoutError, asyncio.CancelledError) as over:
            running.kill()
            await running.wait()
            if isinstance(over, asyncio.CancelledError):
                raise
            logger.warning("program %s took too long", self._command[0])
            return ""
        if running.returncode:
            logger.warning("program %s failed: %s", self._command[0], running.returncode)
            return ""
        return said.decode("utf-8", "replace").replace("\x00", "").strip()[:TEXT_LIMIT]
