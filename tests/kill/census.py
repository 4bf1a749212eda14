"""Counting: what persons sent and received, set against what stands in the database.

The database is read as it is, without the tables of the service: a mistake there must not hide itself here.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import Connection, create_engine, text

from tests.kill.persons import Person
from tests.kill.scripts import Step
from tests.standins.record import Taken

CHANNELS = ("web", "telegram", "whatsapp", "messenger")
SETTLED = frozenset({"sent", "delivered", "read"})
UNDER_WAY = frozenset({"queued", "sending"})
Key = tuple[str, ...]
"""What makes one delivery: Meta brings our own reference back; of Telegram, the chat and the first line."""


@dataclass
class Count:
    """What became of the messages of one channel.

    `lost`: accepted, but the reply never came and no delivery of unknown outcome can be it. `doubled_in`: worked off
    twice. `doubled_out`: taken more often than sent. `arrived_unknown`: of unknown outcome, but it did arrive.
    """

    channel: str
    persons: int = 0
    messages: int = 0
    stored: int = 0
    turns: int = 0
    replies: int = 0
    arrived: int = 0
    lost: int = 0
    doubled_in: int = 0
    doubled_out: int = 0
    unknown: int = 0
    arrived_unknown: int = 0
    failed: int = 0
    parked: int = 0
    left: int = 0
    remarks: list[str] = field(default_factory=list)

    @property
    def broken_promises(self) -> list[str]:
        """What must not be, in words."""
        must_be_none = {
            "lost": self.lost,
            "worked off twice": self.doubled_in,
            "sent again": self.doubled_out,
            "not worked off": self.left,
        }
        return [f"{self.channel}: {number} {what}" for what, number in must_be_none.items() if number]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A message in the database."""

    id: int
    chat: str
    channel: str
    is_of_person: bool
    content: dict[str, Any]
    is_processed: bool
    is_parked: bool


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A delivery in the database."""

    id: int
    channel: str
    chat: str
    text: str
    state: str

    @property
    def key(self) -> Key:
        """See Key."""
        return (self.chat, _first_line(self.text)) if self.channel == "telegram" else (self.channel, str(self.id))


@dataclass
class Books:
    """The tables of the service, decrypted."""

    rows: list[Row]
    sendings: list[Sending]

    @classmethod
    def read(cls, url: str, encryption_key: str) -> "Books":
        """From the database at this address."""
        with create_engine(url).connect() as connection:
            return cls.of(connection, Fernet(encryption_key))

    @classmethod
    def of(cls, connection: Connection, cipher: Fernet) -> "Books":
        """From an open connection."""

        def decrypted(value: bytes | memoryview | None) -> Any:
            return None if value is None else json.loads(cipher.decrypt(bytes(value)))

        conversations = connection.execute(text("SELECT id, handle FROM conversation")).all()
        chats = {each.id: decrypted(each.handle) or each.id for each in conversations}
        messages = connection.execute(text("SELECT * FROM message ORDER BY id")).all()
        rows = {
            each.id: Row(
                id=each.id,
                chat=chats[each.conversation_id],
                channel=each.channel,
                is_of_person=each.author == "person",
                content=decrypted(each.content),
                is_processed=each.processed_at is not None,
                is_parked=bool(each.parked),
            )
            for each in messages
        }
        deliveries = connection.execute(text("SELECT * FROM delivery ORDER BY id")).all()
        sendings = [
            Sending(
                id=each.id,
                channel=each.channel,
                chat=chats[each.conversation_id],
                text=rows[each.message_id].content["text"],
                state=each.state,
            )
            for each in deliveries
        ]
        return cls(rows=list(rows.values()), sendings=sendings)


def left_over(url: str) -> int:
    """How much still waits to be worked off or sent."""
    with create_engine(url).connect() as connection:
        messages = "SELECT count(*) FROM message WHERE author = 'person' AND processed_at IS NULL"
        sendings = "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')"
        return sum(connection.execute(text(query)).scalar_one() for query in (messages, sendings))


def count(books: Books, persons: Iterable[Person], taken: Iterable[Taken]) -> list[Count]:
    """One count a channel."""
    everybody, everything = list(persons), list(taken)
    counts = []
    for channel in CHANNELS:
        own = [person for person in everybody if person.door.channel == channel]
        rows = [row for row in books.rows if row.channel == channel]
        sendings = [sending for sending in books.sendings if sending.channel == channel]
        counted = Count(channel=channel, persons=len(own), messages=sum(len(person.asked) for person in own))
        _count_rows(counted, rows, own)
        if channel == "web":
            counted.arrived = sum(len(person.door.received) for person in own)
            counted.doubled_out = max(0, counted.arrived - counted.replies)
        else:
            _count_sendings(counted, sendings, [each for each in everything if each.channel == channel])
        _count_silence(counted, rows, sendings, own)
        counts.append(counted)
    return counts


def _count_rows(counted: Count, rows: list[Row], persons: list[Person]) -> None:
    by_chat: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_chat[row.chat].append(row)
    of_persons = [row for row in rows if row.is_of_person]
    counted.stored = len(of_persons)
    counted.turns = sum(row.is_processed for row in of_persons)
    counted.parked = sum(row.is_parked for row in of_persons)
    counted.left = counted.stored - counted.turns
    counted.replies = len(rows) - len(of_persons)
    for person in persons:
        own = by_chat[person.door.chat]
        surplus = sum(row.is_of_person for row in own) - len(person.asked)
        counted.doubled_in += max(0, surplus)
        counted.lost += max(0, -surplus)
        for step, times in _answered(own, person.asked).items():
            if times > 1:
                counted.doubled_in += times - 1
                what = step.button or step.text
                counted.remarks.append(f"answered {times} times: {what} in chat {person.door.chat}")


def _answered(rows: list[Row], asked: list[Step]) -> Counter[Step]:
    """How often each message was answered that nothing else could have brought the answer to."""
    said = [row.content["text"] for row in rows if not row.is_of_person]
    return Counter({step: sum(map(step.is_answered_by, said)) for step in asked if step.once})


def _count_sendings(counted: Count, sendings: list[Sending], taken: list[Taken]) -> None:
    arrived = Counter(_key(message) for message in taken)
    settled = Counter(sending.key for sending in sendings if sending.state in SETTLED)
    unknown = Counter(sending.key for sending in sendings if sending.state == "unknown")
    counted.arrived = arrived.total()
    counted.unknown = unknown.total()
    counted.failed = sum(sending.state not in SETTLED | UNDER_WAY | {"unknown"} for sending in sendings)
    counted.left += sum(sending.state in UNDER_WAY for sending in sendings)
    for key in arrived | settled | unknown:
        beyond = arrived[key] - settled[key]
        counted.arrived_unknown += max(0, min(beyond, unknown[key]))
        counted.doubled_out += max(0, beyond - unknown[key])
        counted.lost += max(0, -beyond)
        if not 0 <= beyond <= unknown[key]:
            counted.remarks.append(f"{key}: {arrived[key]} arrived, {settled[key]} sent, {unknown[key]} unknown")


def _count_silence(counted: Count, rows: list[Row], sendings: list[Sending], persons: list[Person]) -> None:
    """What was never answered, unless a delivery of unknown outcome may have been the answer, or it was parked.

    Whoever wrote a parked message was told so, and the desk has it: that is what was promised for it.
    """
    unknown: dict[str, list[str]] = defaultdict(list)
    for sending in sendings:
        if sending.state == "unknown":
            unknown[sending.chat].append(sending.text)
    parked = {(row.chat, row.content.get("button") or row.content["text"]) for row in rows if row.is_parked}
    for person in persons:
        for step in person.never_heard():
            said = step.button or step.text
            if (person.door.chat, said) in parked:
                counted.remarks.append(f"parked: {said} in chat {person.door.chat}")
            elif not any(map(step.is_answered_by, unknown[person.door.chat])):
                counted.lost += 1
                counted.remarks.append(f"no answer to {said} in chat {person.door.chat}")


def _key(message: Taken) -> Key:
    if message.channel == "telegram":
        return message.chat, _first_line(message.text)
    return message.channel, message.reference or message.id


def _first_line(said: str) -> str:
    return said.split("\n", maxsplit=1)[0]
