"""A process that must not outlive the runner that started it, even when that one is killed.

`python -m bot.lifetime PROGRAM ARGUMENTS…` runs a program that way whose own code comes too late: Rasa imports for many
seconds before anything of ours is asked.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading
from collections.abc import Mapping

# Process ids, comma separated: when one of them is gone, this process ends as if it had been told to.
VARIABLE = "END_WITH"


PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent() -> None:
    """Has the kernel tell this process to end when the one that started it is gone; it holds across `exec`."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


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


if __name__ == "__main__":
    end_with_parent()
    os.execv(sys.argv[1], sys.argv[1:])
