"""Small things done beside the way of a message, where a failure changes nothing."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from wegwijs.logs import logger

log = logger(__name__)


class Background:
    """Keeps its tasks alive until they are done: the event loop alone would let them be collected."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start something; when it fails, only the log knows."""
        task = asyncio.create_task(_attempt(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _attempt(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:
        log.info("courtesy_failed", error=type(error).__name__)
