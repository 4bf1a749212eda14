"""Claiming work and doing it: several pieces side by side, begun as soon as somebody says that there is something."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from wegwijs.logs import logger

log = logger(__name__)

Claim = TypeVar("Claim")


class ClaimLoop(Generic[Claim]):
    """Claims what is due and works on it until it is cancelled.

    `claim` runs in a thread and is given the number of free places; `work` raises nothing. `name` is for the log.
    """

    def __init__(
        self,
        name: str,
        *,
        claim: Callable[[int], Sequence[Claim]],
        work: Callable[[Claim], Awaitable[None]],
        at_once: int,
        poll_seconds: float,
    ) -> None:
        self._name = name
        self._claim = claim
        self._work = work
        self._at_once = at_once
        self._poll_seconds = poll_seconds
        self._tasks: set[asyncio.Future[None]] = set()
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"claims-{name}")

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; what is worked on then is cancelled too."""
        try:
            while True:
                self._wake.clear()
                await self._start_what_is_due()
                try:
                    await asyncio.wait_for(self._wake.wait(), self._poll_seconds)
                except TimeoutError:
                    continue
        finally:
            for task in self._tasks:
                task.cancel()

    async def _start_what_is_due(self) -> None:
        places = self._at_once - len(self._tasks)
        if places <= 0:
            return
        try:
            claims = await asyncio.get_running_loop().run_in_executor(self._thread, self._claim, places)
        except Exception:
            log.exception("nothing_claimed", by=self._name)
            return
        for claim in claims:
            task = asyncio.ensure_future(self._work(claim))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        self.wake()
