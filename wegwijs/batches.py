"""Database work of several callers, done together: one transaction, one thread, few round trips."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError

Database = TypeVar("Database")
Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_AT_ONCE = 50


class Batches(Generic[Database, Item, Result]):
    """What is asked for while one batch is under way makes up the next.

    So a single caller does not wait, and many share their round trips and their commit (group commit). `work` gives for
    each item its result, or the exception to raise for this caller alone. When it raises, each item is done again by
    itself, so that one bad item fails nobody else; but not when the database is away or locked: that all are told.
    """

    def __init__(
        self,
        work: Callable[[Database, Sequence[Item]], Sequence[Result | Exception]],
        *,
        opened: Callable[[], AbstractContextManager[Database]],
    ) -> None:
        """`opened` gives a batch its database: `transaction`, `writing` or `looking`."""
        self._work = work
        self._opened = opened
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: asyncio.Task[None] | None = None
        # Its own: whoever waits for a message to be stored must not stand behind others being understood.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=work.__name__)

    async def do(self, item: Item) -> Result:
        """Have it done with whatever else waits; from the event loop.

        Raises:
            what `work` raised or gave for this item.
        """
        outcome: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, outcome))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await outcome

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            results = await loop.run_in_executor(self._thread, self._results, [item for item, _ in batch])
            for (_, outcome), result in zip(batch, results, strict=True):
                if outcome.done():  # the caller has gone
                    continue
                if isinstance(result, Exception):
                    outcome.set_exception(result)
                else:
                    outcome.set_result(result)

    def _results(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        try:
            with self._opened() as database:
                return self._work(database, items)
        except OperationalError as error:
            return [error] * len(items)
        except Exception as error:
            return [error] if len(items) == 1 else [self._results([item])[0] for item in items]
