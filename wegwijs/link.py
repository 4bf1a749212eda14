"""What the two processes of the service tell each other: a line of JSON at a time, over a pair of sockets.

Hints only: what must not be lost stands in the database. One that gets lost costs the time until the other looks there.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from socket import socket
from typing import Any

LONGEST_LINE = 1_000_000
"""Bytes. The longest is a report with the figures for Prometheus, some ten thousand."""
_MOST_UNREAD = 200_000
"""When the other side does not read: there is nothing more to tell it than to look at the database."""


class Hint(StrEnum):
    """What is told."""

    STORED = "stored"
    """By the gateway: there may be a message to work off."""
    TO_SEND = "to_send"
    """By the gateway: there may be something to send."""
    WRITTEN = "written"
    """By the worker: something new stands in the conversation of this id."""
    REPORT = "report"
    """By the worker, each half second: how it is."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """How the worker is: whether Rasa answers, which messengers it reaches, and its figures for Prometheus."""

    rasa: bool
    reaches: dict[str, bool]
    figures: str


class Link:
    """One end of the pair. Telling never waits."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket) -> "Link":
        """The link over this end, which belongs to it from now on."""
        return cls(*await asyncio.open_unix_connection(sock=end, limit=LONGEST_LINE))

    def tell(self, hint: Hint, value: Any = None) -> None:
        """Tell the other side; nothing happens when it has gone or does not listen."""
        transport = self._writer.transport
        if not transport.is_closing() and transport.get_write_buffer_size() < _MOST_UNREAD:
            self._writer.write(json.dumps([hint, value]).encode() + b"\n")

    async def heard(self, *, patience: Callable[[], float | None]) -> AsyncIterator[tuple[Hint, Any]]:
        """What the other side tells, until it has gone.

        Raises:
            TimeoutError: it told nothing for `patience` seconds.
        """
        with suppress(ConnectionError):
            while line := await asyncio.wait_for(self._reader.readline(), patience()):
                hint, value = json.loads(line)
                yield Hint(hint), value

    def close(self) -> None:
        """Tell and hear no more."""
        self._writer.close()
