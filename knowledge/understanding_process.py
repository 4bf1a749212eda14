"""Understanding in a process of its own, so that the one which acknowledges messages stays quick.

Encoding and comparing keep a processor busy for 10 ms and hold Python's lock for half of it. Apart, they get their own
lock; and should native code ever crash, it costs one try of one message.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeVar

from knowledge.understanding import Understanding
from wegwijs.logs import logger
from wegwijs.memory import give_back_memory
from wegwijs.settings import Settings

if TYPE_CHECKING:
    from knowledge.understand import Understander

Answer = TypeVar("Answer")
log = logger(__name__)

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class UnderstandingProcess:
    """Starts its process with `start`, or with the first message; begins another when one has died."""

    def __init__(self, settings: Settings) -> None:
        """With the models of these settings; learned there when there are none."""
        self._settings = settings
        self._process = self._begin()

    async def start(self) -> None:
        """Wait until the models are loaded."""
        await self._ask(_ready)

    async def understand(self, text: str, conversation_language: str | None) -> Understanding:
        """What a message means.

        Raises:
            BrokenProcessPool: the process died; the next call begins another.
        """
        return await self._ask(_understand, text, conversation_language)

    def stop(self) -> None:
        """End the process."""
        self._process.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, question: Callable[..., Answer], *given: object) -> Answer:
        process = self._process
        try:
            return await asyncio.get_running_loop().run_in_executor(process, question, *given)
        except BrokenProcessPool:
            if process is self._process:
                log.exception("understanding_died")
                self._process = self._begin()
            raise

    def _begin(self) -> ProcessPoolExecutor:
        # Not forked: a fork would carry over the locks of the threads that run here.
        context = get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=_load, initargs=(self._settings, os.getpid()))


_understander: "Understander"


def _load(settings: Settings, parent: int) -> None:
    """In the new process: die with the service, load the models."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the service has gone")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the service, which ends us
    import faiss  # noqa: PLC0415 - what is heavy is loaded here only

    from knowledge.pages import load_package  # noqa: PLC0415
    from knowledge.training import load_understander  # noqa: PLC0415

    global _understander  # noqa: PLW0603 - one per process
    _understander = load_understander(load_package(), settings)
    # For one message a second thread saves nothing; waiting for it in a loop doubles the processor time (16 to 30 ms).
    faiss.omp_set_num_threads(1)
    give_back_memory()


def _ready() -> None:
    """Does nothing: that it is done says that the models are loaded."""


def _understand(text: str, conversation_language: str | None) -> Understanding:
    return _understander.understand(text, conversation_language)
