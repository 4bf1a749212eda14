"""The conversation tables, and the one door to them."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from sqlalchemy import Column, ColumnElement, Connection, Index, UniqueConstraint, bindparam, text
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from wegwijs.storage import EncryptedJSON, UTCDateTime, keyed_hash, now, stored_as_text, table_of, take_write_lock


class State(StrEnum):
    """Who the conversation belongs to."""

    BOT = "bot"
    WAITING = "waiting"
    HELD = "held"
    CLOSED = "closed"


class Author(StrEnum):
    """Who wrote a message."""

    PERSON = "person"
    BOT = "bot"
    STAFF = "staff"


class Kind(StrEnum):
    """What a person sends; of everything but text, buttons and places only the kind is kept."""

    TEXT = "text"
    BUTTON = "button"
    LOCATION = "location"
    VOICE = "voice"
    PHOTO = "photo"
    DOCUMENT = "document"
    CONTACT = "contact"
    STICKER = "sticker"
    OTHER = "other"


class NotUnderstood(StrEnum):
    """Why no page answered a message: nothing was found, none of the choices was meant, or not the page that came."""

    UNKNOWN = "unknown"
    NO_CHOICE = "no choice"
    NOT_MEANT = "not meant"


class Conversation(SQLModel, table=True):
    """One conversation with one person on one channel; no name, no number.

    `open_question` is the reply key the person is asked right now ("ask_town").
    `situation` is where they say they stay, "not_told" once they were asked; `asked_about` the topic it was asked for.
    `session` counts Rasa's trackers, which are kept short; `turns` counts the messages in this one.
    `handle` is where a messenger finds the person (encrypted), `handle_hash` how we find the conversation of a handle.
    `leased_by` is the worker that has this conversation until `leased_until`.
    `held_by` is the id of the member of staff who holds it; `topic` the last one that was answered, for the desk.
    `misunderstood` counts messages in a row that were not understood.
    """

    __tablename__: ClassVar[str] = "conversation"
    __table_args__ = (Index("ix_conversation_handle", "channel", "handle_hash", unique=True),)

    id: str = Field(primary_key=True, max_length=32)
    channel: str = Field(max_length=20)
    token_hash: str = Field(max_length=64)
    language: str | None = Field(default=None, max_length=8)
    state: State = Field(
        default=State.BOT, sa_column=Column(stored_as_text(State, length=10), nullable=False, index=True)
    )
    reason: str | None = Field(default=None, max_length=40)
    team: str | None = Field(default=None, max_length=20)
    town: str | None = Field(default=None, max_length=60)
    waiting_since: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    held_by: int | None = Field(default=None, index=True)
    topic: str | None = Field(default=None, max_length=80)
    misunderstood: int = 0
    danger: str | None = Field(default=None, max_length=40)
    noticed: bool = False
    open_question: str | None = Field(default=None, max_length=40)
    situation: str | None = Field(default=None, max_length=10)
    asked_about: str | None = Field(default=None, max_length=80)
    unanswered: int | None = Field(default=None, description="The message to answer once the language is known.")
    session: int = 1
    turns: int = 0
    handle: str | None = Field(default=None, sa_column=Column(EncryptedJSON))
    handle_hash: str | None = Field(default=None, max_length=64)
    opted_out: bool = Field(default=False, description="Nothing is sent until the person writes again.")
    reminded_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    erasing: bool = Field(default=False, description="The person said yes to erasing; a crash must not undo that.")
    leased_by: str | None = Field(default=None, max_length=32)
    leased_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    created_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    last_message_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False, index=True))


class Message(SQLModel, table=True):
    """One message, of the person, the bot or staff, in the order of `id`.

    `content` is encrypted: {"kind", "text", "button", ...} of a person; of the bot and of staff what `Rendered.content`
    gives. `staff_id` is who of the staff wrote it.
    A person's message is unprocessed until `processed_at` is set in the transaction that writes its replies.
    `sent_at` is when the person sent it, as the provider says: a later webhook may bring an earlier message.
    `not_understood` says why no page answered it, for the editors (NotUnderstood); `not_meant` is the topic that was
    answered and not meant.
    """

    __tablename__: ClassVar[str] = "message"
    __table_args__ = (
        UniqueConstraint("channel", "provider_id"),
        # Only what is still to do: the index stays small however much is kept.
        Index(
            "ix_message_to_process",
            "sent_at",
            "id",
            sqlite_where=text("processed_at IS NULL"),
            postgresql_where=text("processed_at IS NULL"),
        ),
        Index(
            "ix_message_not_understood",
            "id",
            sqlite_where=text("not_understood IS NOT NULL"),
            postgresql_where=text("not_understood IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str = Field(foreign_key="conversation.id", max_length=32, index=True, ondelete="CASCADE")
    channel: str = Field(max_length=20)
    provider_id: str | None = Field(default=None, max_length=120)
    author: Author = Field(sa_column=Column(stored_as_text(Author, length=10), nullable=False))
    staff_id: int | None = None
    language: str | None = Field(default=None, max_length=8)
    content: dict[str, Any] = Field(sa_column=Column(EncryptedJSON, nullable=False))
    sent_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    created_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    processed_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    tries: int = 0
    retry_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    parked: bool = False
    not_understood: NotUnderstood | None = Field(
        default=None, sa_column=Column(stored_as_text(NotUnderstood, length=12), nullable=True)
    )
    not_meant: str | None = Field(default=None, max_length=80)


CONVERSATIONS, MESSAGES = table_of(Conversation), table_of(Message)
"""For the few statements of every turn: reading and writing rows costs a third of reading and writing objects."""


def new_message(
    *,
    conversation_id: str,
    channel: str,
    author: Author,
    language: str | None,
    content: dict[str, Any],
    **given: object,
) -> dict[str, Any]:
    """The row of a message, whole but for its id; `given` are more of its columns."""
    moment = now()
    return {
        "conversation_id": conversation_id,
        "channel": channel,
        "provider_id": None,
        "author": author,
        "staff_id": None,
        "language": language,
        "content": content,
        "sent_at": moment,
        "created_at": moment,
        "processed_at": None,
        "tries": 0,
        "retry_at": None,
        "parked": False,
        "not_understood": None,
        "not_meant": None,
        **given,
    }


def bots_message(conversation_id: str, channel: str, *, language: str, content: dict[str, Any]) -> dict[str, Any]:
    """The row of a message that the bot writes; there is nothing to process in it."""
    return new_message(
        conversation_id=conversation_id,
        channel=channel,
        author=Author.BOT,
        language=language,
        content=content,
        processed_at=now(),
    )


class UnknownConversation(LookupError):
    """No conversation with this id, or the token is not its own."""


def start_conversation(session: Session, *, channel: str, language: str | None) -> tuple[Conversation, str]:
    """A new conversation, and the token that opens it: shown once, stored only as a hash."""
    token = secrets.token_urlsafe(32)
    conversation = Conversation(
        id=secrets.token_hex(12), channel=channel, token_hash=keyed_hash(token), language=language
    )
    session.add(conversation)
    session.flush()
    return conversation, token


def conversation_with(session: Session, *, channel: str, handle: str) -> Conversation:
    """The conversation with this handle of a messenger; begun when there is none. Channels are never merged."""
    found = find_conversation(session, channel=channel, handle=handle)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            begun, _ = start_conversation(session, channel=channel, language=None)
            begun.handle, begun.handle_hash = handle, _handle_hash(channel, handle)
            session.add(begun)
            session.flush()
            return begun
    except IntegrityError:  # another message of the same person, a moment earlier
        found = find_conversation(session, channel=channel, handle=handle)
        if found is None:
            raise
        return found


def conversations_with(session: Session, *, channel: str, handles: Iterable[str]) -> dict[str, "Opened"]:
    """The same for several persons, by handle, in one statement where all have written before."""
    by_hash = {_handle_hash(channel, handle): handle for handle in handles}
    rows = session.connection().execute(_WITH_HANDLE, {"channel": channel, "hashes": list(by_hash)})
    known = {by_hash[hashed]: Opened(*opened) for *opened, hashed in rows}
    new = [handle for handle in by_hash.values() if handle not in known]
    return known | {handle: Opened.of(conversation_with(session, channel=channel, handle=handle)) for handle in new}


def find_conversation(session: Session, *, channel: str, handle: str) -> Conversation | None:
    """The conversation with this handle of a messenger, if there is one."""
    query = select(Conversation).where(
        Conversation.channel == channel, Conversation.handle_hash == _handle_hash(channel, handle)
    )
    return session.exec(query).one_or_none()


def _handle_hash(channel: str, handle: str) -> str:
    return keyed_hash(f"{channel}:{handle}")


@dataclass(frozen=True)
class Access:
    """The claim to a conversation: its id, and the token it was opened with."""

    conversation_id: str
    token: str


class Opened(NamedTuple):
    """What is shown to the person of their conversation, and needed to write in it."""

    id: str
    state: State
    language: str | None
    in_messenger: bool

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        """The same of a conversation that was found otherwise."""
        return cls(
            id=conversation.id,
            state=conversation.state,
            language=conversation.language,
            in_messenger=conversation.handle is not None,
        )


_IN_MESSENGER = CONVERSATIONS.c.handle.is_not(None)
_OPENED = (CONVERSATIONS.c.id, CONVERSATIONS.c.state, CONVERSATIONS.c.language, _IN_MESSENGER)
_DOORS = select_columns(*_OPENED, CONVERSATIONS.c.token_hash).where(
    CONVERSATIONS.c.id.in_(bindparam("ids", expanding=True))
)
_WITH_HANDLE = select_columns(*_OPENED, CONVERSATIONS.c.handle_hash).where(
    CONVERSATIONS.c.channel == bindparam("channel"),
    CONVERSATIONS.c.handle_hash.in_(bindparam("hashes", expanding=True)),
)


def access_conversation(session: Session, access: Access) -> Opened:
    """The only door of the person to their conversation.

    Raises:
        UnknownConversation: no such conversation, or not with this token; which of the two is not told.
    """
    (found,) = access_conversations(session.connection(), [access])
    if isinstance(found, UnknownConversation):
        raise found
    return found


def access_conversations(connection: Connection, claims: Sequence[Access]) -> list[Opened | UnknownConversation]:
    """The same door for several persons at once, each to their own."""
    rows = connection.execute(_DOORS, {"ids": list({claim.conversation_id for claim in claims})})
    found = {opened[0]: (Opened(*opened), token_hash) for *opened, token_hash in rows}
    return [_if_opened_by(found.get(claim.conversation_id), claim.token) for claim in claims]


def _if_opened_by(found: tuple[Opened, str] | None, token: str) -> Opened | UnknownConversation:
    if found is None or not secrets.compare_digest(found[1], keyed_hash(token)):
        return UnknownConversation()
    return found[0]


def lock_conversations(session: Session, *conditions: ColumnElement[bool]) -> dict[str, Conversation]:
    """The conversations for which these hold, by id, as they are now; nobody else changes them until the commit.

    Locked in the order of their ids, so that two who lock several never wait for each other. New messages, which refer
    to them, need not wait (NO KEY UPDATE).
    """
    take_write_lock(session)
    query = (
        select(Conversation)
        .where(*conditions)
        .order_by(Conversation.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {conversation.id: conversation for conversation in session.exec(query).all()}


def messages_after(session: Session, *, conversation_id: str, after: int, limit: int = 200) -> Sequence[Message]:
    """The messages of a conversation with a higher id, oldest first."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, col(Message.id) > after)
        .order_by(col(Message.id))
        .limit(limit)
    )
    return session.exec(query).all()


@dataclass(frozen=True, kw_only=True)
class Byline:
    """Who of the staff wrote a reply: their id, and the name that the person sees.

    `client_id` is the id that their page gave it: what has it already is not sent again. `beside` is kept with it for
    the desk alone: the original of a translation, which canned reply it was.
    """

    staff_id: int
    name: str
    client_id: str
    beside: dict[str, Any] = dataclass_field(default_factory=dict)

    def provider_id(self, conversation_id: str) -> str:
        """What makes the reply unique on its channel."""
        return f"{conversation_id}:staff:{self.client_id}"


def add_reply(
    session: Session,
    conversation: Conversation,
    *,
    language: str,
    content: dict[str, Any],
    byline: Byline | None = None,
) -> Message:
    """Write a message of the bot or of staff; its id, given at the end or at a flush, is higher than all before."""
    reply = Message(
        conversation_id=conversation.id,
        channel=conversation.channel,
        author=Author.BOT,
        language=language,
        content=content,
        processed_at=now(),
    )
    if byline is not None:
        reply.author, reply.staff_id = Author.STAFF, byline.staff_id
        reply.provider_id = byline.provider_id(conversation.id)
        reply.content = {**content, "by": byline.name, "beside": byline.beside}
    session.add(reply)
    return reply


def without_question(conversation: Conversation) -> dict[str, Any]:
    """What changes when nothing is asked any more: Rasa's form goes with the tracker that it is open in."""
    return {"open_question": None, "session": conversation.session + 1, "turns": 0}


def drop_question(conversation: Conversation) -> None:
    """For when a member of staff writes: the yes that follows must not answer what the bot has asked before."""
    if conversation.open_question is not None:
        for name, value in without_question(conversation).items():
            setattr(conversation, name, value)
