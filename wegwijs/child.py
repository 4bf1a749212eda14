"""What a process that the service begins owes it: to end when the service does."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with(parent: int) -> None:
    """In the new process: be killed when `parent`, the id of the service's, ends; a Ctrl-C is for that one alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the service has gone")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
