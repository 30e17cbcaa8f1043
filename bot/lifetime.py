"""A process that must not outlive the runner that started it, even when that one is killed."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Mapping

# Process ids, comma separated: when one of them is gone, this process ends as if it had been told to.
VARIABLE = "END_WITH"


def end_with_parents(env: Mapping[str, str]) -> None:
    """Watches the processes named in END_WITH; does nothing when it is not set."""
    for pid in filter(None, env.get(VARIABLE, "").split(",")):
        threading.Thread(target=_watch, args=(int(pid),), name=f"end-with-{pid}", daemon=True).start()


def _watch(pid: int) -> None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        os.kill(os.getpid(), signal.SIGTERM)
        return
    with os.fdopen(handle) as file:
        poll = select.poll()
        poll.register(file, select.POLLIN)
        poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)
