"""A process that the service begins: it ends when the service does or says so, and is begun again when it dies."""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from wegwijs.logs import logger

log = logger(__name__)

SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
"""One that lived for so long was fine: its end brings the shortest pause again."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class NeverReady(Exception):
    """A child ended before it was ready for the first time; what it said stands in the log."""


def end_with(parent: int) -> None:
    """In the new process: be killed when `parent`, the id of the service's, ends; a Ctrl-C is for that one alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the service has gone")
    signal.signal(signal.SIGINT, signal.SIG_IGN)


async def end(child: Process, *, seconds: float) -> None:
    """Ask, and force after so many seconds. SIGKILL also ends a stopped or hanging child."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.send_signal(sign)
            with suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), seconds)


async def keep_alive(name: str, live: Callable[[], Awaitable[None]]) -> None:
    """Let a child live again whenever `live`, its whole life, is over; with pauses that grow while it lives shortly.

    Raises:
        NeverReady: `live` says so; everything else that it raises may pass, so it is tried again.
    """
    pause = SHORTEST_PAUSE
    while True:
        began = monotonic()
        try:
            await live()
        except NeverReady:
            raise
        except Exception:  # a full disk, say
            log.exception(f"{name}_failed")
        if monotonic() - began > STEADY_SECONDS:
            pause = SHORTEST_PAUSE
        log.warning(f"{name}_restarts", pause=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
