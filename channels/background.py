"""Small things done beside the way of a message, where a failure changes nothing."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Keeps its tasks alive until they are done: the event loop alone would let them be collected."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start something that raises nothing."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
