"""Handing over to a person, from waiting to the end: the place in the queue, and what became of it, for counting."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, Session, SQLModel, and_, col, func, or_, select, update

from bot.conversations import Conversation, State
from bot.routing import Reason
from bot.teams import Team
from wegwijs.storage import EncryptedJSON, UTCDateTime, now

STOPPED, ERASED = "stopped", "erased"
"""The outcomes that the person chooses; the others are the desk's."""
ASK_HELPED = "ask_helped"
"""The question, open after the desk has closed a conversation, whether it helped."""
_TAPS = {"helped:yes": True, "helped:no": False}
_TYPED = {"affirm": True, "deny": False}


class Handover(SQLModel, table=True):
    """One time that somebody waited for a person: kept without the conversation, for counting (no text, no handle).

    `outcome` says how it ended (here and admin.desk), `about` is the topic a colleague chose, `helped` the person's
    tap.
    """

    __tablename__: ClassVar[str] = "handover"

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str | None = Field(
        default=None,
        sa_column=Column(String(32), ForeignKey("conversation.id", ondelete="SET NULL"), nullable=True, index=True),
    )
    team: str = Field(max_length=20)
    reason: str = Field(max_length=40)
    language: str | None = Field(default=None, max_length=8)
    began_at: datetime = Field(sa_column=Column(UTCDateTime, nullable=False))
    taken_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UTCDateTime))
    outcome: str | None = Field(default=None, max_length=20)
    about: str | None = Field(default=None, max_length=80)
    helped: bool | None = None


class Note(SQLModel, table=True):
    """What colleagues tell each other about a conversation; the person never sees it. Erased with the conversation."""

    __tablename__: ClassVar[str] = "note"

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str = Field(foreign_key="conversation.id", max_length=32, index=True, ondelete="CASCADE")
    staff_id: int | None = Field(default=None, foreign_key="staff.id", ondelete="SET NULL")
    content: str = Field(sa_column=Column(EncryptedJSON, nullable=False))
    created_at: datetime = Field(default_factory=now, sa_column=Column(UTCDateTime, nullable=False))


def begin(session: Session, conversation: Conversation) -> Handover:
    """The conversation is on the desk's list from now on, in the transaction that puts it there.

    One that was there already, with a message that failed, goes on with the new reason.
    """
    handover = _under_way(session, conversation) or Handover(
        conversation_id=conversation.id, team="", reason="", began_at=now()
    )
    handover.team = conversation.team or Team.INFOPUNT.value
    handover.reason = conversation.reason or (Reason.DANGER if conversation.danger else Reason.ASKED).value
    handover.language = conversation.language
    handover.began_at = conversation.waiting_since or handover.began_at
    session.add(handover)
    return handover


def taken(session: Session, conversation: Conversation) -> None:
    """A member of staff answers now; who takes it over later does not change since when somebody has answered."""
    handover = _under_way(session, conversation) or begin(session, conversation)
    handover.taken_at = handover.taken_at or now()
    session.add(handover)


def closed(session: Session, conversation: Conversation, *, outcome: str, about: str | None = None) -> None:
    """It is over, with the team that had it last. `about` is the topic that a colleague says it was about."""
    handover = _under_way(session, conversation) or begin(session, conversation)
    handover.team = conversation.team or handover.team
    handover.language = conversation.language or handover.language
    handover.closed_at, handover.outcome, handover.about = now(), outcome, about
    session.add(handover)


def rated(session: Session, conversation: Conversation, *, helped: bool) -> None:
    """The person says whether it helped: counted once, for the last one that the desk has closed."""
    last = session.exec(
        select(Handover)
        .where(Handover.conversation_id == conversation.id, col(Handover.closed_at).is_not(None))
        .where(Handover.outcome != STOPPED)
        .order_by(col(Handover.id).desc())
        .limit(1)
    ).one_or_none()
    if last is not None and last.helped is None:
        last.helped = helped
        session.add(last)


def says_whether_it_helped(*, button: str | None, intent: str, open_question: str | None) -> bool | None:
    """What a tap, or a typed yes or no while it is asked, says; None when the message is something else."""
    if button is not None and button in _TAPS:
        return _TAPS[button]
    return _TYPED.get(intent) if open_question == ASK_HELPED else None


def place_in_queue(session: Session, conversation: Conversation) -> int:
    """Which place a waiting conversation has in the list of its team, 1 for the next: danger first, then the longest.

    The same order as the desk's list.
    """
    earlier = or_(
        col(Conversation.waiting_since) < conversation.waiting_since,
        and_(Conversation.waiting_since == conversation.waiting_since, col(Conversation.id) < conversation.id),
    )
    in_danger = col(Conversation.danger).is_not(None)
    before = and_(in_danger, earlier) if conversation.danger else or_(in_danger, earlier)
    ahead = select(func.count()).where(
        Conversation.state == State.WAITING,
        Conversation.team == conversation.team,
        Conversation.id != conversation.id,
        before,
    )
    return session.exec(ahead).one() + 1


def part_from(session: Session, conversation_id: str) -> None:
    """Keep the figures of a conversation that is erased, and nothing that leads to it."""
    session.exec(
        update(Handover)
        .where(col(Handover.conversation_id) == conversation_id)
        .values(
            conversation_id=None,
            closed_at=func.coalesce(Handover.closed_at, now()),
            outcome=func.coalesce(Handover.outcome, ERASED),
        )
    )


def _under_way(session: Session, conversation: Conversation) -> Handover | None:
    """The one that is not over; there is never a second."""
    query = select(Handover).where(Handover.conversation_id == conversation.id, col(Handover.closed_at).is_(None))
    return session.exec(query).one_or_none()
