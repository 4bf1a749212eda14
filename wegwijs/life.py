"""What runs while a process of the service does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, kw_only=True)
class Life:
    """Tasks beside it, what is started first, and what is stopped in the end."""

    tasks: Sequence[Work]
    starts: Sequence[Work]
    stops: Sequence[Work]

    @asynccontextmanager
    async def lived(self) -> AsyncIterator[None]:
        """Everything runs within."""
        tasks = [asyncio.create_task(run()) for run in self.tasks]
        try:
            for start in self.starts:
                await start()
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
            for stop in self.stops:
                await stop()
