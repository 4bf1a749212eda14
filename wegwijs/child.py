"""What a process that the service begins owes it: to end when the service does, or when it is told to."""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import Process
from contextlib import suppress

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


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
