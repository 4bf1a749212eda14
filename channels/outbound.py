"""The door outwards: what has to be sent through a messenger, and what became of each sending.

A reply is written together with its deliveries; a sender claims a delivery before it sends it and writes down how it
ended. A sender that dies in between leaves a delivery of unknown outcome: it may have arrived, so it is never repeated
silently; the desk sees it (DESIGN section 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    text,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, or_, select

from bot.conversations import MESSAGES, Byline, Conversation, Message, add_reply, bots_message
from bot.replies import Rendered
from channels.carrier import Pace, Part, Splitter
from wegwijs.storage import EncryptedJSON, UTCDateTime, now, stored_as_text, table_of

LEASE = timedelta(seconds=60)
"""How long a sending may take: longer than its time-outs together, so that what is still claimed then has died."""
LONGEST_PAUSE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
"""An answer that could not be sent for a day helps nobody any more; the desk sees that it failed."""


class DeliveryState(StrEnum):
    """What became of a sending."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    WINDOW_CLOSED = "window_closed"
    OPTED_OUT = "opted_out"
    UNKNOWN = "unknown"


SENDER_DIED = "sender_died"
"""The error of a delivery whose sender ended while it was being sent."""
OPT_OUT_KEY = "opted_out"
"""The reply that confirms an opt-out: the last one that is sent."""
UNDER_WAY = (DeliveryState.QUEUED, DeliveryState.SENDING)
TROUBLE = (DeliveryState.FAILED, DeliveryState.WINDOW_CLOSED, DeliveryState.UNKNOWN)


class Delivery(SQLModel, table=True):
    """One part of one reply on its way through a messenger; `part` is encrypted and forgotten once it is sent."""

    __tablename__: ClassVar[str] = "delivery"
    __table_args__ = (
        UniqueConstraint("message_id", "number"),
        UniqueConstraint("channel", "provider_id"),
        Index(
            "ix_delivery_under_way",
            "conversation_id",
            "id",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index("ix_delivery_started", "channel", "started_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str = Field(foreign_key="conversation.id", max_length=32, index=True, ondelete="CASCADE")
    message_id: int = Field(sa_column=Column(Integer, ForeignKey("message.id", ondelete="CASCADE"), nullable=False))
    number: int = Field(description="Which part of the reply, from 0.")
    channel: str = Field(max_length=20)
    part: dict[str, Any] | None = Field(default=None, sa_column=Column(EncryptedJSON))
    state: DeliveryState = Field(
        default=DeliveryState.QUEUED,
        sa_column=Column(stored_as_text(DeliveryState, length=20), nullable=False),
    )
    tries: int = 0
    retry_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    leased_by: str | None = Field(default=None, max_length=32)
    leased_until: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    provider_id: str | None = Field(default=None, max_length=200)
    error: str | None = Field(default=None, max_length=60, description="A code, never a text of a message.")
    created_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))
    started_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))


DELIVERIES = table_of(Delivery)


class Addressee(Protocol):
    """What has to be known of a conversation to reply in it."""

    @property
    def id(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def opted_out(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """Writes replies with their deliveries; knows how each messenger cuts them."""

    splitters: dict[str, Splitter]

    def say(
        self, session: Session, conversation: Conversation, rendered: Rendered, *, byline: Byline | None = None
    ) -> Message:
        """Write a reply, and what has to be sent of it; the web chat fetches its replies itself."""
        reply = add_reply(session, conversation, language=rendered.language, content=rendered.content(), byline=byline)
        if conversation.channel in self.splitters:
            session.flush()
            self._queue(session.connection(), conversation, rendered, message_id=reply.id or 0)
        return reply

    def reply(self, connection: Connection, to: Addressee, replies: Sequence[Rendered]) -> None:
        """Write the bot's replies of a turn, in order, and what has to be sent of them."""
        rows = [bots_message(to.id, to.channel, language=each.language, content=each.content()) for each in replies]
        if to.channel in self.splitters:
            for row, rendered in zip(rows, replies, strict=True):
                number = connection.execute(_NEW_MESSAGE.returning(MESSAGES.c.id), row).scalar_one()
                self._queue(connection, to, rendered, message_id=number)
        elif rows:
            connection.execute(_NEW_MESSAGE, rows)

    def _queue(self, connection: Connection, to: Addressee, rendered: Rendered, *, message_id: int) -> None:
        silent = to.opted_out and rendered.key != OPT_OUT_KEY
        connection.execute(
            insert(DELIVERIES),
            [
                {
                    "conversation_id": to.id,
                    "message_id": message_id,
                    "number": number,
                    "channel": to.channel,
                    "part": None if silent else part.stored(),
                    "state": DeliveryState.OPTED_OUT if silent else DeliveryState.QUEUED,
                    "tries": 0,
                    "created_at": now(),
                }
                for number, part in enumerate(self.splitters[to.channel](rendered))
            ],
        )


_NEW_MESSAGE = insert(MESSAGES)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A delivery that this sender, and no other, sends now."""

    delivery: Delivery
    conversation: Conversation


def claim_deliveries(session: Session, *, channel: str, pace: Pace, sender: str, places: int) -> list[Claim]:
    """The next delivery of each conversation that may be sent now, at most `places`; marked as being sent.

    In order: nothing is sent in a conversation before what was written before it has ended, one way or another.
    """
    moment = now()
    _give_up_the_dead(session, channel, moment)
    places = min(places, pace.per_second - _started_lately(session, channel, moment))
    if places <= 0:
        return []
    earlier, paced = aliased(Delivery), aliased(Delivery)
    waits_for = (
        select(earlier.id)
        .where(col(earlier.conversation_id) == col(Delivery.conversation_id), col(earlier.id) < col(Delivery.id))
        .where(col(earlier.state).in_(UNDER_WAY))
    )
    too_soon = (
        select(paced.id)
        .where(col(paced.conversation_id) == col(Delivery.conversation_id))
        .where(col(paced.started_at) > moment - pace.between_two_in_a_chat)
    )
    query = (
        select(Delivery, Conversation)
        .join(Conversation, col(Delivery.conversation_id) == col(Conversation.id))
        .where(Delivery.channel == channel, Delivery.state == DeliveryState.QUEUED)
        .where(or_(col(Delivery.retry_at).is_(None), col(Delivery.retry_at) <= moment))
        .where(~waits_for.exists(), ~too_soon.exists())
        .order_by(col(Delivery.id))
        .limit(places)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    claims = []
    for delivery, conversation in session.exec(query).all():
        refused = _refused(delivery, conversation, pace, moment)
        if refused is not None:
            state, error = refused
            for name, value in ended(delivery, state, error=error).items():
                setattr(delivery, name, value)
            if state is DeliveryState.WINDOW_CLOSED and pace.reminds:
                _remind(session, delivery, conversation, moment)
        else:
            delivery.state = DeliveryState.SENDING
            delivery.tries += 1
            delivery.leased_by, delivery.leased_until = sender, moment + LEASE
            delivery.started_at = moment
            claims.append(Claim(delivery=delivery, conversation=conversation))
        session.add(delivery)
    return claims


def _refused(
    delivery: Delivery, conversation: Conversation, pace: Pace, moment: datetime
) -> tuple[DeliveryState, str] | None:
    is_reminder = delivery.part is not None and Part.of(delivery.part).template is not None
    if pace.window is not None and moment - conversation.last_message_at > pace.window and not is_reminder:
        return DeliveryState.WINDOW_CLOSED, "window_closed"
    if moment - delivery.created_at > GIVE_UP_AFTER:
        return DeliveryState.FAILED, "gave_up"
    return None


def _remind(session: Session, delivery: Delivery, conversation: Conversation, moment: datetime) -> None:
    """Queue the approved text, once until the person writes again: it asks them to, so that the answer can follow."""
    if conversation.reminded_at is not None and conversation.reminded_at > conversation.last_message_at:
        return
    conversation.reminded_at = moment
    session.add(conversation)
    reminder = Part(text="", template=conversation.language or "en")
    session.add(
        Delivery(
            conversation_id=conversation.id,
            message_id=delivery.message_id,
            number=_next_number(session, delivery.message_id),
            channel=delivery.channel,
            part=reminder.stored(),
        )
    )


def _next_number(session: Session, message_id: int) -> int:
    last = session.exec(select(func.max(Delivery.number)).where(Delivery.message_id == message_id)).one()
    return int(last) + 1


def _give_up_the_dead(session: Session, channel: str, moment: datetime) -> None:
    """What is still being sent after its lease was left by a sender that died: it may have arrived, or not."""
    session.exec(
        update(Delivery)
        .where(
            col(Delivery.channel) == channel,
            col(Delivery.state) == DeliveryState.SENDING,
            col(Delivery.leased_until) < moment,
        )
        .values(state=DeliveryState.UNKNOWN, error=SENDER_DIED, ended_at=moment, part=None)
    )


def _started_lately(session: Session, channel: str, moment: datetime) -> int:
    query = select(func.count()).where(
        col(Delivery.channel) == channel, col(Delivery.started_at) > moment - timedelta(seconds=1)
    )
    return session.exec(query).one()


def ended(
    delivery: Delivery, state: DeliveryState, *, provider_id: str | None = None, error: str | None = None
) -> dict[str, Any]:
    """What is written of a delivery that ended; its text is forgotten, but where it may still be sent later."""
    return {
        "state": state,
        "provider_id": provider_id or delivery.provider_id,
        "error": error,
        "ended_at": now(),
        "leased_by": None,
        "leased_until": None,
        "part": delivery.part if state is DeliveryState.WINDOW_CLOSED else None,
    }


def try_again(delivery: Delivery, *, after: float | None, error: str | None) -> dict[str, Any]:
    """What is written of one that certainly did not arrive: queued for the time asked for, or twice as long."""
    pause = timedelta(seconds=after if after is not None else 2.0**delivery.tries)
    return {
        "state": DeliveryState.QUEUED,
        "retry_at": now() + min(pause, LONGEST_PAUSE),
        "error": error,
        "leased_by": None,
        "leased_until": None,
    }


def withhold(session: Session, conversation_id: str) -> None:
    """The person wants no more messages: what is queued for them is not sent."""
    session.exec(
        update(Delivery)
        .where(col(Delivery.conversation_id) == conversation_id, col(Delivery.state) == DeliveryState.QUEUED)
        .values(state=DeliveryState.OPTED_OUT, ended_at=now(), part=None)
    )


def window_opened(connection: Connection, conversation_ids: Sequence[str]) -> None:
    """These persons wrote, so the messenger carries answers again: what waited for that is queued."""
    again = {"state": DeliveryState.QUEUED, "retry_at": None, "ended_at": None, "error": None, "created_at": now()}
    connection.execute(_HELD_BACK, {"ids": conversation_ids, **again})


_HELD_BACK = update(DELIVERIES).where(
    DELIVERIES.c.conversation_id.in_(bindparam("ids", expanding=True)),
    DELIVERIES.c.state == DeliveryState.WINDOW_CLOSED,
)


_LONGEST_ID = 10
"""Digits of the greatest number that PostgreSQL's INTEGER takes; one more is none of ours."""
_STAGES = {
    DeliveryState.UNKNOWN: 0,
    DeliveryState.SENDING: 0,
    DeliveryState.SENT: 1,
    DeliveryState.FAILED: 2,
    DeliveryState.DELIVERED: 3,
    DeliveryState.READ: 4,
}


def note_report(
    session: Session,
    *,
    channel: str,
    provider_id: str | None,
    reference: str | None,
    state: DeliveryState,
    error: str | None = None,
) -> bool:
    """Write down what a messenger reports of something sent; False when it was not ours.

    A later stage never goes back: "delivered" may come after "read". What was unknown is known now.
    """
    query = select(Delivery).where(Delivery.channel == channel)
    if reference is not None and reference.isdecimal() and len(reference) < _LONGEST_ID:
        query = query.where(Delivery.id == int(reference))
    else:
        query = query.where(Delivery.provider_id == provider_id)
    delivery = session.exec(query).one_or_none()
    if delivery is None:
        return False
    earlier = [stage for stage, rank in _STAGES.items() if rank < _STAGES[state]]
    session.exec(
        update(Delivery)
        .where(col(Delivery.id) == delivery.id, col(Delivery.state).in_(earlier))
        .values(ended(delivery, state, provider_id=provider_id, error=error))
    )
    return True
