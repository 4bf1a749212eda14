"""The worker as the gateway sees it: a process of its own, started, watched, started again, ended with us.

Apart from it, whoever brings a message does not wait while others are answered: the two share no lock of Python's, and
the worker yields the processor.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from socket import socketpair
from typing import Any

from wegwijs.child import NeverReady, end, keep_alive
from wegwijs.link import Hint, Link, Report
from wegwijs.logs import logger

log = logger(__name__)

SILENT_SECONDS = 30.0
"""It reports twice a second: one that says nothing for so long hangs."""
STOP_SECONDS = 12.0
"""Longer than it gives its own Rasa."""


class WorkerProcess:
    """Keeps one worker running. `written` is called with the id of a conversation in which something new stands."""

    def __init__(self, *, written: Callable[[str], None]) -> None:
        self._written = written
        self._link: Link | None = None
        self._ready = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self.report: Report | None = None
        """The last one; None while no worker is ready."""

    def stored(self) -> None:
        """Say that there may be a message to work off."""
        self._tell(Hint.STORED)

    def to_send(self) -> None:
        """Say that there may be something to send."""
        self._tell(Hint.TO_SEND)

    def _tell(self, hint: Hint) -> None:
        if self._link is not None:  # else it looks itself when it begins
            self._link.tell(hint)

    async def start(self) -> None:
        """Keep one running until `stop`; wait until it is ready.

        Raises:
            NeverReady: it ended instead.
        """
        self._supervisor = asyncio.create_task(keep_alive("worker", self._live), name="worker")
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({self._supervisor, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._supervisor.done():
            await self._supervisor

    async def stop(self) -> None:
        """End it."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError, NeverReady):
                await self._supervisor

    async def _live(self) -> None:
        try:
            async with self._running() as link:
                await self._listen(link)
        finally:
            if not self._ready.is_set():
                raise NeverReady

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[Link]:
        ours, theirs = socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "wegwijs.working", str(theirs.fileno()), str(os.getpid())),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C is for the service, which then ends its worker
            )
        try:
            self._link = await Link.over(ours)
            yield self._link
        finally:
            if self._link is not None:
                self._link.close()
            self._link = self.report = None
            await end(process, seconds=STOP_SECONDS)
            log.info("worker_ended", pid=process.pid, code=process.returncode)

    async def _listen(self, link: Link) -> None:
        """Returns when it has gone.

        Raises:
            TimeoutError: it hangs.
        """
        async for hint, value in link.heard(patience=lambda: SILENT_SECONDS if self.report else None):
            if hint is Hint.WRITTEN:
                self._written(value)
            elif hint is Hint.REPORT:
                self._take(value)

    def _take(self, report: dict[str, Any]) -> None:
        self.report = Report(**report)
        self._ready.set()
