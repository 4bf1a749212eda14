"""Telling whoever watches a conversation, in this process, that something new stands in it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Announcements:
    """Watchers per conversation. Call from the event loop only."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Event]] = defaultdict(set)

    def announce(self, conversation_id: str) -> None:
        """Wake everybody who watches this conversation."""
        for watcher in self._watchers.get(conversation_id, ()):
            watcher.set()

    @contextmanager
    def watch(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at each announcement; the watcher clears it."""
        watcher = asyncio.Event()
        self._watchers[conversation_id].add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[conversation_id].discard(watcher)
            if not self._watchers[conversation_id]:
                del self._watchers[conversation_id]
