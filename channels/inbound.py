"""The door inwards: a message is acknowledged only after it is stored, and stored only once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Column, Connection, bindparam, select, update
from sqlmodel import Field, Session, SQLModel, col, delete

from bot.conversations import CONVERSATIONS, MESSAGES, Author, Kind, Message, Opened, conversations_with, new_message
from channels.outbound import window_opened
from knowledge.text import MAX_CHARACTERS, clean
from wegwijs.storage import UTCDateTime, insert_new, keyed_hash, now, table_of, transaction

REPEATS_END_AFTER = timedelta(days=8)
"""Meta brings a webhook for seven days, Telegram an update for one."""


MAX_TEXT = 20_000
"""More than anybody types. What is longer than a message may be is cut; longer than this, the web chat refuses it."""
BUTTON_PAYLOAD = r"^[a-z_]+(:[^\x00-\x1f\x7f]{1,80})?$"
"""What a button of ours may send back."""
MAX_PAYLOAD = 100


@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """What a channel received: cleaned text, the payload and label of a pressed button, or only the kind of the rest.

    `provider_id` is the id the provider (for the web: the device) gave it; unique per channel.
    `town` is the town nearest to a place that was sent; the place itself is never kept.
    `hint` is the language the person's app is in, of use only until they write something.
    """

    channel: str
    provider_id: str
    kind: Kind = Kind.TEXT
    text: str | None = None
    button: str | None = None
    label: str | None = None
    town: str | None = None
    hint: str | None = None
    cut: bool = False
    sent_at: datetime | None = None

    def content(self) -> dict[str, Any]:
        """What is kept, encrypted."""
        given = {
            "kind": self.kind.value,
            "text": self.text or self.label,
            "button": self.button,
            "town": self.town,
            "hint": self.hint,
            "cut": self.cut,
        }
        return {name: value for name, value in given.items() if value}


class ErasedMessage(SQLModel, table=True):
    """The keyed hash of the provider's id of a message that was erased: a late repeat of it begins nothing anew."""

    __tablename__: ClassVar[str] = "erased_message"
    id_hash: str = Field(primary_key=True, max_length=64)
    erased_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False, index=True))


_ERASED = select(table_of(ErasedMessage).c.id_hash).where(
    table_of(ErasedMessage).c.id_hash.in_(bindparam("hashes", expanding=True))
)
_STORED = select(MESSAGES.c.id).where(
    MESSAGES.c.channel == bindparam("channel"), MESSAGES.c.provider_id == bindparam("provider_id")
)
_WRITTEN_IN = update(CONVERSATIONS).where(
    CONVERSATIONS.c.id.in_(
        select(CONVERSATIONS.c.id)
        .where(CONVERSATIONS.c.id.in_(bindparam("ids", expanding=True)))
        .order_by(CONVERSATIONS.c.id)  # so that two who lock several never wait for each other
        .with_for_update(key_share=True)
    )
)


def store(connection: Connection, arrived: Sequence[tuple[Opened, InboundMessage]]) -> list[int]:
    """Store messages in their conversations; their ids. The same provider id again gives the message already stored."""
    if not arrived:
        return []
    rows = [_row(conversation, inbound) for conversation, inbound in arrived]
    new = insert_new(connection, MESSAGES, rows, unique=_UNIQUE)
    written_in = {each.id: each for (each, _), row in zip(arrived, rows, strict=True) if _key(row) in new}
    if written_in:
        given = {"ids": list(written_in), "last_message_at": now(), "opted_out": False}
        connection.execute(_WRITTEN_IN, given)
    in_messenger = [conversation.id for conversation in written_in.values() if conversation.in_messenger]
    if in_messenger:
        window_opened(connection, in_messenger)
    return [new.get(_key(row)) or _already_stored(connection, row) for row in rows]


_UNIQUE = ("channel", "provider_id")


def _row(conversation: Opened, inbound: InboundMessage) -> dict[str, Any]:
    return new_message(
        conversation_id=conversation.id,
        channel=inbound.channel,
        provider_id=inbound.provider_id,
        author=Author.PERSON,
        language=conversation.language,
        content=inbound.content(),
        sent_at=inbound.sent_at or now(),
    )


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _UNIQUE)


def _already_stored(connection: Connection, row: dict[str, Any]) -> int:
    number: int = connection.execute(_STORED, {name: row[name] for name in _UNIQUE}).scalar_one()
    return number


def receive(session: Session, channel: str, arrived: Sequence[tuple[str, InboundMessage]]) -> None:
    """Store what a messenger brought, each in the conversation with its handle; nothing of a repeat."""
    hashes = {inbound.provider_id: _id_hash(channel, inbound.provider_id) for _, inbound in arrived}
    erased = set(session.connection().execute(_ERASED, {"hashes": list(hashes.values())}).scalars())
    new = [(handle, inbound) for handle, inbound in arrived if hashes[inbound.provider_id] not in erased]
    conversations = conversations_with(session, channel=channel, handles=[handle for handle, _ in new])
    store(session.connection(), [(conversations[handle], inbound) for handle, inbound in new])


def remember_erased(session: Session, messages: Sequence[Message]) -> None:
    """Keep of erased messages what is needed to know a repeat: nothing that says what or who."""
    for message in messages:
        if message.provider_id:
            session.merge(ErasedMessage(id_hash=_id_hash(message.channel, message.provider_id)))


def forget_erased(moment: datetime) -> None:
    """Forget the erased messages that no provider repeats any more."""
    with transaction() as session:
        session.exec(delete(ErasedMessage).where(col(ErasedMessage.erased_at) < moment - REPEATS_END_AFTER))


def _id_hash(channel: str, provider_id: str) -> str:
    return keyed_hash(f"{channel}:{provider_id}")


def text_written(
    *, channel: str, provider_id: str, text: str, hint: str | None = None, sent_at: datetime | None = None
) -> InboundMessage:
    """A typed message, cleaned; one without anything to read is of no known kind."""
    cleaned = clean(text, limit=MAX_TEXT)
    return InboundMessage(
        channel=channel,
        provider_id=provider_id,
        kind=Kind.TEXT if cleaned else Kind.OTHER,
        text=cleaned[:MAX_CHARACTERS] or None,
        hint=hint,
        cut=len(cleaned) > MAX_CHARACTERS,
        sent_at=sent_at,
    )


def button_pressed(
    *,
    channel: str,
    provider_id: str,
    payload: str,
    label: str | None,
    hint: str | None = None,
    sent_at: datetime | None = None,
) -> InboundMessage:
    """A pressed button; a payload that cannot be one of ours is taken for the text on it."""
    if not re.search(BUTTON_PAYLOAD, payload) or len(payload) > MAX_PAYLOAD:
        return text_written(channel=channel, provider_id=provider_id, text=label or payload, hint=hint, sent_at=sent_at)
    return InboundMessage(
        channel=channel,
        provider_id=provider_id,
        kind=Kind.BUTTON,
        button=payload,
        label=clean(label or payload, limit=200) or None,
        hint=hint,
        sent_at=sent_at,
    )
