"""Asking Rasa what happens next, and deleting what it keeps of a conversation."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import aiohttp
import psycopg

from bot.actions import TOKEN_HEADER
from bot.rasa_process import POSTGRES_SCHEMA, in_postgres, libpq_url, tracker_path
from bot.replies import Reply

ANSWER_SECONDS = 5.0  # measured: 5 to 20 ms
LOCK_SECONDS = 10.0  # for SQLite's write lock, which Rasa holds for some milliseconds per message

# The inner query reads the index on sender_id alone. No LIKE: in SQLite it takes "C1" for "c1".
DELETE_IN_SQLITE = """
DELETE FROM events WHERE sender_id IN (
    SELECT sender_id FROM events
    WHERE sender_id = :sender OR substr(sender_id, 1, length(:sessions)) = :sessions)
"""
DELETE_IN_POSTGRES = """
DELETE FROM events WHERE sender_id IN (
    SELECT sender_id FROM events
    WHERE sender_id = %(sender)s OR starts_with(sender_id, %(sessions)s))
"""


class RasaUnavailable(Exception):
    """Rasa gave no usable answer, or its tracker store could not be reached. Never holds what was sent."""


class RasaClient:
    """`webhook_url` is asked for each message, since a restarted Rasa may listen on another port."""

    def __init__(self, *, webhook_url: Callable[[], str], token: str, data_dir: Path, database_url: str | None) -> None:
        self._webhook_url = webhook_url
        self._data_dir = data_dir
        self._database_url = database_url
        self._headers = {TOKEN_HEADER: token}
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def send(
        self, *, sender: str, message_id: str, intent: str, entities: Mapping[str, str], again: bool
    ) -> list[Reply]:
        """The replies to one understood message, such as intent "answer" with {"topic": "procedure/dublin"}.

        With `again`, Rasa first looks whether it has answered this message id before, and then only repeats itself: a
        form does not move on twice when we died before the reply was written down.
        Never an empty list: Rasa answers so, with a 200, when it could not do something.
        """
        message = {
            "sender": sender,
            "message_id": message_id,
            "intent": intent,
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            "again": again,
        }
        if self._http is None:  # made within the event loop that uses it
            self._http = aiohttp.ClientSession(headers=self._headers, timeout=aiohttp.ClientTimeout(ANSWER_SECONDS))
        try:
            async with self._http.post(self._webhook_url(), json=message) as answer:
                return _replies(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RasaUnavailable(type(error).__name__) from error

    async def forget(self, sender_prefix: str) -> int:
        """Delete what Rasa keeps of a conversation: of "c123" and of its sessions "c123.1", "c123.2" ...

        Rasa holds no copy in memory between messages, so what is gone stays gone. A message that is being
        answered at this instant would still write its own events: the caller takes one at a time.
        """
        return await forget(sender_prefix, data_dir=self._data_dir, database_url=self._database_url)


async def forget(sender_prefix: str, *, data_dir: Path, database_url: str | None) -> int:
    """The same, for who does not speak to Rasa."""
    return await asyncio.to_thread(delete_tracker_rows, sender_prefix, data_dir=data_dir, database_url=database_url)


def _replies(status: int, body: bytes) -> list[Reply]:
    if status != HTTPStatus.OK:
        raise RasaUnavailable(f"status {status}")
    try:
        replies = [_reply(message) for message in json.loads(body)["messages"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RasaUnavailable("not the agreed form") from error
    if not replies:
        raise RasaUnavailable("empty")
    return replies


def _reply(message: dict[str, str]) -> Reply:
    return Reply(key=message["key"], parameters={k: v for k, v in message.items() if k != "key"})


def delete_tracker_rows(sender_prefix: str, *, data_dir: Path, database_url: str | None) -> int:
    """How many events went. Works on the database itself: Rasa has no call for it."""
    of_conversation = {"sender": sender_prefix, "sessions": f"{sender_prefix}."}
    try:
        if in_postgres(database_url):
            return _delete_in_postgres(database_url, of_conversation)
        return _delete_in_sqlite(tracker_path(data_dir), of_conversation)
    except (sqlite3.Error, psycopg.Error) as error:
        raise RasaUnavailable(f"tracker store: {type(error).__name__}") from error


def _delete_in_sqlite(path: Path, of_conversation: Mapping[str, str]) -> int:
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)) as database:
        database.execute("PRAGMA secure_delete = ON")  # overwrites; SQLite would only mark the pages as free
        database.execute("BEGIN IMMEDIATE")  # waits for the lock; a reading transaction could not wait for it
        deleted = database.execute(DELETE_IN_SQLITE, of_conversation).rowcount
        database.execute("COMMIT")
        return deleted


def _delete_in_postgres(database_url: str, of_conversation: Mapping[str, str]) -> int:
    options = f"-csearch_path={POSTGRES_SCHEMA}"
    try:
        with psycopg.connect(libpq_url(database_url), options=options) as database:
            return database.execute(DELETE_IN_POSTGRES, of_conversation).rowcount
    except psycopg.errors.UndefinedTable:  # Rasa has never run here
        return 0
